import type { Kysely } from 'kysely';
import type { Actor } from '../access.ts';
import type { DatasetRow } from '../catalog/dataset-store.ts';
import type { Tables } from '../db/tables.ts';
import { notFound, ServerError } from '../error.ts';
import type { SendableObject } from '../http/send-object.ts';
import type { Storage } from '../storage/storage.ts';
import { surveySources } from '../virtual-rasters/document-store.ts';
import { findGeneration } from '../virtual-rasters/generation-store.ts';
import { findBuild } from './overview-store.ts';

export interface OverviewDownloadDeps {
  readonly db: Kysely<Tables>;
  readonly storage: Storage;
}

/**
 * A file of the rendered levels of a build.
 *
 * @param number the first is 1
 * @throws ServerError `forbidden` for callers who may not see every source: levels are their sources' pixels;
 *   `generation_gone`, `not_found`
 */
export async function overviewDownload(
  deps: OverviewDownloadDeps,
  row: DatasetRow,
  actor: Actor | null,
  { generationId, number }: { readonly generationId: string; readonly number: number },
): Promise<SendableObject> {
  const build = await findBuild(deps.db, generationId);
  if (build === undefined || build.dataset_id !== row.id) {
    throw new ServerError(
      'generation_gone',
      'This build of the virtual raster is not kept. Download the VRT again: it names the levels of the build that is.',
    );
  }
  // Sources that its owner shares are open to who may have it, as long as they are in the build that it shows.
  const isShown = row.shows_pixels && row.generation_id === generationId;
  if (!isShown && (await hidesSources(deps.db, generationId, actor))) {
    throw new ServerError(
      'forbidden',
      'You may not see all of its sources, so it cannot be downloaded. Ask its owner to share them.',
    );
  }
  const object = build.overviews?.objects[number - 1];
  const found = object === undefined ? null : await deps.storage.stat(object.key);
  if (object === undefined || found === null) throw notFound('file of rendered levels');
  return {
    bytes: found.bytes,
    etag: `"${object.sha256}"`,
    lastModified: found.modifiedAt,
    contentType: 'image/tiff',
    filename: `${row.title} overviews ${number}.tif`,
    stream: (start, end) => deps.storage.get(object.key, { start, end }),
  };
}

async function hidesSources(db: Kysely<Tables>, generationId: string, actor: Actor | null): Promise<boolean> {
  const generation = await findGeneration(db, generationId);
  const { visible } = await surveySources(db, { generationId, document: null }, actor);
  return visible !== generation?.source_count;
}
