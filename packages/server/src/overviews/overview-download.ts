import type { Kysely } from 'kysely';
import type { Actor } from '../access.ts';
import type { DatasetRow } from '../catalog/dataset-store.ts';
import type { Tables } from '../db/tables.ts';
import { notFound, ServerError } from '../error.ts';
import type { SendableObject } from '../http/send-object.ts';
import { type PixelAccessDeps, seesAllMembers } from '../pixels/pixel-access.ts';
import { findEpoch } from '../pixels/pixel-store.ts';
import type { Storage } from '../storage/storage.ts';
import { findBuild } from './overview-store.ts';

export interface OverviewDownloadDeps extends Pick<PixelAccessDeps, 'memberAccess'> {
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
  if (!(await seesAllMembers(deps, actor, generationId, await findEpoch(deps.db)))) {
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
