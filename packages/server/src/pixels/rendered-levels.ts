import { type BandProfile, type RasterLayout, type Window } from '@inlay/geo';
import { type PixelLevel, readLevel } from '@inlay/geotiff';
import type { CompiledMosaic } from '@inlay/mosaic';
import { convertSamples } from '@inlay/mosaic';
import { type RasterArray, resampleWindow, type Samples } from '@inlay/raster';
import type { ReadProblem, WindowRead, WindowRequest } from '@inlay/tiler';
import { type OverviewFile, promotedType } from '@inlay/vrt';
import { asRead } from '../overviews/make-block.ts';
import { formatOf, planFromJson, type StoredOverviews } from '../overviews/stored-overviews.ts';
import type { OpenableRaster } from './opened-rasters.ts';
import type { ReadingDeps } from './read-pixels.ts';

/** The rendered levels of a mosaic, which are read without any of its sources. */
export interface RenderedLevels {
  /**
   * As the mosaic itself is read: bands in the type that holds all of them, and the mask.
   * @param level 0-based, of the rendered ones
   */
  readWindow(level: number, request: WindowRequest, signal: AbortSignal | undefined): Promise<WindowRead>;
}

export function openRenderedLevels(
  { opened, cache }: ReadingDeps,
  { bands: mosaicBands, grid }: CompiledMosaic,
  overviews: StoredOverviews,
): RenderedLevels {
  const { files, levels } = planFromJson(overviews.plan);

  async function readFile(
    index: number,
    level: number,
    window: Window,
    signal: AbortSignal,
  ): Promise<{ raster: RasterArray; problem: ReadProblem | null }> {
    const file = files[index]!;
    const held = await opened.hold(openable(overviews, index, file, levels[0]!), signal);
    try {
      const pixels: PixelLevel = held.levels.levels[level]!;
      const read = await readLevel(pixels, window, { cache, damage: 'transparent', signal });
      const { firstProblem } = read;
      const raster = asRead(read.raster.bands, file, window);
      return {
        raster: { ...raster, mask: bothMasks(raster.mask, read.raster.mask) },
        problem: firstProblem === null ? null : { code: firstProblem.code, message: firstProblem.message },
      };
    } finally {
      held.release();
    }
  }

  return {
    async readWindow(level, { window: wanted, width, height, bands, resampling }, signal) {
      const window = inLevel(levels[level]!, grid, wanted);
      const indexes = [...new Set(bands.map((band) => files.findIndex((file) => file.bands.includes(band))))];
      const reads = await Promise.all(
        indexes.map((index) => readFile(index, level, window, signal ?? new AbortController().signal)),
      );
      const dataType = promotedType(new Set(reads.map(({ raster }) => raster.dataType)));
      const samples = bands.map((band): Samples => {
        const at = indexes.findIndex((index) => files[index]!.bands.includes(band));
        const { raster } = reads[at]!;
        return convertSamples(raster.bands[files[indexes[at]!]!.bands.indexOf(band)]!, raster.dataType, dataType);
      });
      const whole: RasterArray = {
        layout: 'band-separate',
        width: window.width,
        height: window.height,
        dataType,
        bands: samples,
        mask: reads.map(({ raster }) => raster.mask).reduce(eitherMask),
      };
      const nodata = bands.map((band) => {
        const found = mosaicBands[band - 1];
        return found === undefined || found.hideNodata ? null : found.nodata;
      });
      const isWhole = width === window.width && height === window.height;
      return {
        raster: isWhole ? whole : resampleWindow(whole, { width, height, resampling, nodata }),
        problems: reads.flatMap(({ problem }) => (problem === null ? [] : [problem])),
      };
    },
  };
}

function inLevel(
  level: { readonly width: number; readonly height: number },
  full: { readonly width: number; readonly height: number },
  { colOff, rowOff, width, height }: Window,
): Window {
  const [perCol, perRow] = [level.width / full.width, level.height / full.height];
  const [col, row] = [Math.round(colOff * perCol), Math.round(rowOff * perRow)];
  return {
    colOff: col,
    rowOff: row,
    width: Math.round((colOff + width) * perCol) - col,
    height: Math.round((rowOff + height) * perRow) - row,
  };
}

/** A file of rendered levels as a raster that is kept open. No two renderings share its blocks in the cache. */
function openable(
  { id, objects }: StoredOverviews,
  index: number,
  file: OverviewFile,
  finest: { readonly width: number; readonly height: number },
): OpenableRaster {
  return {
    datasetId: `${id}/${index}`,
    version: 1,
    name: 'overviews',
    width: finest.width,
    height: finest.height,
    layout: layoutOf(file),
    place: { kind: 'stored', objectKey: objects[index]!.key },
  };
}

function layoutOf(file: OverviewFile): RasterLayout {
  const { dataType, samplesPerPixel, blockSize, nodata } = formatOf(file);
  const band: BandProfile = {
    dataType,
    nbits: null,
    blockWidth: blockSize,
    blockHeight: blockSize,
    nodata,
    colorInterp: 'Undefined',
    colorTable: null,
    scale: null,
    offset: null,
    unit: null,
    description: null,
    categories: null,
    metadata: {},
    maskFlags: 1,
  };
  return {
    bands: Array.from({ length: samplesPerPixel }, () => band),
    mask: null,
    overviews: [],
    storage: { bigTiff: false, tiled: true, interleave: 'PIXEL', compression: 'DEFLATE', predictor: 1, sparse: true },
    metadata: {},
    areaOrPoint: null,
  };
}

/** Valid where both are; null is valid everywhere. */
function bothMasks(a: Uint8Array | null, b: Uint8Array | null): Uint8Array | null {
  if (a === null || b === null) return a ?? b;
  return a.map((value, at) => (value !== 0 && b[at] !== 0 ? 255 : 0));
}

/** Valid where one is. */
function eitherMask(a: Uint8Array | null, b: Uint8Array | null): Uint8Array | null {
  if (a === null || b === null) return null;
  return a.map((value, at) => (value !== 0 || b[at] !== 0 ? 255 : 0));
}
