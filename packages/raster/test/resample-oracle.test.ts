import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { DataType, Window } from '@inlay/geo';
import { type RasterArray, allocateSamples, isBigSamples, resampleWindow } from '@inlay/raster';
import { GDAL_IS_ABSENT, type Gdal, openGdal } from '@inlay/testing';

const WIDTH = 37;
const HEIGHT = 29;

/** Windows and sizes: halves, thirds, whole and fractional, larger and smaller, at edges and within. */
const READS: readonly (readonly [window: Window, width: number, height: number])[] = [
  [at(0, 0, 36, 28), 18, 14],
  [at(0, 0, WIDTH, HEIGHT), 5, 4],
  [at(0, 0, WIDTH, HEIGHT), 1, 1],
  [at(0, 0, WIDTH, HEIGHT), 74, 58],
  [at(3, 5, 9, 7), 27, 7],
  [at(5, 4, 24, 21), 8, 7],
  [at(36, 28, 1, 1), 4, 4],
  // GDAL loses the pixel that a window begins in where it begins in the right half of it.
  [at(2.25, 3.375, 20, 16.5), 7, 9],
  [at(0.125, 0, 11.75, 10.5), 31, 29],
  [at(10, 3, 20, 20), 13, 11],
];

const DATA_TYPES = ['Byte', 'Int16', 'UInt16', 'Int32', 'Float32', 'Float64'] as const;

let gdal: Gdal | null = null;
let folder = '';

before(async () => {
  gdal = await openGdal();
  folder = await mkdtemp(join(tmpdir(), 'inlay-resample-'));
});

after(async () => {
  await gdal?.close();
  await rm(folder, { recursive: true });
});

/** How far a result may lie from GDAL's, which sums most types in 32-bit floats: integers by a rounding. */
const TOLERANCE: Readonly<Record<string, number>> = { Float32: 2e-3, Float64: 2e-3 };
const DOUBLE_TOLERANCE = 1e-6;

for (const resampling of ['nearest', 'bilinear', 'cubic', 'average', 'mode'] as const) {
  for (const holes of ['none', 'nodata', 'mask'] as const) {
    test(`${resampling} of windows with ${holes === 'none' ? 'every pixel valid' : holes} is GDAL's`, async (t) => {
      if (gdal === null) return t.skip(GDAL_IS_ABSENT);
      // GDAL 3.6 sums doubles as floats.
      const tolerances = gdal.version.startsWith('3.6') ? TOLERANCE : { ...TOLERANCE, Float64: DOUBLE_TOLERANCE };
      let compared = 0;
      let different = 0;
      for (const dataType of DATA_TYPES) {
        // GDAL 3.13 counts masked bytes too, though not those of other types.
        if (resampling === 'mode' && holes === 'mask' && dataType === 'Byte') continue;
        const { path, raster, nodata } = await makeRaster(gdal, dataType, holes);
        for (const [window, width, height] of READS) {
          const ours = resampleWindow(raster, { window, width, height, nodata: [nodata], resampling });
          const theirs = await gdal.values(path, 1, {
            window: [window.colOff, window.rowOff, window.width, window.height],
            size: [width, height],
            resampling,
          });
          const what = `${dataType} ${JSON.stringify(window)} to ${width}x${height}`;
          for (let i = 0; i < width * height; i++) {
            if (ours.mask !== null && ours.mask[i] === 0) continue;
            const difference = Math.abs(Number(ours.bands[0]![i]) - Number(theirs[i]));
            assert.ok(
              difference <= (tolerances[dataType] ?? 1),
              `${what}: pixel ${i} is ${ours.bands[0]![i]}, not ${theirs[i]}`,
            );
            compared++;
            if (difference > (tolerances[dataType] ?? 0)) different++;
          }
        }
      }
      t.diagnostic(`GDAL ${gdal.version}: ${compared} pixels, ${different} rounded the other way`);
      assert.ok(different <= compared / 1000, `${different} of ${compared} pixels rounded the other way`);
      return undefined;
    });
  }
}

function at(colOff: number, rowOff: number, width: number, height: number): Window {
  return { colOff, rowOff, width, height };
}

async function makeRaster(
  oracle: Gdal,
  dataType: DataType,
  holes: 'none' | 'nodata' | 'mask',
): Promise<{ path: string; raster: RasterArray; nodata: number | null }> {
  const path = join(folder, `${dataType}-${holes}.tif`);
  const nodata = holes === 'nodata' ? 7 : null;
  const isSigned = dataType !== 'Byte' && dataType !== 'UInt16';
  const isFloat = dataType.startsWith('Float');
  let state = 12_345;
  const values = Array.from({ length: WIDTH * HEIGHT }, (_, i) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    const random = state / 2 ** 32;
    // Few values in some rows, so that modes have winners; holes in clumps and alone.
    if (nodata !== null && ((state >>> 9) % 5 === 0 || (i % WIDTH) % 16 < 4)) return nodata;
    const few = Math.floor(i / WIDTH) % 8 < 4;
    const value = few ? 40 + Math.floor(random * 3) : Math.floor(random * 250);
    return (isSigned && !few ? value - 125 : value) + (isFloat ? 0.5 : 0);
  });
  await oracle.makeRaster(path, {
    width: WIDTH,
    height: HEIGHT,
    bands: [{ dataType, values, ...(nodata === null ? {} : { nodata }) }],
    ...(holes === 'mask' ? { mask: 'internal' } : {}),
  });
  const band = allocateSamples(dataType, values.length);
  values.forEach((value, i) => (band[i] = (isBigSamples(band) ? BigInt(value) : value) as never));
  const mask = holes === 'mask' ? Uint8Array.from(await oracle.values(path, 1, { mask: true }), Number) : null;
  return {
    path,
    raster: { layout: 'band-separate', width: WIDTH, height: HEIGHT, dataType, bands: [band], mask },
    nodata,
  };
}
