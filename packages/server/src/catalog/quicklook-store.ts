import type { Transaction } from 'kysely';
import type { QuicklookFacts, StoredStatistics, Tables } from '../db/tables.ts';

type Trx = Transaction<Tables>;

/** False where there is no such dataset (any more). */
export async function setQuicklook(
  trx: Trx,
  datasetId: string,
  quicklook: { key: string; facts: QuicklookFacts; statistics?: readonly (StoredStatistics | null)[] },
): Promise<boolean> {
  const updated = await trx
    .updateTable('rasters')
    .set({
      quicklook_key: quicklook.key,
      quicklook: JSON.stringify(quicklook.facts),
      ...(quicklook.statistics === undefined ? {} : { statistics: JSON.stringify(quicklook.statistics) }),
    })
    .where('dataset_id', '=', datasetId)
    .executeTakeFirst();
  return updated.numUpdatedRows === 1n;
}

/** Statistics by themselves, of a dataset that has no thumbnail. Does nothing where there is no such dataset (any more). */
export async function setStatistics(
  trx: Trx,
  datasetId: string,
  statistics: readonly (StoredStatistics | null)[],
): Promise<void> {
  await trx
    .updateTable('rasters')
    .set({ statistics: JSON.stringify(statistics) })
    .where('dataset_id', '=', datasetId)
    .execute();
}
