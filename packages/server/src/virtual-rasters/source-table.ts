import type { Affine, RasterProfile } from '@inlay/geo';
import type { Kysely } from 'kysely';
import { type Actor, visibleTo } from '../access.ts';
import type { Definitions } from '../catalog/definitions.ts';
import type { RegisteredPlace } from '../catalog/source-state.ts';
import type { Tables, Visibility } from '../db/tables.ts';

/** A catalogued raster as a plan sees it. */
export interface CatalogueSource {
  readonly id: string;
  /** Its title: how messages name it. */
  readonly label: string;
  readonly version: number;
  readonly visibility: Visibility;
  /** Statistics are left out (empty): where nodata values differ, plans take all values of a type for possible. */
  readonly profile: RasterProfile;
  /** Null for one in our own storage, and where it was not asked for. */
  readonly registered: RegisteredPlace | null;
}

/**
 * The single rasters among `ids` that the actor may see, by id, in one query however many there are, plus one for
 * CRSs and layouts not met before. What is unknown, invisible or not a single raster is simply not in the map.
 *
 * @param withPlaces says of registered rasters also where they lie, which only builds need to know
 */
export async function loadSources(
  db: Kysely<Tables>,
  definitions: Definitions,
  actor: Actor | null,
  ids: readonly string[],
  { withPlaces = false }: { readonly withPlaces?: boolean } = {},
): Promise<ReadonlyMap<string, CatalogueSource>> {
  const rows = await db
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
    .$if(withPlaces, (query) => query.select(['rasters.location', 'rasters.source_state']))
    .where((eb) => eb('datasets.id', '=', eb.fn.any(eb.val([...ids]))))
    .where('datasets.record_type', '=', 'raster_dataset')
    .where((eb) => visibleTo(actor)(eb as never))
    .execute();
  const crs = await definitions.crs(
    db,
    rows.flatMap((row) => (row.crs_id === null ? [] : [row.crs_id])),
  );
  const layouts = await definitions.layouts(
    db,
    rows.map((row) => row.layout_id),
  );
  const sources = new Map<string, CatalogueSource>();
  for (const row of rows) {
    const layout = layouts.get(row.layout_id);
    if (layout === undefined) throw new Error(`dataset ${row.id} names layout ${row.layout_id}, which is not stored`);
    sources.set(row.id, {
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
        statistics: [],
      },
      registered: row.location == null ? null : { location: row.location, states: row.source_state ?? {} },
    });
  }
  return sources;
}
