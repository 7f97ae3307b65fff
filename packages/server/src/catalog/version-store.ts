import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import type { RasterVersionsTable, Tables } from '../db/tables.ts';
import { type DatasetRow } from './dataset-store.ts';
import { type NewDataset, placeColumns, rasterColumns } from './new-dataset-store.ts';
import { doomObjects } from './doomed-store.ts';

// Versions of rasters: `rasters` has the newest one of each, `raster_versions` what they were before.

type Db = Kysely<Tables>;
type Trx = Transaction<Tables>;

/** What a former version keeps of the row that it was; all of it but what only the newest one has. */
const KEPT_COLUMNS = [
  'dataset_id',
  'version',
  'width',
  'height',
  'affine',
  'georeference',
  'crs_id',
  'layout_id',
  'statistics',
  'size_bytes',
  'checksum',
  'object_key',
  'location',
  'source_state',
  'sidecars',
  'slow_reasons',
  'datetime',
  'original',
  'quicklook_key',
  'quicklook',
  'job_id',
  'since',
] as const;

/**
 * Puts what a dataset's raster is now in place of what it was. Its version grows, by which whatever was built of it can
 * tell; the former version stays as one of `raster_versions`, with its objects, until nothing is built of it any more.
 * (What a virtual raster was is kept as one of its generations.) Its thumbnail is to be drawn anew.
 *
 * The dataset is held already (`lockDataset`).
 *
 * @param from the version that is known to be replaced; left out, whichever there is
 * @returns the version that it is now; null where there is no such raster (any more), or another one than `from`
 */
