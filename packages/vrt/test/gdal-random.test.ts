import { after, before, describe, it, type TestContext } from 'node:test';
import { type BandSpec, GDAL_IS_ABSENT, type RasterSpec } from '@inlay/testing';
import { Oracle, STRATEGIES } from './oracle.ts';

/** How many random VRTs to compare; the seeds are the numbers from 0 on. */
const CASES = Number(process.env['INLAY_VRT_CASES'] ?? 60);

let oracle: Oracle | null = null;

before(async () => {
  oracle = await Oracle.open();
});
after(async () => {
  await oracle?.close();
});

/** Uniform numbers of 0..1 from a seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Dice {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.#random();
  }

  integer(low: number, high: number): number {
    return Math.floor(this.between(low, high + 1));
  }

  one<T>(...choices: readonly [T, ...T[]]): T {
    return choices[this.integer(0, choices.length - 1)] ?? choices[0];
  }
}

const TYPES = ['Byte', 'UInt16', 'Int16', 'Int32', 'Float32', 'Float64'] as const;

/** Sources that a mosaic can be made of: one type and band count, anything else by chance. */
function randomMosaic(dice: Dice, seed: number): RasterSpec[] {
  const unit = dice.one(1, 10, 0.1, 1 / 3, 30.037926, 0.000277777777777778);
  const origin = [dice.one(0, 499_980, -180, 0.123), dice.one(0, 5_000_040, 90, -0.77)] as const;
  const dataType = dice.one(...TYPES);
  const bandCount = dice.integer(1, 3);
  const isMixed = dice.one(true, false, false);
  const isFractional = dice.one(true, false);
  return Array.from({ length: dice.integer(1, 6) }, (_, index) => {
    const xResolution = unit * (isMixed ? dice.one(1, 2, 0.5, 1.5, dice.between(0.3, 3)) : 1);
    const yResolution = unit * (isMixed ? dice.one(1, 2, 0.5, 1.5, dice.between(0.3, 3)) : 1);
    const offset = () => unit * (isFractional ? dice.between(-30, 30) : dice.integer(-30, 30));
    const nodata = dice.one<{ nodata?: number }>({}, {}, { nodata: 3 }, { nodata: dice.integer(0, 15) });
    const band: BandSpec = { dataType, ...nodata };
    const mask = dice.one<{ mask?: 'internal' | 'sidecar' }>({}, {}, { mask: 'internal' }, { mask: 'sidecar' });
    return {
      width: dice.integer(1, 40),
      height: dice.integer(1, 40),
      geoTransform: [origin[0] + offset(), xResolution, 0, origin[1] + offset(), 0, -yResolution],
      crs: 'EPSG:32633',
      bands: Array.from({ length: bandCount }, () => band),
      ...mask,
      seed: 100 * seed + index,
    };
  });
}

/** One extent cut into pixels of several sizes. */
function randomStack(dice: Dice, seed: number): RasterSpec[] {
  const unit = dice.one(1, 10, 0.1, 1 / 3, 30.037926);
  const [columns, rows] = [dice.integer(1, 6), dice.integer(1, 6)];
  const [x, y] = [unit * dice.between(-1e4, 1e4), unit * dice.between(-1e4, 1e4)];
  const dataType = dice.one(...TYPES);
  return Array.from({ length: dice.integer(1, 6) }, (_, index) => {
    const [across, down] = [dice.one(1, 2, 3, 6), dice.one(1, 2, 3, 6)];
    const nodata = dice.one<{ nodata?: number }>({}, { nodata: dice.integer(0, 15) });
    return {
      width: columns * across,
      height: rows * down,
      geoTransform: [x, (6 * unit) / across, 0, y, 0, (-6 * unit) / down],
      crs: 'EPSG:32633',
      bands: [{ dataType, ...nodata }],
      ...dice.one<{ mask?: 'internal' }>({}, {}, { mask: 'internal' }),
      seed: 100 * seed + index,
    };
  });
}

describe(`${CASES} random VRTs equal gdalbuildvrt`, () => {
  for (let seed = 0; seed < CASES; seed += 1) {
    it(`seed ${seed}`, async (t: TestContext) => {
      if (oracle === null) {
        t.skip(GDAL_IS_ABSENT);
        return;
      }
      const dice = new Dice(seed);
      const kind = dice.one('mosaic', 'mosaic', 'band_stack');
      const specs = kind === 'mosaic' ? randomMosaic(dice, seed) : randomStack(dice, seed);
      const files: string[] = [];
      for (const [index, spec] of specs.entries()) files.push(await oracle.raster(`random-${seed}-${index}`, spec));
      const strategy = STRATEGIES[dice.integer(0, 2)] ?? 'average';
      await oracle.compare({ kind, strategy, files });
    });
  }
});
