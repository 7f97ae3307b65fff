import { type Affine, nodataToJson, type RasterLayout, type RasterProfile } from '@inlay/geo';
import type { Kysely } from 'kysely';
import { type Actor, visibleTo } from '../access.ts';
import type { Definitions } from '../catalog/definitions.ts';
import { matches, type SearchTerms, TAKEN_AT } from '../catalog/search.ts';
import type { RegisteredPlace } from '../catalog/source-state.ts';
import type { Tables, Visibility } from '../db/tables.ts';

/** A catalogued raster as a plan sees it. */
export interface CatalogueSource {
  readonly id: string;
  /** Its title: how messages name it. */
  readonly label: string;
  readonly version: number;
  readonly visibility: Visibility;
  /** Statistics are left out (empty) where no plan asks for them: where all of the sources call the same values nodata. */
  readonly profile: RasterProfile;
  /** Null for one in our own storage, and where it was not asked for. */
  readonly registered: RegisteredPlace | null;
  /** When its pixels were taken; null where that is not known, and where it was not asked for. */
  readonly takenAt: Date | null;
  /** Percent; null likewise. */
  readonly cloudCover: number | null;
}

/** What to load beside what every plan needs. */
export interface SourceColumns {
  /** Where registered rasters lie, which only builds need to know. */
  readonly withPlaces?: boolean;
  /** What the sources of a mosaic can be ordered by. */
  readonly withTimes?: boolean;
}

/**
 * The single rasters among `ids` that the actor may see, by id, in one query however many there are, plus one for
 * CRSs and layouts not met before. What is unknown, invisible or not a single raster is simply not in the map.
 */
export async function loadSources(
  db: Kysely<Tables>,
  definitions: Definitions,
  actor: Actor | null,
  ids: readonly string[],
  columns: SourceColumns = {},
): Promise<ReadonlyMap<string, CatalogueSource>> {
  const rows = await selectSources(db, actor, columns)
    .where((eb) => eb('datasets.id', '=', eb.fn.any(eb.val([...ids]))))
    .execute();
  const sources = await resolveSources(db, definitions, rows);
  return new Map(sources.map((source) => [source.id, source]));
}

/**
 * The sources of a build as they were when it was built, in its order; those are left out that are not in `now`, and those
 * whose version of then is not known any more.
 *
 * @param now the sources as they are
 */
export async function asBuilt(
  db: Kysely<Tables>,
  definitions: Definitions,
  now: Pick<ReadonlyMap<string, CatalogueSource>, 'get'>,
  built: { readonly source_ids: readonly string[]; readonly source_versions: readonly number[] },
): Promise<BuiltSource[]> {
  const versionOf = new Map<string, number>();
  const replaced: CatalogueSource[] = [];
  for (const [index, id] of built.source_ids.entries()) {
    const source = now.get(id);
    const version = built.source_versions[index] ?? 1;
    if (source === undefined || source.version === version) continue;
    versionOf.set(id, version);
    replaced.push(source);
  }
  const former = new Map<string, CatalogueSource>();
  if (replaced.length > 0) {
    const rows = await db
      .selectFrom('raster_versions')
      .innerJoin('datasets', 'datasets.id', 'raster_versions.dataset_id')
      .select(['datasets.id', 'datasets.title', 'datasets.visibility', 'version', 'width', 'height', 'affine'])
      .select(['georeference', 'crs_id', 'layout_id'])
      .where((eb) => eb('datasets.id', '=', eb.fn.any(eb.val(replaced.map(({ id }) => id)))))
      .execute();
    const kept = rows.filter(({ id, version }) => version === versionOf.get(id));
    for (const source of await resolveSources(db, definitions, kept)) former.set(source.id, source);
  }
  return built.source_ids.flatMap((id) => {
    const isFormer = versionOf.has(id);
    const source = isFormer ? former.get(id) : now.get(id);
    return source === undefined ? [] : [{ ...source, isFormer }];
  });
}

/** A source as a build was made of it. */
export interface BuiltSource extends CatalogueSource {
  /** Another raster has taken its place since. */
  readonly isFormer: boolean;
}

