import { isComplex, type Nodata, sameNodata } from '@inlay/geo';
import { type RasterLevels, readLevel } from '@inlay/geotiff';
import { numericBand, type RasterArray } from '@inlay/raster';
import pLimit from 'p-limit';
import type { ReadingDeps } from './decide-recipe.ts';
import type { PointAnswer, PointsTask } from './pixel-task.ts';

/** Points read at a time: those of one block share its reading. */
const CONCURRENCY = 8;

/** Reads single pixels at full resolution. */
export async function readPoints(
  { opened, cache }: ReadingDeps,
  { source, pixels, bands, nodata }: PointsTask,
  signal: AbortSignal,
): Promise<PointAnswer[]> {
  const alpha = 1 + source.layout.bands.findIndex(({ colorInterp }) => colorInterp === 'Alpha');
  const read = alpha === 0 || bands.includes(alpha) ? bands : [...bands, alpha];
  const holes = bands.map((band) => (band === alpha ? null : (nodata ?? source.layout.bands[band - 1]!.nodata)));
  const nothing: PointAnswer = { values: bands.map(() => null), sourceId: null };
  const limit = pLimit(CONCURRENCY);
  const readOne = async ({ levels: [full] }: RasterLevels, col: number, row: number): Promise<PointAnswer> => {
    if (col < 0) return nothing;
    signal.throwIfAborted();
    const { raster } = await readLevel(
      full,
      { colOff: col, rowOff: row, width: 1, height: 1 },
      {
        bands: read,
        cache,
        signal,
      },
    );
    const isHole = raster.mask?.[0] === 0 || (alpha !== 0 && Number(raster.bands[read.indexOf(alpha)]![0]) === 0);
    if (isHole) return nothing;
    const values = bands.map((_, i) => valueOf(raster, i, holes[i] ?? null));
    return { values, sourceId: values.every((value) => value === null) ? null : source.datasetId };
  };
  return await opened.use(source, signal, (levels) =>
    Promise.all(
      Array.from({ length: pixels.length / 2 }, (_, i) =>
        limit(() => readOne(levels, pixels[2 * i]!, pixels[2 * i + 1]!)),
      ),
    ),
  );
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
