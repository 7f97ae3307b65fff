import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import { type Actor, visibleTo } from '../access.ts';
import type { Tables } from '../db/tables.ts';
import type { StoredOverviews } from '../overviews/stored-overviews.ts';
import type { StoredDocument } from './store-artifact.ts';

// The documents of a generation: the mosaic in one piece and, where it is large, once more as a root and its chunks.
// Their sources are looked at where they are listed, in the database: a request for one of 250 chunks costs what its
// 400 sources cost, and a list of 100,000 ids never travels.

type Db = Kysely<Tables>;

/** A generation, and one of the documents that it is stored in chunks as. */
export interface FoundGeneration {
  readonly id: string;
  readonly completedAt: Date;
  /** The object that is the VRT in one piece. */
  readonly flatKey: string;
  readonly sourceCount: number;
  /** Its rendered levels; null without any. */
  readonly overviews: StoredOverviews | null;
  /** Null where it is not stored in chunks, or has no document of that number. */
  readonly document: FoundDocument | null;
}

export interface FoundDocument {
  /** The object that it is a part of. */
  readonly key: string;
  readonly firstByte: number;
  readonly bytes: number;
  /** Of those that are named in it. */
  readonly sourceCount: number;
}

/** Records the documents of a generation that is stored in chunks. @param sourceIds of the generation, in order */
export async function insertDocuments(
  trx: Transaction<Tables>,
  generationId: string,
  sourceIds: readonly string[],
  documents: readonly StoredDocument[],
): Promise<void> {
  await trx
    .insertInto('vrt_documents')
    .values(
      documents.map(({ number, firstByte, bytes, sourceIndexes }) => ({
        generation_id: generationId,
        number,
        first_byte: firstByte,
        bytes,
        source_ids: sourceIndexes.map((index) => sourceIds[index] as string),
      })),
    )
    .execute();
}

/**
 * A generation of a virtual raster, with its document of that number: 0 is the root, 1 the first chunk. Undefined where
 * the virtual raster has no such generation, or has it no more.
 */
export async function findDocument(
  db: Db,
  datasetId: string,
  generationId: string,
  number: number,
): Promise<FoundGeneration | undefined> {
  const row = await db
    .selectFrom('vrt_generations')
    .leftJoin('vrt_documents', (join) =>
      join.onRef('vrt_documents.generation_id', '=', 'vrt_generations.id').on('vrt_documents.number', '=', number),
    )
    .select(['id', 'completed_at', 'object_key', 'chunks_key', 'first_byte', 'bytes', 'vrt_generations.source_count'])
    .select(['vrt_documents.source_count as document_source_count', 'vrt_generations.overviews'])
    .where('vrt_generations.id', '=', generationId)
    .where('dataset_id', '=', datasetId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { chunks_key: key, first_byte: firstByte, bytes, document_source_count: sourceCount } = row;
  return {
    id: row.id,
    completedAt: row.completed_at,
    flatKey: row.object_key,
    sourceCount: row.source_count,
    overviews: row.overviews,
    document:
      key === null || firstByte === null || bytes === null || sourceCount === null
        ? null
        : { key, firstByte, bytes, sourceCount },
  };
}

/** Whose sources: of a whole generation, or of one of its documents. */
export interface SourceList {
  readonly generationId: string;
  /** Null for all of them. */
  readonly document: number | null;
}

/** What a list of sources comes to for whoever wants to download it. */
export interface SourceSurvey {
  /** How many of them the actor may see. */
  readonly visible: number;
  /** Of all of their versions: what is downloaded can have changed only where this has grown. */
  readonly versionSum: number;
  /** The version that the build was made of, by id, where that is not 1. */
  readonly builtVersions: ReadonlyMap<string, number>;
  /** Those that have a mask in a file beside them, whether they may be seen or not. */
  readonly masked: readonly MaskedMember[];
}

export interface MaskedMember {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly layoutId: number;
}

export async function surveySources(db: Db, list: SourceList, actor: Actor | null): Promise<SourceSurvey> {
  const { visible, version_sum, masked, changed } = await selectSources(db, list)
    .select((eb) => [
      sql<number>`count(*) FILTER (WHERE ${visibleTo(actor)(eb as never)})::int`.as('visible'),
      sql<number>`coalesce(sum(rasters.version), 0)::float8`.as('version_sum'),
      sql<[string, number, number, number][]>`
        coalesce(
          jsonb_agg(jsonb_build_array(datasets.id, rasters.width, rasters.height, rasters.layout_id))
            FILTER (WHERE '.msk' = ANY (rasters.sidecars)),
          '[]')`.as('masked'),
      sql<[string, number][]>`
        coalesce(jsonb_agg(jsonb_build_array(datasets.id, rasters.version)) FILTER (WHERE rasters.version > 1), '[]')`.as(
        'changed',
      ),
    ])
    .executeTakeFirstOrThrow();
  const newest = new Map(changed);
  const builtVersions = await versionsBuiltOf(db, list.generationId, [...newest.keys()]);
  // Former versions have no files beside them: of what was registered, only the newest one is there.
  const isNewest = (id: string): boolean => (builtVersions.get(id) ?? 1) === (newest.get(id) ?? 1);
  return {
    visible,
    versionSum: version_sum,
    builtVersions,
    masked: masked.flatMap(([id, width, height, layoutId]) => (isNewest(id) ? [{ id, width, height, layoutId }] : [])),
  };
}

/** Which version of some sources a build was made of, where that is not 1. */
async function versionsBuiltOf(db: Db, generationId: string, ids: readonly string[]): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<{ id: string; version: number }>`
    SELECT m.id, m.version FROM vrt_generations g, unnest(g.source_ids, g.source_versions) AS m (id, version)
      WHERE g.id = ${generationId} AND m.version > 1 AND m.id = ANY (${[...ids]}::uuid[])`.execute(db);
  return new Map(rows.map(({ id, version }) => [id, version]));
}

