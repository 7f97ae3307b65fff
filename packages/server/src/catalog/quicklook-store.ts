import type { Transaction } from 'kysely';
import type { QuicklookFacts, StoredStatistics, Tables } from '../db/tables.ts';

type Trx = Transaction<Tables>;

/** Which pixels were looked at: those of a dataset when its raster had this version. */
export interface SeenRaster {
  readonly datasetId: string;
  readonly version: number;
}

/** False where there is no such dataset (any more), and where its pixels are others by now. */
export async function setQuicklook(
  trx: Trx,
  { datasetId, version }: SeenRaster,
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
    .where('version', '=', version)
    .executeTakeFirst();
  return updated.numUpdatedRows === 1n;
}

/** Statistics by themselves, of a dataset that has no thumbnail. Does nothing where {@link setQuicklook} would not. */
export async function setStatistics(
  trx: Trx,
  { datasetId, version }: SeenRaster,
  statistics: readonly (StoredStatistics | null)[],
): Promise<void> {
  await trx
    .updateTable('rasters')
    .set({ statistics: JSON.stringify(statistics) })
    .where('dataset_id', '=', datasetId)
    .where('version', '=', version)
    .execute();
}
