import type { Transaction } from 'kysely';
import type { QuicklookInput } from '../catalog/quicklook-job.ts';
import type { Tables } from '../db/tables.ts';
import { insertJob } from '../jobs/job-store.ts';
import type { Queue } from '../jobs/queue.ts';

/** Whose thumbnail is asked for, and by whom. */
export interface QuicklookRequest {
  readonly datasetId: string;
  readonly owner: string;
  readonly requestId: string | null;
  /** It may have one, which another takes the place of. */
  readonly isRedrawn?: boolean;
}

/**
 * Asks for a virtual raster's thumbnail and statistics, in the transaction after which it shows other pixels, or has
 * levels to make them of.
 */
export async function sendQuicklook(
  trx: Transaction<Tables>,
  queue: Pick<Queue, 'send'>,
  { datasetId, owner, requestId, isRedrawn = false }: QuicklookRequest,
): Promise<void> {
  const input: QuicklookInput = { v: 1, datasetIds: [datasetId], isRedrawn };
  const jobId = await insertJob(trx, { kind: 'quicklook', input, owner, requestId, datasetId, queued: true });
  await queue.send(trx, 'quicklook', jobId);
}