/** Where a source's bytes are, and whose it is. */
export interface SourcePlace {
  readonly id: string;
  readonly title: string;
  readonly created_by: string;
  readonly version: number;
  /** Null, like `location`, where the version that the build was made of is not kept. */
  readonly object_key: string | null;
  readonly location: string | null;
}

/** The places of those sources that the actor may see, in no particular order: of the versions the build was made of. */
export async function sourcePlaces(db: Db, actor: Actor | null, list: SourceList): Promise<SourcePlace[]> {
  const now = await selectSources(db, list)
    .where((eb) => visibleTo(actor)(eb as never))
    .select(['datasets.id', 'datasets.title', 'datasets.created_by'])
    .select(['rasters.version', 'rasters.object_key', 'rasters.location'])
    .execute();
  const changed = now.filter(({ version }) => version > 1).map(({ id }) => id);
  const builtVersions = await versionsBuiltOf(db, list.generationId, changed);
  const isFormer = ({ id, version }: SourcePlace): boolean => version !== (builtVersions.get(id) ?? 1);
  const former = now.filter(isFormer).map(({ id }) => id);
  if (former.length === 0) return now;
  const kept = await db
    .selectFrom('raster_versions')
    .select(['dataset_id', 'version', 'object_key'])
    .where((eb) => eb('dataset_id', '=', eb.fn.any(eb.val(former))))
    .execute();
  const keys = new Map(kept.map((row) => [`${row.dataset_id} ${row.version}`, row.object_key]));
  return now.map((place) =>
    isFormer(place)
      ? { ...place, location: null, object_key: keys.get(`${place.id} ${builtVersions.get(place.id) ?? 1}`) ?? null }
      : place,
  );
}

function selectSources(db: Db, { generationId, document }: SourceList) {
  const ids: RawBuilder<string[]> =
    document === null
      ? sql`SELECT source_ids FROM vrt_generations WHERE id = ${generationId}`
      : sql`SELECT source_ids FROM vrt_documents WHERE generation_id = ${generationId} AND number = ${document}`;
  return db
    .selectFrom('datasets')
    .innerJoin('rasters', 'rasters.dataset_id', 'datasets.id')
    .where(sql<boolean>`datasets.id = ANY ((${ids})::uuid[])`);
}
