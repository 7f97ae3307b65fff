import { DATA_TYPE_BYTES, type Window } from '@inlay/geo';
import { allocateSamples, type RasterArray, type Resampling, type Samples } from '@inlay/raster';
import type { CompiledMosaic, MosaicBand } from './compiled-mosaic.ts';
import type { Size } from './lattice.ts';
import { readMosaic, type ReadMosaicOptions } from './read-mosaic.ts';
import type { OpenSource } from './source-port.ts';
import { spreadCells, type SpreadTarget } from './spread-cells.ts';

/** A window of a reduced-resolution level of a mosaic. */
export interface OverviewWindow {
  /** Size of the level, which spans the mosaic from edge to edge. */
  readonly level: Size;
  /** In whole pixels of the level. */
  readonly window: Window;
  /** 1-based, of one data type. */
  readonly bands: readonly number[];
  readonly resampling: Resampling;
}

/** Bytes of a mosaic's pixels that are composed at once, of full resolution if it comes to that. */
const COMPOSED_BYTES = 2 ** 27;

/** And pixels: more would be thinned (`resampleMosaic`). */
const COMPOSED_PIXELS = 2 ** 24;

/** Windows are cut no smaller than this. */
const LEAST_SIDE = 16;

/**
 * Renders a window of a reduced-resolution level, in bounded memory whatever the reduction: in pieces, each of which is
 * composed and then resampled once. A source that cannot be read fails it.
 *
 * @returns the bands in their own data type, with a mask where there are holes (see `MosaicRead.raster`)
 * @throws {MosaicError} as `readMosaic`
 */
export async function readOverview(
  mosaic: CompiledMosaic,
  { level, window, bands, resampling }: OverviewWindow,
  openSource: OpenSource,
  options: Pick<ReadMosaicOptions, 'concurrency' | 'signal'> = {},
): Promise<RasterArray> {
  const { grid } = mosaic;
  const scale = { x: grid.width / level.width, y: grid.height / level.height };
  const side = pieceSide(mosaic, bands, Math.max(scale.x, scale.y));
  const pieces: { at: Window; raster: RasterArray }[] = [];
  for (const at of cut(window, side)) {
    const { raster } = await readMosaic(
      mosaic,
      {
        window: {
          colOff: at.colOff * scale.x,
          rowOff: at.rowOff * scale.y,
          width: at.width * scale.x,
          height: at.height * scale.y,
        },
        width: at.width,
        height: at.height,
        bands,
        resampling,
      },
      openSource,
      { ...options, onSourceError: 'throw' },
    );
    pieces.push({ at, raster });
  }
  return joined(pieces, window);
}

/**
 * A window of a level, made of the pixels of the level before it: a pixel of that counts once, however many it was made
 * of itself.
 *
 * @param above of the finer level, with a mask where it has one beside its nodata
 * @param target its `window` is in pixels of `above`
 */
export function reduceOverview(
  above: RasterArray,
  { bands: all }: Pick<CompiledMosaic, 'bands'>,
  bands: readonly number[],
  target: SpreadTarget,
): RasterArray {
  const cells = { samples: above.bands, painted: bands.map(() => 'all' as const), mask: above.mask };
  const { samples, mask } = spreadCells(cells, above, bandsOf(all, bands), target);
  const { width, height } = target;
  return { layout: 'band-separate', width, height, dataType: above.dataType, bands: samples, mask };
}

function bandsOf(all: readonly MosaicBand[], bands: readonly number[]): MosaicBand[] {
  return bands.map((band) => {
    const found = all[band - 1];
    if (found === undefined) throw new RangeError(`there is no band ${band} of ${all.length}`);
    return found;
  });
}

/** The side of a piece in pixels of the level: a power of two. */
function pieceSide({ bands: all }: CompiledMosaic, bands: readonly number[], scale: number): number {
  // Each band has samples and marks of where it is painted; beside them there is a mask.
  const bytes = bandsOf(all, bands).reduce((sum, { dataType }) => sum + DATA_TYPE_BYTES[dataType] + 1, 1);
  const composed = Math.sqrt(Math.min(COMPOSED_PIXELS, COMPOSED_BYTES / bytes));
  return Math.max(LEAST_SIDE, 2 ** Math.floor(Math.log2(composed / scale)));
}

function* cut({ colOff, rowOff, width, height }: Window, side: number): Generator<Window> {
  for (let row = 0; row < height; row += side) {
    for (let col = 0; col < width; col += side) {
      yield {
        colOff: colOff + col,
        rowOff: rowOff + row,
        width: Math.min(side, width - col),
        height: Math.min(side, height - row),
      };
    }
  }
}

function joined(pieces: readonly { at: Window; raster: RasterArray }[], window: Window): RasterArray {
  const [first] = pieces;
  if (pieces.length === 1) return first!.raster;
  const { width, height } = window;
  const { dataType, bands } = first!.raster;
  const isMasked = pieces.some(({ raster }) => raster.mask !== null);
  const whole = {
    layout: 'band-separate',
    width,
    height,
    dataType,
    bands: bands.map(() => allocateSamples(dataType, width * height)),
    mask: isMasked ? new Uint8Array(width * height).fill(255) : null,
  } as const;
  for (const { at, raster } of pieces) {
    const offset = { col: at.colOff - window.colOff, row: at.rowOff - window.rowOff };
    for (const [band, samples] of raster.bands.entries()) copyInto(samples, raster, whole.bands[band]!, width, offset);
    if (raster.mask !== null) copyInto(raster.mask, raster, whole.mask!, width, offset);
  }
  return whole;
}

function copyInto(
  from: Samples,
  { width, height }: Size,
  to: Samples,
  toWidth: number,
  { col, row }: { readonly col: number; readonly row: number },
): void {
  const parts = from.length / (width * height);
  for (let line = 0; line < height; line += 1) {
    const cells = from.subarray(line * width * parts, (line + 1) * width * parts);
    to.set(cells as never, ((row + line) * toWidth + col) * parts);
  }
}
