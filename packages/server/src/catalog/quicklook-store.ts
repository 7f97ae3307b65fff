import type { Transaction } from 'kysely';
import type { QuicklookFacts, StoredStatistics, Tables } from '../db/tables.ts';
import { doomObjects } from './doomed-store.ts';

type Trx = Transaction<Tables>;

/** Which pixels were looked at: those of a dataset when its raster had this version. */
export interface SeenRaster {
  readonly datasetId: string;
  readonly version: number;
}

/** A thumbnail, and statistics where they are to be others than those that are there. */
export interface NewQuicklook {
  readonly key: string;
  readonly facts: QuicklookFacts;
  readonly statistics?: readonly (StoredStatistics | null)[];
  /** Takes the place of another one, which is doomed. A dataset that has one keeps it unless this is so. */
  readonly isRedrawn?: boolean;
}

/** False where there is no such dataset (any more), where its pixels are others by now, and where it has a thumbnail. */
export async function setQuicklook(
  trx: Trx,
  seen: SeenRaster,
  { key, facts, statistics, isRedrawn = false }: NewQuicklook,
): Promise<boolean> {
  const former = await findSeen(trx, seen);
  if (former === undefined || (former.quicklook_key !== null && !isRedrawn)) return false;
  await trx
    .updateTable('rasters')
    .set({
      quicklook_key: key,
      quicklook: JSON.stringify(facts),
      ...(statistics === undefined ? {} : { statistics: JSON.stringify(statistics) }),
    })
    .where('dataset_id', '=', seen.datasetId)
    .execute();
  await doomObjects(trx, [former.quicklook_key]);
  return true;
}

/** Statistics by themselves, where no thumbnail could be drawn. Does nothing where {@link setQuicklook} would not. */
export async function setStatistics(
  trx: Trx,
  seen: SeenRaster,
  { statistics, isRedrawn = false }: Required<Pick<NewQuicklook, 'statistics'>> & Pick<NewQuicklook, 'isRedrawn'>,
): Promise<void> {
  const former = await findSeen(trx, seen);
  if (former === undefined || (former.quicklook_key !== null && !isRedrawn)) return;
  await trx
    .updateTable('rasters')
    .set({ statistics: JSON.stringify(statistics) })
    .where('dataset_id', '=', seen.datasetId)
    .execute();
}

async function findSeen(
  trx: Trx,
  { datasetId, version }: SeenRaster,
): Promise<{ quicklook_key: string | null } | undefined> {
  return await trx
    .selectFrom('rasters')
    .select('quicklook_key')
    .where('dataset_id', '=', datasetId)
    .where('version', '=', version)
    .forUpdate()
    .executeTakeFirst();
}
