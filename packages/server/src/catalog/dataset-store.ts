import type { VrtOptions } from '@inlay/contract';
import type { Crs, FootprintGeometry, RasterProfile } from '@inlay/geo';
import { type ExpressionBuilder, type Kysely, sql, type Transaction } from 'kysely';
import { type Actor, grantLevelOf, pixelsVisibleTo, visibleTo } from '../access.ts';
import type {
  FileState,
  GrantLevel,
  OriginalFile,
  QuicklookFacts,
  RecordType,
  ResolutionStrategy,
  SourceState,
  StoredStatistics,
  Tables,
  Visibility,
  VrtType,
} from '../db/tables.ts';
import { notFound } from '../error.ts';
import { overviewKeys } from '../overviews/overview-store.ts';
import type { StoredOverviews } from '../overviews/stored-overviews.ts';
import type { Definitions } from './definitions.ts';
import { doomObjects } from './doomed-store.ts';
import { utc } from './new-dataset-store.ts';
import { type DatasetTerms, fits, TAKEN_AT } from './search.ts';

type Db = Kysely<Tables>;
type Trx = Transaction<Tables>;

/** A dataset with its raster facts, as the API shows them. */
export interface DatasetRow {
  id: string;
  record_type: RecordType;
  title: string;
  summary: string | null;
  visibility: Visibility;
  created_by: string;
  /** What its owner is called. */
  created_by_name: string;
  created_at: Date;
  updated_at: Date;
  taken_at: Date | null;
  cloud_cover: number | null;
  bbox: number[] | null;
  footprint: FootprintGeometry | null;
  version: number;
  width: number;
  height: number;
  affine: number[] | null;
  georeference: RasterProfile['georeference'];
  crs_id: number | null;
  layout_id: number;
  statistics: (StoredStatistics | null)[];
  size_bytes: number;
  checksum: string | null;
  object_key: string | null;
  location: string | null;
  source_state: Record<string, SourceState> | null;
  sidecars: string[];
  slow_reasons: string[];
  original: OriginalFile | null;
  quicklook_key: string | null;
  quicklook: QuicklookFacts | null;
  vrt_type: VrtType | null;
  resolution_strategy: ResolutionStrategy | null;
  generation_id: string | null;
  source_count: number | null;
  last_generation_at: Date | null;
  options: VrtOptions | null;
  requires_gdal: string | null;
  auto_regenerate: boolean | null;
  /** Null for a virtual raster. */
  file_state: FileState | null;
  /** Null also for what is no virtual raster. */
  overviews: StoredOverviews | null;
  /** When its owner last agreed to share its sources' pixels through it; null where they have not. */
  sources_confirmed_at: Date | null;
  /** What was granted to the actor who asked. */
  grant_level: GrantLevel | null;
  /** Whether the actor may have its pixels, as well as see that it is there. */
  shows_pixels: boolean;
}

function selectDatasets(db: Db | Trx, actor: Actor | null) {
  return db
    .selectFrom('datasets')
    .innerJoin('rasters', 'rasters.dataset_id', 'datasets.id')
    .leftJoin('vrts', 'vrts.dataset_id', 'datasets.id')
    .leftJoin('vrt_generations', 'vrt_generations.id', 'vrts.generation_id')
    .leftJoin('raster_health', 'raster_health.dataset_id', 'datasets.id')
    .leftJoin('vrt_confirmations', 'vrt_confirmations.dataset_id', 'datasets.id')
    .where((eb) => visibleTo(actor)(eb as never));
}

const COLUMNS = [
  'datasets.id',
  'datasets.record_type',
  'datasets.title',
  'datasets.summary',
  'datasets.visibility',
  'datasets.created_by',
  'datasets.created_at',
  'datasets.updated_at',
  'datasets.cloud_cover',
  'datasets.bbox',
  'datasets.footprint',
  'rasters.version',
  'rasters.width',
  'rasters.height',
  'rasters.affine',
  'rasters.georeference',
  'rasters.crs_id',
  'rasters.layout_id',
  'rasters.statistics',
  'rasters.size_bytes',
  'rasters.checksum',
  'rasters.object_key',
  'rasters.location',
  'rasters.source_state',
  'rasters.sidecars',
  'rasters.slow_reasons',
  'rasters.original',
  'rasters.quicklook_key',
  'rasters.quicklook',
  'vrts.vrt_type',
  'vrts.resolution_strategy',
  'vrts.generation_id',
  'vrt_generations.completed_at as last_generation_at',
  'vrt_generations.source_count',
  'vrt_generations.options',
  'vrt_generations.requires_gdal',
  'vrts.auto_regenerate',
  'raster_health.state as file_state',
  'vrt_generations.overviews',
  'vrt_confirmations.confirmed_at as sources_confirmed_at',
] as const;

