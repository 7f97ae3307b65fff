import type { VrtChange, VrtOptions } from '@inlay/contract';
import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import { type Actor, visibleTo } from '../access.ts';
import type { Place } from '../catalog/new-dataset-store.ts';
import { doomObjects } from '../catalog/doomed-store.ts';
import { overviewKeys } from '../overviews/overview-store.ts';
import type { ResolutionStrategy, Tables, VrtGenerationsTable, VrtType } from '../db/tables.ts';
import { insertDocuments } from './document-store.ts';
import type { StoredChunks } from './store-artifact.ts';

type Db = Kysely<Tables>;
type Trx = Transaction<Tables>;

/** A build that was published. */
export type Generation = Selectable<VrtGenerationsTable>;

/** What a build was made of, in order; of 100,000 sources some megabytes, and the same for ever. */
export type SourceLists = Pick<Generation, 'source_ids' | 'source_versions' | 'paint_order'>;

/** Undefined for a generation that is not kept. */
export async function findSourceLists(db: Db, generationId: string): Promise<SourceLists | undefined> {
  return await db
    .selectFrom('vrt_generations')
    .select(['source_ids', 'source_versions', 'paint_order'])
    .where('id', '=', generationId)
    .executeTakeFirst();
}

/** The generation that a virtual raster shows now, or any other that is kept. */
export async function findGeneration(db: Db | Trx, generationId: string): Promise<Generation | undefined> {
  return await db.selectFrom('vrt_generations').selectAll().where('id', '=', generationId).executeTakeFirst();
}

/** What the catalogue says of the pixels of a build. */
export interface GenerationFacts {
  readonly width: number;
  readonly height: number;
  readonly affine: readonly number[] | null;
  readonly crsId: number | null;
  readonly layoutId: number;
  readonly sizeBytes: number;
  readonly checksum: string | null;
  readonly place: Place;
}

/** A build to be published. */
export interface NewGeneration {
  readonly id: string;
  readonly datasetId: string;
  readonly number: number;
  readonly change: VrtChange;
  readonly jobId: string;
  readonly triggeredBy: string;
  readonly startedAt: Date;
  readonly sources: readonly { readonly id: string; readonly version: number }[];
  readonly resolutionStrategy: ResolutionStrategy;
  readonly options: VrtOptions;
  readonly paintOrder: readonly number[] | null;
  readonly requiresGdal: string | null;
  readonly objectKey: string;
  readonly mosaicKey: string | null;
  readonly chunked: StoredChunks | null;
  readonly facts: GenerationFacts;
}

export async function insertGeneration(trx: Trx, generation: NewGeneration): Promise<void> {
  const { facts, chunked, sources } = generation;
  const sourceIds = sources.map(({ id }) => id);
  await trx
    .insertInto('vrt_generations')
    .values({
      id: generation.id,
      dataset_id: generation.datasetId,
      number: generation.number,
      source_ids: sourceIds,
      source_versions: sources.map(({ version }) => version),
      object_key: generation.objectKey,
      chunks_key: chunked?.key ?? null,
      mosaic_key: generation.mosaicKey,
      triggered_by: generation.triggeredBy,
      started_at: generation.startedAt,
      completed_at: new Date(),
      options: JSON.stringify(generation.options),
      paint_order: generation.paintOrder === null ? null : [...generation.paintOrder],
      requires_gdal: generation.requiresGdal,
      change: generation.change,
      job_id: generation.jobId,
      resolution_strategy: generation.resolutionStrategy,
      width: facts.width,
      height: facts.height,
      affine: facts.affine === null ? null : [...facts.affine],
      crs_id: facts.crsId,
      layout_id: facts.layoutId,
      size_bytes: facts.sizeBytes,
      checksum: facts.checksum,
      bbox: facts.place.bbox === null ? null : [...facts.place.bbox],
      footprint: JSON.stringify(facts.place.footprint),
    })
    .execute();
  if (chunked !== null) await insertDocuments(trx, generation.id, sourceIds, chunked.documents);
}

export async function insertVrt(
  trx: Trx,
  vrt: {
    readonly datasetId: string;
    readonly generationId: string;
    readonly vrtType: VrtType;
    readonly resolutionStrategy: ResolutionStrategy;
  },
): Promise<void> {
  await trx
    .insertInto('vrts')
    .values({
      dataset_id: vrt.datasetId,
      vrt_type: vrt.vrtType,
      resolution_strategy: vrt.resolutionStrategy,
      generation_id: vrt.generationId,
    })
    .execute();
}

/** Makes a virtual raster show a generation, which may be inserted later in the same transaction. */
export async function showGeneration(
  trx: Trx,
  datasetId: string,
  generation: { readonly id: string; readonly resolutionStrategy: ResolutionStrategy },
): Promise<void> {
  await trx
    .updateTable('vrts')
    .set({
      generation_id: generation.id,
      resolution_strategy: generation.resolutionStrategy,
      shown_since: sql`clock_timestamp()`,
    })
    .where('dataset_id', '=', datasetId)
    .execute();
}

/** Which generation a virtual raster shows; held, so that nobody makes it show another one before the end. */
export async function lockShownGeneration(trx: Trx, datasetId: string): Promise<string | undefined> {
  const row = await trx
    .selectFrom('vrts')
    .select('generation_id')
    .where('dataset_id', '=', datasetId)
    .forUpdate()
    .executeTakeFirst();
  return row?.generation_id;
}

