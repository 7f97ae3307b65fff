import type { Kysely } from 'kysely';
import type { Actor } from '../access.ts';
import type { Definitions } from '../catalog/definitions.ts';
import type { Tables } from '../db/tables.ts';
import type { Storage } from '../storage/storage.ts';
import { findGeneration, type Generation } from './generation-store.ts';
import { planVrt } from './plan.ts';
import { type CatalogueSource, loadSources } from './source-table.ts';
import { storeMosaic } from './store-artifact.ts';

export interface ReadableDeps {
  readonly db: Kysely<Tables>;
  readonly definitions: Definitions;
  readonly storage: Storage;
}

/** Who asks has been found to see every source; here all of them are needed. */
const EVERYTHING: Actor = { userId: '', username: '', role: 'admin', tokenId: '', scope: 'read' };

/**
 * Makes a build ready for reading its pixels that was published by a version that did not: planned anew from what it was
 * built of, and compiled. Once; what is made belongs to the build from then on.
 *
 * @returns what it is read by (`vrt_generations.mosaic_key`); null where this version cannot read it, or where what it
 *   was built of is no longer known
 */
export async function makeReadable(
  { db, definitions, storage }: ReadableDeps,
  generationId: string,
): Promise<string | null> {
  const generation = await findGeneration(db, generationId);
  if (generation === undefined || generation.mosaic_key !== null) return generation?.mosaic_key ?? null;
  const vrt = await findBuilt(db, generation);
  const sources = vrt === undefined ? null : await sourcesAsBuilt({ db, definitions }, generation);
  if (vrt === undefined || sources === null) return null;
  const { plan } = await planVrt(sources, {
    vrtType: vrt.vrt_type,
    resolutionStrategy: vrt.resolution_strategy,
    options: generation.options,
    paintOrder: generation.paint_order,
  });
  const isSameGrid =
    plan !== null &&
    plan.grid.width === vrt.width &&
    plan.grid.height === vrt.height &&
    plan.grid.affine.every((value, i) => value === vrt.affine?.[i]);
  // Another version may plan otherwise, and the pixels have to be those of the VRT that is downloaded.
  if (plan === null || !isSameGrid) return null;
  const key = generation.object_key.replace(/\.vrt$/, '.mosaic');
  const keys = { flat: generation.object_key, chunks: generation.chunks_key ?? '', mosaic: key };
  if (!(await storeMosaic(storage, keys, plan, sources, new AbortController().signal))) return null;
  await db
    .updateTable('vrt_generations')
    .set({ mosaic_key: key })
    .where('id', '=', generationId)
    .where('mosaic_key', 'is', null)
    .execute();
  return key;
}

/** The virtual raster that shows this build, as it was published. */
async function findBuilt(db: Kysely<Tables>, { id }: Generation) {
  return await db
    .selectFrom('vrts')
    .innerJoin('rasters', 'rasters.dataset_id', 'vrts.dataset_id')
    .select(['vrt_type', 'resolution_strategy', 'rasters.width', 'rasters.height', 'rasters.affine'])
    .where('vrts.generation_id', '=', id)
    .executeTakeFirst();
}

/** The sources in the order sent; null where one is another raster by now. */
async function sourcesAsBuilt(
  { db, definitions }: Omit<ReadableDeps, 'storage'>,
  { source_ids: ids, source_versions: versions }: Generation,
): Promise<CatalogueSource[] | null> {
  const found = await loadSources(db, definitions, EVERYTHING, ids);
  const sources = ids.flatMap((id, index) => {
    const source = found.get(id);
    return source?.version === versions[index] ? [source!] : [];
  });
  return sources.length === ids.length ? sources : null;
}