const OWNER_NAME = sql<string>`(SELECT u.username FROM users u WHERE u.id = datasets.created_by)`;

const COMPUTED = [TAKEN_AT.as('taken_at'), OWNER_NAME.as('created_by_name')] as const;

/** What differs with who asks. */
function forActor(actor: Actor | null) {
  return (eb: ExpressionBuilder<Tables, never>) => {
    const datasets = eb as never;
    return [
      sql<GrantLevel | null>`${grantLevelOf(actor)(datasets)}`.as('grant_level'),
      sql<boolean>`${pixelsVisibleTo(actor)(datasets)}`.as('shows_pixels'),
    ] as const;
  };
}

/** The dataset, or undefined where it does not exist **or** the actor may not see it: the two are one answer. */
export async function findDataset(db: Db | Trx, actor: Actor | null, id: string): Promise<DatasetRow | undefined> {
  return await selectDatasets(db, actor)
    .select([...COLUMNS, ...COMPUTED])
    .select((eb) => [...forActor(actor)(eb as never)])
    .where('datasets.id', '=', id)
    .executeTakeFirst();
}

export interface DatasetFilter extends DatasetTerms {
  readonly sort: { readonly by: 'created_at' | 'updated_at' | 'title'; readonly order: 'asc' | 'desc' };
  readonly limit: number;
  readonly skip: number;
}

export async function listDatasets(
  db: Db,
  actor: Actor | null,
  filter: DatasetFilter,
): Promise<{ rows: DatasetRow[]; total: number }> {
  const matching = selectDatasets(db, actor).where((eb) => fits(filter)(eb as never));
  const { total } = await matching.select(sql<number>`count(*)::int`.as('total')).executeTakeFirstOrThrow();
  const rows = await matching
    .select([...COLUMNS, ...COMPUTED])
    .select((eb) => [...forActor(actor)(eb as never)])
    .orderBy(`datasets.${filter.sort.by}`, filter.sort.order)
    .orderBy('datasets.id', filter.sort.order)
    .limit(filter.limit)
    .offset(filter.skip)
    .execute();
  return { rows, total };
}

/** What somebody states of a dataset; what is left out stays as it is. */
export interface DatasetChange {
  readonly title?: string;
  readonly summary?: string | null;
  readonly visibility?: Visibility;
  readonly datetime?: string | null;
  readonly cloud_cover?: number | null;
}

export async function updateDataset(db: Db | Trx, id: string, change: DatasetChange): Promise<void> {
  const { datetime, ...rest } = change;
  await db
    .updateTable('datasets')
    .set({ ...rest, ...(datetime === undefined ? {} : { datetime: utc(datetime) }), updated_at: sql`now()` })
    .where('id', '=', id)
    .execute();
}

/**
 * Keeps rasters from being deleted between the check that a build's sources exist and the commit of the row that
 * holds on to them: links take it shared, deletions exclusively, both only for a short transaction.
 */
