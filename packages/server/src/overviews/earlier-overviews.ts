import { openPixelImage, openRaster, readStoredBlock } from '@inlay/geotiff';
import { changedAreas, MosaicError, type MosaicState, openCompiledMosaic } from '@inlay/mosaic';
import type { OverviewPlan } from '@inlay/vrt';
import { storedRasterFiles } from '../catalog/raster-files.ts';
import type { Storage } from '../storage/storage.ts';
import { StorageError } from '../storage/storage-error.ts';
import { readShared } from '../storage/read-shared.ts';
import { dirtyBlocks } from './pyramid.ts';
import type { EarlierFile } from './render-file.ts';
import { planToJson, type StoredOverviews } from './stored-overviews.ts';

/** An earlier build whose levels are kept. */
export interface EarlierBuild {
  readonly mosaicKey: string;
  readonly versions: readonly number[];
  readonly overviews: StoredOverviews;
}

/** Files that blocks are copied from, by their position in the plan. */
export interface EarlierFiles {
  readonly files: readonly EarlierFile[];
  close(): Promise<void>;
}

/**
 * What of an earlier build's levels still holds; null where nothing does, or where it is not kept after all. Only what
 * sources have changed is asked: two lists of them, with versions, places and order.
 */
export async function openEarlier(
  storage: Storage,
  earlier: EarlierBuild,
  now: MosaicState,
  plan: OverviewPlan,
  signal: AbortSignal,
): Promise<EarlierFiles | null> {
  if (!isSamePlan(earlier.overviews, plan)) return null;
  const before = await openState(storage, earlier);
  if (before === null) return null;
  const { width, height } = now.mosaic.grid;
  const areas = plan.files.map(({ bands }) => changedAreas(before, now, bands));
  if (areas.includes(null)) return null;
  const opened: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    for (const raster of opened) await raster.close();
  };
  try {
    const files: EarlierFile[] = [];
    for (const [index, { key }] of earlier.overviews.objects.entries()) {
      if ((await storage.stat(key)) === null) {
        await close();
        return null;
      }
      const raster = await openRaster(await storedRasterFiles(storage, key, 'earlier overviews'), { signal });
      opened.push(raster);
      const images = await Promise.all(
        [raster.images.full, ...raster.images.overviews].map((image) => openPixelImage(image, { signal })),
      );
      files.push({
        dirty: dirtyBlocks({ width, height }, plan, areas[index]!),
        read: (level, { col, row }, readSignal) => readStoredBlock(images[level]!, { plane: 0, col, row }, readSignal),
      });
    }
    return { files, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function isSamePlan({ plan }: StoredOverviews, now: OverviewPlan): boolean {
  const parts = ({ levels, resampling, files }: typeof plan): string => JSON.stringify([levels, resampling, files]);
  return parts(plan) === parts(planToJson(now));
}

async function openState(storage: Storage, { mosaicKey, versions }: EarlierBuild): Promise<MosaicState | null> {
  try {
    return { mosaic: openCompiledMosaic(await readShared(storage, mosaicKey)), versions };
  } catch (error) {
    if (error instanceof StorageError && error.code === 'storage/not-found') return null;
    // Written by another version of this program: everything is rendered anew.
    if (error instanceof MosaicError && error.code === 'mosaic/unsupported-version') return null;
    throw error;
  }
}
