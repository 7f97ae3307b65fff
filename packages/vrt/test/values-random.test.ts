import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { BandStatistics, DataType, RasterProfile } from '@inlay/geo';
import { type BandSpec, Dice, type Gdal, GDAL_IS_ABSENT, type RasterSpec } from '@inlay/testing';
import { planMosaic, type PlanOptions } from '@inlay/vrt';
import { Oracle } from './oracle.ts';

// In the default mode, each output pixel is the topmost valid source pixel, and valid exactly where one is: compared with
// a composition, pixel by pixel, of what GDAL reads of the sources themselves.

const CASES = Number(process.env['INLAY_VRT_CASES'] ?? (process.env['CI'] ? 150 : 40));

let oracle: Oracle | null = null;

before(async () => {
  oracle = await Oracle.open();
});
after(async () => {
  await oracle?.close();
});

type Value = number | string;

interface Tile {
  readonly x: number;
  readonly y: number;
  readonly spec: RasterSpec;
}

const TYPES: readonly [DataType, ...DataType[]] = ['Byte', 'Byte', 'UInt16', 'Int16', 'Int32', 'UInt32', 'Float32', 'Float64']; // prettier-ignore
const RGBA = ['Red', 'Green', 'Blue', 'Alpha'] as const;

function randomTile(dice: Dice, dataType: DataType, shape: 'plain' | 'rgba' | 'masked', seed: number): Tile {
  const [width, height] = [dice.integer(1, 9), dice.integer(1, 9)];
  const [x, y] = [dice.integer(0, 12), dice.integer(0, 12)];
  const isFloat = dataType.startsWith('Float');
  const nodata = dice.one<BandSpec['nodata'] | null>(
    null,
    3,
    5,
    7,
    dice.integer(0, 15),
    isFloat ? 'nan' : 9,
    isFloat ? -9999 : 0,
  );
  const band: BandSpec = { dataType, ...(nodata === null || nodata === undefined ? {} : { nodata }) };
  const spec: RasterSpec = {
    width,
    height,
    geoTransform: [500_000 + x, 1, 0, 4_000_000 - y, 0, -1],
    crs: 'EPSG:32633',
    bands: shape === 'rgba' ? RGBA.map((colorInterp) => ({ ...band, colorInterp })) : [band],
    ...(shape === 'rgba' ? { options: ['PHOTOMETRIC=RGB', 'ALPHA=YES'] } : {}),
    ...(shape === 'masked' && dice.once(2) ? { mask: 'internal' } : {}),
    seed,
  };
  return { x, y, spec };
}

/** What GDAL computes of a band's valid pixels. */
function statisticsOf(values: readonly Value[], mask: readonly Value[]): BandStatistics | null {
  const valid = values.filter((_, at) => mask[at] !== 0).map(Number).filter((value) => !Number.isNaN(value)); // prettier-ignore
  if (valid.length === 0) return null;
  const [minimum, maximum] = [Math.min(...valid), Math.max(...valid)];
  return { minimum, maximum, mean: NaN, stddev: NaN, validPercent: null, approximate: false };
}

/** A source as GDAL reads it; `valid` is what alpha says, where there is an alpha band. */
interface Pixels {
  readonly values: readonly Value[];
  readonly valid: readonly boolean[];
}

async function pixelsOf(
  gdal: Gdal,
  path: string,
  { bands }: RasterSpec,
): Promise<{ pixels: Pixels[]; statistics: (BandStatistics | null)[] }> {
  const isRgba = bands.length === RGBA.length;
  const alpha = isRgba ? await gdal.values(path, bands.length) : null;
  const pixels: Pixels[] = [];
  const statistics: (BandStatistics | null)[] = [];
  for (let band = 1; band <= bands.length; band += 1) {
    const values = await gdal.values(path, band);
    const mask = await gdal.values(path, band, { mask: true });
    pixels.push({ values, valid: (alpha ?? mask).map((value) => value !== 0) });
    statistics.push(statisticsOf(values, mask));
  }
  return { pixels, statistics };
}

describe(`${CASES} random mosaics of all that is valid`, () => {
  for (let seed = 0; seed < CASES; seed += 1) {
    it(`seed ${seed}`, async (t: TestContext) => {
      if (oracle === null) {
        t.skip(GDAL_IS_ABSENT);
        return;
      }
      const { newest, system } = oracle;
      const dice = new Dice(seed);
      const shape = dice.one<'plain' | 'rgba' | 'masked'>('plain', 'plain', 'rgba', 'masked');
      const dataType = shape === 'rgba' ? dice.one<DataType>('Byte', 'UInt16') : dice.one(...TYPES);
      const isMixed = shape !== 'rgba' && dice.once(3);
      const tiles = Array.from({ length: dice.integer(1, 5) }, (_, index) =>
        randomTile(dice, isMixed ? dice.one(...TYPES) : dataType, shape, 100 * seed + index),
      );
      const files: string[] = [];
      const sources: { label: string; profile: RasterProfile }[] = [];
      const read: Pixels[][] = [];
      for (const [index, { spec }] of tiles.entries()) {
        const file = await oracle.raster(`valid-${seed}-${index}`, spec);
        const { pixels, statistics } = await pixelsOf(newest, file, spec);
        const [profile] = await oracle.profiles([file]);
        assert.ok(profile);
        files.push(file);
        read.push(pixels);
        sources.push({ label: `${index}`, profile: { ...profile, statistics } });
      }
      const options: PlanOptions = { resolutionStrategy: 'finest', ...(isMixed ? { dataType: 'promote' } : {}) };
      const { plan, problems, warnings } = planMosaic(sources, options);
      assert.deepEqual(problems, []);
      assert.ok(plan);
      assert.deepEqual(warnings.filter(({ type }) => type === 'nodata_collision' || type === 'nodata_near_values'), []); // prettier-ignore
      const path = await oracle.write(plan, files);
      const { width, height } = plan.grid;
      const [left, top] = [Math.min(...tiles.map(({ x }) => x)), Math.min(...tiles.map(({ y }) => y))];
      for (const [bandOffset, { nodata, colorInterp }] of plan.bands.entries()) {
        const values: Value[] = Array.from({ length: width * height }, () => 0);
        const valid = values.map(() => false);
        for (const [index, { x, y, spec }] of tiles.entries()) {
          const pixels = read[index]?.[bandOffset];
          for (let at = 0; at < spec.width * spec.height; at += 1) {
            const to = (y - top + Math.floor(at / spec.width)) * width + x - left + (at % spec.width);
            if (pixels?.valid[at] !== true) continue;
            values[to] = pixels.values[at] ?? NaN;
            valid[to] = true;
          }
        }
        const isTold = nodata !== null || plan.mask !== null || plan.bands.some((band) => band.colorInterp === 'Alpha');
        for (const gdal of [newest, system]) {
          const [actual, mask] = [await gdal.values(path, bandOffset + 1), await gdal.values(path, bandOffset + 1, { mask: true })]; // prettier-ignore
          // Values are compared as numbers: Int64 is text.
          assert.deepEqual(actual.map((value, at) => (valid[at] ? Number(value) : null)), values.map((value, at) => (valid[at] ? Number(value) : null))); // prettier-ignore
          if (colorInterp === 'Alpha' || !isTold) continue;
          assert.deepEqual(mask.map((value) => value !== 0), valid); // prettier-ignore
        }
      }
    });
  }
});
