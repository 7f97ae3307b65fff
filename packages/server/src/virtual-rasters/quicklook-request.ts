import type { Transaction } from 'kysely';
import type { Tables } from '../db/tables.ts';
import { insertJob } from '../jobs/job-store.ts';
import type { Queue } from '../jobs/queue.ts';

/** Asks for a virtual raster's thumbnail and statistics, in the transaction after which it shows other pixels. */
export async function sendQuicklook(
  trx: Transaction<Tables>,
  queue: Queue,
  { datasetId, owner, requestId }: { datasetId: string; owner: string; requestId: string | null },
): Promise<void> {
  const input = { v: 1, datasetIds: [datasetId] };
  const jobId = await insertJob(trx, { kind: 'quicklook', input, owner, requestId, datasetId, queued: true });
  await queue.send(trx, 'quicklook', jobId);
}
