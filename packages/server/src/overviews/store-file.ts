import type { Affine, Crs, PixelGrid } from '@inlay/geo';
import { layOutCog } from '@inlay/geotiff';
import type { OverviewFile } from '@inlay/vrt';
import type { Storage } from '../storage/storage.ts';
import type { ScratchLevel } from './scratch-level.ts';
import { formatOf, type StoredOverviews } from './stored-overviews.ts';

/** Where a file's levels lie. */
export interface FilePlace {
  /** Of the output that they are levels of. */
  readonly grid: PixelGrid;
  readonly crs: Crs | null;
}

/** Puts levels together to a COG, and stores that. */
export async function storeFile(
  storage: Storage,
  key: string,
  file: OverviewFile,
  levels: readonly ScratchLevel[],
  { grid, crs }: FilePlace,
  signal: AbortSignal,
): Promise<StoredOverviews['objects'][number]> {
  const [finest] = levels;
  const { header } = layOutCog({ format: formatOf(file), affine: affineOf(grid, finest!), crs, levels });
  return { key, ...(await storage.put(key, cogBytes(header, levels, signal), { signal })) };
}

/** The affine of a level, which spans the output from edge to edge. */
function affineOf({ affine, width, height }: PixelGrid, level: { readonly width: number; readonly height: number }) {
  const [a, b, c, d, e, f] = affine;
  const [across, down] = [width / level.width, height / level.height];
  return [a * across, b * down, c, d * across, e * down, f] satisfies Affine;
}

async function* cogBytes(
  header: Uint8Array,
  levels: readonly ScratchLevel[],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  yield header;
  for (const level of levels.toReversed()) yield* level.stream(signal);
}
