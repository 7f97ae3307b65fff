import { isComplex, type Nodata, sameNodata } from '@inlay/geo';
import { readLevel } from '@inlay/geotiff';
import { type CompiledMosaic, readMosaic, sourceId } from '@inlay/mosaic';
import { numericBand, type RasterArray } from '@inlay/raster';
import pLimit from 'p-limit';
import { openMosaic, type OpenedMosaic, sourceOpener } from './mosaic-source.ts';
import type { PointAnswer, PointsTask } from './pixel-task.ts';
import { type ReadingDeps, withRaster } from './read-pixels.ts';

/** Points read at a time: those of one block share its reading. */
const CONCURRENCY = 8;

/** Reads one pixel of a raster. */
type ReadPixel = (col: number, row: number) => Promise<PointAnswer>;

/** Reads single pixels at full resolution. */
export async function readPoints(deps: ReadingDeps, task: PointsTask, signal: AbortSignal): Promise<PointAnswer[]> {
  const { source, bands } = task;
  const { place } = source;
  const readAll = async (read: ReadPixel): Promise<PointAnswer[]> => {
    const nothing: PointAnswer = { values: bands.map(() => null), source: null };
    const limit = pLimit(CONCURRENCY);
    return await Promise.all(
      Array.from({ length: task.pixels.length / 2 }, (_, i) =>
        limit(async () => {
          const [col, row] = [task.pixels[2 * i]!, task.pixels[2 * i + 1]!];
          signal.throwIfAborted();
          return col < 0 ? nothing : await read(col, row);
        }),
      ),
    );
  };
  if (place.kind === 'mosaic') return await readAll(mosaicReader(deps, task, openMosaic(place), signal));
  return await withRaster(deps.opened, { ...source, place }, signal, ({ levels: { levels } }) => {
    const alpha = 1 + source.layout.bands.findIndex(({ colorInterp }) => colorInterp === 'Alpha');
    const read = alpha === 0 || bands.includes(alpha) ? bands : [...bands, alpha];
    const holes = bands.map((band) => (band === alpha ? null : (task.nodata ?? source.layout.bands[band - 1]!.nodata)));
    return readAll(async (col, row) => {
      const window = { colOff: col, rowOff: row, width: 1, height: 1 };
      const { raster } = await readLevel(levels[0], window, { bands: read, cache: deps.cache, signal });
      const isHole = raster.mask?.[0] === 0 || (alpha !== 0 && Number(raster.bands[read.indexOf(alpha)]![0]) === 0);
      const values = bands.map((_, i) => (isHole ? null : valueOf(raster, i, holes[i] ?? null)));
      return { values, source: isNothing(values) ? null : { id: source.datasetId, name: source.name } };
    });
  });
}

/** Sources that are looked at, from the top down, to find whose a pixel is. */
const MAX_LOOKED_AT = 16;

function mosaicReader(
  deps: ReadingDeps,
  { bands, nodata }: PointsTask,
  { mosaic, memberOf }: OpenedMosaic,
  signal: AbortSignal,
): ReadPixel {
  const open = sourceOpener(deps, memberOf);
  const read = async (col: number, row: number, openSource: typeof open, onSourceError: 'throw' | 'transparent') => {
    const window = { colOff: col, rowOff: row, width: 1, height: 1 };
    const result = await readMosaic(mosaic, { window, width: 1, height: 1, bands }, openSource, {
      onSourceError,
      signal,
    });
    const isHole = result.raster.mask?.[0] === 0;
    return bands.map((_, i) => (isHole ? null : valueOf(result.raster, i, nodata ?? result.nodata[i] ?? null)));
  };
  return async (col, row) => {
    const values = await read(col, row, open, 'throw');
    if (isNothing(values) || isMixed(mosaic, bands)) return { values, source: null };
    for (const sourceIndex of sourcesAt(mosaic, col, row).slice(0, MAX_LOOKED_AT)) {
      // The mosaic as it would be with this source alone.
      const alone: typeof open = (index, openSignal) =>
        index === sourceIndex ? open(index, openSignal) : Promise.reject(new Error('left out'));
      if (!isNothing(await read(col, row, alone, 'transparent'))) {
        return { values, source: { id: sourceId(mosaic, sourceIndex), name: memberOf(sourceIndex).name } };
      }
    }
    return { values, source: null };
  };
}

/** Whether a pixel is made of several sources: one for each band of a stack, or all that lie there. */
function isMixed({ bands }: CompiledMosaic, wanted: readonly number[]): boolean {
  const [first, ...others] = wanted.map((band) => bands[band - 1]!);
  return first!.pixelFunction !== null || others.some(({ firstPlacement }) => firstPlacement !== first!.firstPlacement);
}

/** The sources that lie at a pixel, the topmost first. */
function sourcesAt({ index, placements }: CompiledMosaic, col: number, row: number): number[] {
  const found = index?.search(col, row, col + 1, row + 1) ?? [];
  return found
    .filter((placement) => {
      const [x, y, width, height] = placements.dstRects.subarray(4 * placement, 4 * placement + 4);
      return x! < col + 1 && y! < row + 1 && x! + width! > col && y! + height! > row;
    })
    .sort((a, b) => b - a)
    .map((placement) => placements.sourceIndex[placement]!);
}

function isNothing(values: readonly (Nodata | null)[]): boolean {
  return values.every((value) => value === null);
}

/** The one pixel of a band; complex ones as their modulus, nodata and NaN as null. */
function valueOf(raster: RasterArray, bandOffset: number, nodata: Nodata | null): Nodata | null {
  const value: Nodata = isComplex(raster.dataType)
    ? numericBand(raster, bandOffset)[0]!
    : raster.bands[bandOffset]![0]!;
  // The file says -3.4028234663852886e+38 and means the nearest 32-bit number.
  const hole =
    raster.bands[bandOffset] instanceof Float32Array && typeof nodata === 'number' ? Math.fround(nodata) : nodata;
  return sameNodata(value, hole) || Number.isNaN(value) ? null : value;
}