export async function lockLinks(trx: Trx, mode: 'link' | 'delete'): Promise<void> {
  const lock = sql.raw(mode === 'link' ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock');
  await sql`SELECT ${lock}(hashtext('inlay.links'))`.execute(trx);
}

/**
 * Holds datasets until the transaction ends. Whoever changes anything of one, or deletes it, does so first: else two would
 * wait for each other. What is locked after it is locked in the order that docs/jobs.md states.
 *
 * @returns those that there are
 */
export async function lockDatasets(trx: Trx, ids: readonly string[]): Promise<Set<string>> {
  const rows = await trx
    .selectFrom('datasets')
    .select('id')
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .orderBy('id')
    .forNoKeyUpdate()
    .execute();
  return new Set(rows.map(({ id }) => id));
}

/** Likewise, of one. @throws ServerError `not_found` where it was deleted meanwhile */
export async function lockDataset(trx: Trx, id: string): Promise<void> {
  if ((await lockDatasets(trx, [id])).size === 0) throw notFound('dataset');
}

/** Holds the counts of who sees which sources, as whatever changes them does last. */
export async function lockSourceCounts(trx: Trx): Promise<void> {
  await sql`SELECT lock_source_counts()`.execute(trx);
}

/** Which of these datasets exist and may be seen by the actor. */
export async function findVisible(db: Db | Trx, actor: Actor | null, ids: readonly string[]): Promise<Set<string>> {
  const rows = await db
    .selectFrom('datasets')
    .select('datasets.id')
    .where((eb) => eb('datasets.id', '=', eb.fn.any(eb.val([...ids]))))
    .where((eb) => visibleTo(actor)(eb))
    .execute();
  return new Set(rows.map(({ id }) => id));
}

/** How many of these datasets exist and may be seen by the actor. */
export async function countVisible(db: Db | Trx, actor: Actor | null, ids: readonly string[]): Promise<number> {
  const { visible } = await db
    .selectFrom('datasets')
    .select(sql<number>`count(*)::int`.as('visible'))
    .where((eb) => eb('datasets.id', '=', eb.fn.any(eb.val([...ids]))))
    .where((eb) => visibleTo(actor)(eb))
    .executeTakeFirstOrThrow();
  return visible;
}

/** A virtual raster that holds on to one of its sources. */
export interface Dependent {
  /** Null while it is built for the first time. */
  readonly id: string | null;
  readonly title: string;
  /** Whether the actor may know of it. */
  readonly shown: boolean;
}

/** What is built from this raster, or being built with it. Call under {@link lockLinks}. */
export async function findDependents(trx: Trx, actor: Actor, id: string): Promise<Dependent[]> {
  // First what is being built: a build that ends in between is then found among what is.
  const building = await trx
    .selectFrom('jobs')
    .leftJoin('datasets', 'datasets.id', 'jobs.dataset_id')
    .select([sql<string>`coalesce(datasets.title, jobs.input ->> 'title')`.as('title'), 'jobs.owner', 'datasets.id'])
    .where('jobs.status', 'in', ['pending', 'running'])
    .where(sql<boolean>`${id}::uuid = ANY (jobs.source_ids)`)
    .execute();
  const built = await trx
    .selectFrom('datasets')
    .select(['datasets.id', 'datasets.title'])
    .select((eb) => eb.case().when(visibleTo(actor)(eb)).then(true).else(false).end().as('shown'))
    // What an earlier build was made of may go: that build can then not be shown again.
    .where(
      sql<boolean>`datasets.id IN (
        SELECT g.dataset_id FROM vrt_generations g JOIN vrts v ON v.generation_id = g.id
          WHERE g.source_ids @> ARRAY[${id}::uuid])`,
    )
    .execute();
  const builtIds = new Set(built.map((row) => row.id));
  return [
    ...built.map((row) => ({ id: row.id, title: row.title, shown: row.shown })),
    ...building
      .filter((row) => row.id === null || !builtIds.has(row.id))
      .map((row) => ({ id: row.id, title: row.title, shown: actor.role === 'admin' || row.owner === actor.userId })),
  ];
}

/** Deletes a dataset's rows and dooms its objects. */
export async function deleteDataset(trx: Trx, id: string): Promise<void> {
  // Read here, and held: what is published or drawn meanwhile has to go as well.
  const raster = await trx
    .selectFrom('rasters')
    .select(['object_key', 'original', 'quicklook_key'])
    .where('dataset_id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  const generations = await trx
    .selectFrom('vrt_generations')
    .select(['object_key', 'chunks_key', 'mosaic_key', 'overviews'])
    .where('dataset_id', '=', id)
    .execute();
  const versions = await trx
    .selectFrom('raster_versions')
    .select(['object_key', 'original', 'quicklook_key'])
    .where('dataset_id', '=', id)
    .execute();
  await doomObjects(trx, [
    ...versions.flatMap((version) => [version.object_key, version.original?.key ?? null, version.quicklook_key]),
    raster?.object_key ?? null,
    raster?.original?.key ?? null,
    raster?.quicklook_key ?? null,
    ...generations.flatMap((generation) => [generation.object_key, generation.chunks_key, generation.mosaic_key]),
    ...generations.flatMap(overviewKeys),
  ]);
  await lockSourceCounts(trx);
  await trx.deleteFrom('datasets').where('id', '=', id).execute();
}

/** Which EPSG code to show as `srid`; compound CRSs show their horizontal part. */
export function sridOf(crs: Crs | undefined): number | null {
  const match = /^EPSG:(\d+)/.exec(crs?.code ?? '');
  return match?.[1] === undefined ? null : Number(match[1]);
}

/** Fills in a row's CRS and layout. */
export async function resolveDefinitions(
  db: Db,
  definitions: Definitions,
  rows: readonly Pick<DatasetRow, 'crs_id' | 'layout_id'>[],
): Promise<{ crs: Awaited<ReturnType<Definitions['crs']>>; layouts: Awaited<ReturnType<Definitions['layouts']>> }> {
  return {
    crs: await definitions.crs(
      db,
      rows.flatMap((row) => (row.crs_id === null ? [] : [row.crs_id])),
    ),
    layouts: await definitions.layouts(
      db,
      rows.map((row) => row.layout_id),
    ),
  };
}