export async function replaceRaster(
  trx: Trx,
  id: string,
  dataset: Pick<NewDataset, 'place' | 'raster'> & { readonly jobId?: string },
  from?: number,
): Promise<number | null> {
  const former = await trx
    .selectFrom('rasters')
    .innerJoin('datasets', 'datasets.id', 'rasters.dataset_id')
    .select(['version', 'record_type', 'quicklook_key'])
    .where('dataset_id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (former === undefined || (from !== undefined && former.version !== from)) return null;
  if (former.record_type === 'vrt_dataset') await doomObjects(trx, [former.quicklook_key]);
  else {
    await trx
      .insertInto('raster_versions')
      .columns([...KEPT_COLUMNS])
      .expression(
        trx
          .selectFrom('rasters')
          .select([...KEPT_COLUMNS])
          .where('dataset_id', '=', id),
      )
      .execute();
  }
  await trx
    .updateTable('rasters')
    .set({ ...rasterColumns({ jobId: null, ...dataset }), version: sql`version + 1`, since: sql`now()` })
    .where('dataset_id', '=', id)
    .execute();
  await trx
    .updateTable('datasets')
    .set({ ...placeColumns(dataset.place), updated_at: sql`now()` })
    .where('id', '=', id)
    .execute();
  return former.version + 1;
}

export type FormerVersion = Selectable<RasterVersionsTable>;

/** A dataset as it was in a former version; undefined where that is not known any more. */
export async function findFormerVersion(
  db: Db,
  row: DatasetRow,
  version: number,
): Promise<(DatasetRow & FormerVersion) | undefined> {
  const former = await db
    .selectFrom('raster_versions')
    .selectAll()
    .where('dataset_id', '=', row.id)
    .where('version', '=', version)
    .executeTakeFirst();
  return former === undefined ? undefined : { ...row, ...former };
}

/** What lists of versions show of one. */
export type ListedVersion = Pick<
  FormerVersion,
  'version' | 'width' | 'height' | 'size_bytes' | 'checksum' | 'object_key' | 'since'
> & {
  /** Null for the newest one. */
  readonly replaced_at: Date | null;
};

const LISTED = ['version', 'width', 'height', 'size_bytes', 'checksum', 'object_key', 'since'] as const;

/** The versions of a raster that are known, newest first. */
export async function listVersions(
  db: Db,
  id: string,
  page: { readonly limit: number; readonly skip: number },
): Promise<{ versions: ListedVersion[]; total: number }> {
  const all = db
    .selectFrom('rasters')
    .select([...LISTED, sql<Date | null>`NULL::timestamptz`.as('replaced_at')])
    .where('dataset_id', '=', id)
    .unionAll(
      db
        .selectFrom('raster_versions')
        .select([...LISTED, sql<Date | null>`replaced_at`.as('replaced_at')])
        .where('dataset_id', '=', id),
    );
  const versions = await db
    .selectFrom(all.as('versions'))
    .selectAll()
    .orderBy('version', 'desc')
    .limit(page.limit)
    .offset(page.skip)
    .execute();
  const { total } = await db
    .selectFrom(all.as('versions'))
    .select(sql<number>`count(*)::int`.as('total'))
    .executeTakeFirstOrThrow();
  return { versions, total };
}

/** How long a version that nothing is built of can still be downloaded. */
export const VERSION_KEPT_HOURS = 24;

/** Former versions that no kept build was made of, and that no job may be building of, replaced at least so long ago. */
function unused(db: Db | Trx) {
  return db
    .selectFrom('raster_versions as v')
    .where(sql<boolean>`v.replaced_at < now() - make_interval(hours => ${VERSION_KEPT_HOURS})`)
    .where(
      sql<boolean>`NOT EXISTS (
        SELECT 1 FROM vrt_generations g WHERE g.source_ids @> ARRAY[v.dataset_id]
          AND g.source_versions[array_position(g.source_ids, v.dataset_id)] = v.version)`,
    )
    .where(
      sql<boolean>`NOT EXISTS (
        SELECT 1 FROM jobs j WHERE j.status IN ('pending', 'running') AND v.dataset_id = ANY (j.source_ids))`,
    );
}

/** How many former versions nothing needs any more, and what their files take. */
export async function countUnusedVersions(db: Db): Promise<{ count: number; bytes: number }> {
  return await unused(db)
    .select([
      sql<number>`count(*)::int`.as('count'),
      sql<number>`coalesce(sum(v.size_bytes) FILTER (WHERE v.object_key IS NOT NULL), 0)::float8`.as('bytes'),
    ])
    .executeTakeFirstOrThrow();
}

/** Forgets at most `limit` former versions that nothing needs any more, and dooms their objects. @returns how many */
export async function removeUnusedVersions(db: Db, limit: number): Promise<number> {
  return await db.transaction().execute(async (trx) => {
    const rows = await unused(trx)
      .select(['v.dataset_id', 'v.version', 'v.object_key', 'v.original', 'v.quicklook_key'])
      .limit(limit)
      .forUpdate()
      .skipLocked()
      .execute();
    const ids = rows.map((row) => row.dataset_id);
    const versions = rows.map((row) => row.version);
    await trx
      .deleteFrom('raster_versions')
      .where(sql<boolean>`(dataset_id, version) IN (SELECT * FROM unnest(${ids}::uuid[], ${versions}::integer[]))`)
      .execute();
    await doomObjects(
      trx,
      rows.flatMap((row) => [row.object_key, row.original?.key ?? null, row.quicklook_key]),
    );
    return rows.length;
  });
}

/** Lets one transaction at a time decide whether a dataset may be replaced. */
export async function lockReplacement(trx: Trx, id: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtext('inlay.replace'), hashtext(${id}))`.execute(trx);
}

/** The job that is replacing a dataset's raster by an upload, if any. */
export async function findReplacement(db: Db | Trx, id: string): Promise<string | undefined> {
  const job = await db
    .selectFrom('jobs')
    .select('id')
    .where('dataset_id', '=', id)
    .where('kind', '=', 'upload')
    .where('queued', '=', true)
    .where('status', 'in', ['pending', 'running'])
    .executeTakeFirst();
  return job?.id;
}
