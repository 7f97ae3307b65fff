import type { BandSpec, RasterSpec } from '@inlay/testing';
import type { PlanOptions } from '@inlay/vrt';

/** Random choices that are the same for one seed everywhere (mulberry32). */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A number of at least `low` and less than `high`. */
  between(low: number, high: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return low + ((high - low) * ((t ^ (t >>> 14)) >>> 0)) / 2 ** 32;
  }

  /** A whole number of `low` to `high`. */
  integer(low: number, high: number): number {
    return Math.floor(this.between(low, high + 1));
  }

  one<T>(...choices: readonly [T, ...T[]]): T {
    return choices[this.integer(0, choices.length - 1)] ?? choices[0];
  }
}

/** Sources of a mosaic, and how to plan it. */
export interface MosaicCase {
  readonly specs: readonly RasterSpec[];
  readonly options: PlanOptions;
}

/** What bands and masks a source has; by the source, as sources of one mosaic may differ. */
type Particulars = (source: Chance) => Pick<RasterSpec, 'bands' | 'mask'>;

const TYPES = ['Byte', 'UInt16', 'Int16', 'Int32', 'Float32', 'Float64'] as const;

const PALETTE = Array.from({ length: 16 }, (_, entry) => [entry, 16 * entry, 255 - entry, 255] as const);

function randomParticulars(chance: Chance): Particulars {
  const dataType = chance.one(...TYPES);
  const count = chance.integer(1, 3);
  const repeat = (band: BandSpec): BandSpec[] => Array.from({ length: count }, () => band);
  const integers = { dataType: 'Int64', nodata: '9007199254740993' } as const;
  const gray = { dataType: 'Byte', colorInterp: 'Gray' } as const;
  return chance.one<Particulars>(
    () => ({ bands: repeat({ dataType }) }),
    () => ({ bands: repeat({ dataType, nodata: 3 }) }),
    (source) => ({ bands: repeat({ dataType, ...source.one({}, { nodata: source.integer(0, 15) }) }) }),
    () => ({
      bands: [{ ...integers, values: Array.from({ length: 4096 }, (_, at) => `${2n ** 53n + BigInt(at % 3)}`) }],
    }),
    (source) => ({ bands: repeat({ dataType }), ...source.one({}, { mask: 'internal' }, { mask: 'sidecar' }) }),
    () => ({ bands: [...repeat(gray), { dataType: 'Byte', colorInterp: 'Alpha' }] }),
    () => ({ bands: [{ dataType: 'Byte', colorInterp: 'Palette', colorTable: PALETTE }] }),
  );
}

/** Tiles in rows with some missing, or sources strewn about; overlaps and gaps are common. */
export function randomMosaic(seed: number): MosaicCase {
  const chance = new Chance(seed);
  const unit = chance.one(1, 10, 0.1, 30.037926);
  const [west, north] = [chance.one(0, 499_980, 0.123), chance.one(0, 5_000_040, -0.77)];
  const isWhole = chance.one(true, true, false);
  const isMixed = !isWhole && chance.one(true, false);
  const isTiled = chance.one(true, false);
  const [columns, rows] = [chance.integer(4, 8), chance.integer(4, 8)];
  const particulars = randomParticulars(chance);
  const specs: RasterSpec[] = [];
  for (let place = 0; place < columns * rows; place += 1) {
    if (chance.one(true, false, false, false, false)) continue;
    const scale = isMixed ? chance.one(1, 2, 0.5, 1.5, chance.between(0.4, 2.5)) : 1;
    const jitter = (): number => (isWhole ? chance.integer(-3, 3) : chance.between(-3, 3));
    const [col, row] = isTiled
      ? [16 * (place % columns), 16 * Math.floor(place / columns)]
      : [16 * chance.integer(0, columns) + jitter(), 16 * chance.integer(0, rows) + jitter()];
    const [width, height] = isTiled ? [16, 16] : [chance.integer(1, 24), chance.integer(1, 24)];
    const { bands, ...rest } = particulars(chance);
    specs.push({
      width,
      height,
      geoTransform: [west + unit * col, unit * scale, 0, north - unit * row, 0, -unit * scale],
      crs: 'EPSG:32633',
      bands: bands.map(({ values, ...band }) => (values ? { ...band, values: values.slice(0, width * height) } : band)),
      ...rest,
      seed: 1000 * seed + place,
    });
  }
  const options = chance.one<Partial<PlanOptions>>(
    {},
    {},
    { hideNodata: true },
    { addAlpha: true },
    { ignoreSourceMasks: true },
    { align: true, resolution: unit, nodata: [7] },
  );
  return { specs, options: { resolutionStrategy: 'finest', ...options } };
}