/**
 * The single rasters that the actor may see and that match, the newest in the catalogue last, by title where that is the same: at most `limit` of them,
 * in as many queries as {@link loadSources} takes.
 */
export async function findSources(
  db: Kysely<Tables>,
  definitions: Definitions,
  actor: Actor | null,
  terms: SearchTerms,
  { limit, ...columns }: SourceColumns & { readonly limit: number },
): Promise<CatalogueSource[]> {
  const rows = await selectSources(db, actor, columns)
    .where((eb) => matches(terms)(eb as never))
    .orderBy('datasets.created_at')
    // Registered together, they are as old as each other.
    .orderBy('datasets.title')
    .orderBy('datasets.id')
    .limit(limit)
    .execute();
  return await resolveSources(db, definitions, rows);
}

function selectSources(db: Kysely<Tables>, actor: Actor | null, { withPlaces, withTimes }: SourceColumns) {
  return db
    .selectFrom('datasets')
    .innerJoin('rasters', 'rasters.dataset_id', 'datasets.id')
    .select([
      'datasets.id',
      'datasets.title',
      'datasets.visibility',
      'rasters.version',
      'rasters.width',
      'rasters.height',
      'rasters.affine',
      'rasters.georeference',
      'rasters.crs_id',
      'rasters.layout_id',
    ])
    .$if(withPlaces === true, (query) => query.select(['rasters.location', 'rasters.source_state']))
    .$if(withTimes === true, (query) => query.select(['datasets.cloud_cover', TAKEN_AT.as('taken_at')]))
    .where('datasets.record_type', '=', 'raster_dataset')
    .where((eb) => visibleTo(actor)(eb as never));
}

type SourceRow = Awaited<ReturnType<ReturnType<typeof selectSources>['execute']>>[number];

/** The rows with the CRS and the layout that they name, in their order. */
async function resolveSources(
  db: Kysely<Tables>,
  definitions: Definitions,
  rows: readonly SourceRow[],
): Promise<CatalogueSource[]> {
  const crs = await definitions.crs(
    db,
    rows.flatMap((row) => (row.crs_id === null ? [] : [row.crs_id])),
  );
  const layouts = await definitions.layouts(
    db,
    rows.map((row) => row.layout_id),
  );
  const statistics = differInNodata(layouts.values()) ? await findStatistics(db, rows) : null;
  return rows.map((row) => {
    const layout = layouts.get(row.layout_id);
    if (layout === undefined) throw new Error(`dataset ${row.id} names layout ${row.layout_id}, which is not stored`);
    return {
      id: row.id,
      label: row.title,
      version: row.version,
      visibility: row.visibility,
      profile: {
        width: row.width,
        height: row.height,
        affine: row.affine as Affine | null,
        georeference: row.georeference,
        crs: row.crs_id === null ? null : (crs.get(row.crs_id) ?? null),
        layout,
        statistics: statistics?.get(row.id) ?? [],
      },
      registered: row.location == null ? null : { location: row.location, states: row.source_state ?? {} },
      takenAt: row.taken_at ?? null,
      cloudCover: row.cloud_cover ?? null,
    };
  });
}

/**
 * Whether a value that one source calls nodata can be data of another one. Then what values there are decides on the
 * output's nodata; else it costs to ask, and changes nothing.
 */
export function differInNodata(layouts: Iterable<RasterLayout>): boolean {
  const values = new Set<string>();
  for (const { bands } of layouts) {
    for (const { nodata } of bands) values.add(nodata === null ? 'none' : `${nodataToJson(nodata)}`);
  }
  return values.size > 1;
}

/** What is known of the pixels of rasters, by their ids, in one query. */
async function findStatistics(
  db: Kysely<Tables>,
  rows: readonly Pick<SourceRow, 'id'>[],
): Promise<ReadonlyMap<string, RasterProfile['statistics']>> {
  const found = await db
    .selectFrom('rasters')
    .select(['dataset_id', 'statistics'])
    .where((eb) => eb('dataset_id', '=', eb.fn.any(eb.val(rows.map(({ id }) => id)))))
    .execute();
  return new Map(found.map(({ dataset_id: id, statistics }) => [id, statistics]));
}