/** The number that the next generation of a virtual raster gets. */
export async function nextNumber(trx: Trx, datasetId: string): Promise<number> {
  const { next } = await trx
    .selectFrom('vrt_generations')
    .select(sql<number>`coalesce(max(number), 0)::int + 1`.as('next'))
    .where('dataset_id', '=', datasetId)
    .executeTakeFirstOrThrow();
  return next;
}

/** Completed generations that are kept of each virtual raster, the one it shows included. */
export const KEPT_GENERATIONS = 10;

/** Removes the oldest generations beyond {@link KEPT_GENERATIONS}, and dooms their objects. */
export async function forgetOldGenerations(trx: Trx, datasetId: string, shownId: string): Promise<void> {
  const old = await trx
    .selectFrom('vrt_generations')
    .select(['id', 'object_key', 'chunks_key', 'mosaic_key', 'overviews'])
    .where('dataset_id', '=', datasetId)
    .where('id', '<>', shownId)
    .orderBy('number', 'desc')
    .offset(KEPT_GENERATIONS - 1)
    .execute();
  if (old.length === 0) return;
  await doomObjects(
    trx,
    old.flatMap((row) => [row.object_key, row.chunks_key, row.mosaic_key, ...overviewKeys(row)]),
  );
  await trx
    .deleteFrom('vrt_generations')
    .where(
      'id',
      'in',
      old.map(({ id }) => id),
    )
    .execute();
}

/** Whether what a build wrote at this place is a generation's. */
export async function isPublished(db: Db, objectKey: string): Promise<boolean> {
  const found = await db
    .selectFrom('vrt_generations')
    .select('id')
    .where('object_key', '=', objectKey)
    .executeTakeFirst();
  return found !== undefined;
}

/** Most ids of sources that an answer lists. */
const MAX_HIDDEN = 100;

/** The sources of a generation that are gone, or that the actor may not see: the first of them, and how many there are. */
export async function findHiddenSources(
  trx: Trx,
  actor: Actor | null,
  generationId: string,
): Promise<{ readonly ids: readonly string[]; readonly count: number }> {
  const members = sql<{ id: string; place: number }>`
    (SELECT m.id, m.place FROM vrt_generations g, unnest(g.source_ids) WITH ORDINALITY AS m (id, place)
      WHERE g.id = ${generationId})`.as<'members'>(sql.ref('members'));
  const rows = await trx
    .selectFrom(members)
    .leftJoin('datasets', (join) =>
      join.onRef('datasets.id', '=', 'members.id').on((eb) => visibleTo(actor)(eb as never)),
    )
    .select(['members.id', sql<number>`(count(*) OVER ())::int`.as('count')])
    .where('datasets.id', 'is', null)
    .orderBy('members.place')
    .limit(MAX_HIDDEN)
    .execute();
  return { ids: rows.map(({ id }) => id), count: rows[0]?.count ?? 0 };
}

/** Grows with every change of which file any raster is, and of who sees it. */
export async function readMemberEpoch(db: Db): Promise<number> {
  const { epoch } = await db.selectFrom('member_epoch').select('epoch').executeTakeFirstOrThrow();
  return epoch;
}

/** A member of a virtual raster, as lists and downloads need it. */
export interface Member {
  id: string;
  title: string;
  created_by: string;
  version: number;
  width: number;
  height: number;
  affine: number[] | null;
  crs_id: number | null;
  layout_id: number;
  bbox: number[] | null;
  object_key: string | null;
  location: string | null;
  sidecars: string[];
}

/** The members that the actor may see, by id. */
export async function visibleMembers(
  db: Db,
  actor: Actor | null,
  ids: readonly string[],
): Promise<Map<string, Member>> {
  const rows = await db
    .selectFrom('datasets')
    .innerJoin('rasters', 'rasters.dataset_id', 'datasets.id')
    .select([
      'datasets.id',
      'datasets.title',
      'datasets.created_by',
      'datasets.bbox',
      'rasters.version',
      'rasters.width',
      'rasters.height',
      'rasters.affine',
      'rasters.crs_id',
      'rasters.layout_id',
      'rasters.object_key',
      'rasters.location',
      'rasters.sidecars',
    ])
    .where((eb) => eb('datasets.id', '=', eb.fn.any(eb.val([...ids]))))
    .where((eb) => visibleTo(actor)(eb as never))
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

/** Whether a raster is a source of what a virtual raster shows, and one of its kept builds was made of that version of it. */
export async function usesVersion(
  db: Db,
  vrt: { readonly id: string; readonly generationId: string },
  source: { readonly id: string; readonly version: number },
): Promise<boolean> {
  const version = sql<number | null>`source_versions[array_position(source_ids, ${source.id}::uuid)]`;
  const shown = await db
    .selectFrom('vrt_generations')
    .select(version.as('version'))
    .where('id', '=', vrt.generationId)
    .executeTakeFirst();
  if (shown?.version == null) return false;
  if (shown.version === source.version) return true;
  const earlier = await db
    .selectFrom('vrt_generations')
    .select('id')
    .where('dataset_id', '=', vrt.id)
    .where(version, '=', source.version)
    .limit(1)
    .executeTakeFirst();
  return earlier !== undefined;
}
