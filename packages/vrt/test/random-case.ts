import { type Crs, type DataType, isComplex } from '@inlay/geo';
import { type BandSpec, Dice, type RasterSpec } from '@inlay/testing';
import type { CompatibleOptions, NodataByBand, Resampling, ResolutionStrategy, VrtKind } from '@inlay/vrt';

/** Rasters and options that are random, and the same for the same seed. */
export interface RandomCase {
  readonly kind: VrtKind;
  readonly specs: readonly RasterSpec[];
  readonly options: CompatibleOptions;
}

const TYPES: readonly [DataType, ...DataType[]] = [
  'Byte',
  'Byte',
  'Byte',
  'Int8',
  'UInt16',
  'Int16',
  'UInt32',
  'Int32',
  'UInt64',
  'Int64',
  'Float32',
  'Float64',
  'CInt16',
  'CFloat32',
];

const STRATEGIES: readonly [ResolutionStrategy, ...ResolutionStrategy[]] = [
  'finest',
  'coarsest',
  'average',
  'common',
  'same',
];

const PALETTE = Array.from({ length: 256 }, (_, index) => [index, 255 - index, (7 * index) % 256, 255] as const);

/** A case that gdalbuildvrt has an answer to; what our answer deliberately differs in does not occur in it. */
export function randomCase(seed: number, otherCrs: Crs): RandomCase {
  const dice = new Dice(seed);
  const kind = dice.one<VrtKind>('mosaic', 'mosaic', 'band_stack');
  const product = randomProduct(dice, kind);
  const count = dice.integer(1, 6);
  const specs = Array.from({ length: count }, (_, index) => randomRaster(dice, product, kind, 100 * seed + index));
  return { kind, specs, options: randomOptions(dice, product, kind, specs, otherCrs) };
}

/** What the sources of a case have in common, but for the ones that are not to fit. */
interface Product {
  readonly dataType: DataType;
  readonly bands: readonly BandSpec[];
  readonly unit: number;
  readonly x: number;
  readonly y: number;
  readonly isMixed: boolean;
  readonly isFractional: boolean;
  readonly isNowhere: boolean;
  /** Sources are large enough for overviews that are worth listing. */
  readonly isLarge: boolean;
}

const COLORS = ['Red', 'Green', 'Blue', 'Alpha'] as const;

function randomProduct(dice: Dice, kind: VrtKind): Product {
  const dataType = dice.one(...TYPES);
  const calibration = dice.once(6) ? { scale: dice.one(0.1, 2), offset: dice.one(0, 1 / 3, -5) } : {};
  const shape = dice.one('plain', 'plain', 'plain', 'rgb', 'rgba', 'grey and alpha', 'palette');
  const bandsOf: Record<typeof shape, readonly BandSpec[]> = {
    plain: Array.from({ length: dice.integer(1, 3) }, () => ({ dataType })),
    rgb: COLORS.slice(0, 3).map((colorInterp) => ({ dataType, colorInterp })),
    rgba: COLORS.map((colorInterp) => ({ dataType, colorInterp })),
    'grey and alpha': [{ dataType }, { dataType, colorInterp: 'Alpha' }],
    palette: [{ dataType: 'Byte', colorTable: PALETTE }],
  };
  const bands = bandsOf[shape].map((band) => ({ ...band, ...calibration }));
  return {
    dataType: bands[0]?.dataType ?? dataType,
    bands,
    unit: dice.one(1, 10, 0.1, 1 / 3, 30.037926, 0.000277777777777778),
    x: dice.one(0, 499_980, -180, 0.123),
    y: dice.one(0, 5_000_040, 90, -0.77),
    isMixed: dice.once(3),
    isFractional: dice.once(2),
    isNowhere: kind === 'band_stack' && dice.once(6),
    isLarge: dice.once(12),
  };
}

function randomRaster(dice: Dice, product: Product, kind: VrtKind, seed: number): RasterSpec {
  const { unit, x, y, isMixed, isFractional, isLarge } = product;
  const step = () => (isMixed ? dice.one(1, 1, 2, 0.5, 1.5, 3, dice.between(0.3, 3)) : 1);
  const offset = () => (isFractional ? dice.between(-30, 30) : dice.integer(-30, 30));
  const nodata = randomNodata(dice, product.dataType);
  const description = dice.once(4) ? { description: dice.one('depth', 'height & <depth>') } : {};
  const metadata = dice.once(4) ? { metadata: { SENSOR: dice.one('a', 'b'), BAND: 'B04' } } : {};
  const mask = dice.one<{ mask?: 'internal' | 'sidecar' }>({}, {}, {}, { mask: 'internal' }, { mask: 'sidecar' });
  const size = isLarge
    ? { width: dice.integer(200, 300), height: dice.integer(100, 300), ...randomOverviews(dice, product) }
    : { width: dice.integer(1, 40), height: dice.integer(1, 40) };
  const spec: RasterSpec = {
    ...size,
    ...(product.isNowhere ? { width: 12, height: 9 } : {}),
    geoTransform: [x + unit * offset(), unit * step(), 0, y + unit * offset(), 0, -unit * step()],
    crs: 'EPSG:32633',
    bands: product.bands.map((band) => ({ ...band, ...nodata, ...description, ...metadata })),
    ...mask,
    seed,
  };
  return dice.once(10) ? misfit(dice, spec, kind) : product.isNowhere ? withoutPlace(spec) : spec;
}

/** GDAL 3.13 never ends building overviews of 64-bit integers with nodata and a mask. */
function randomOverviews(dice: Dice, { dataType }: Product): { overviews?: readonly number[] } {
  return dataType === 'Int64' || dataType === 'UInt64' ? {} : { overviews: dice.one([2], [2, 4], []) };
}

function randomNodata(dice: Dice, dataType: DataType): { nodata?: number | string } {
  if (dataType === 'Int64' || dataType === 'UInt64') return dice.one({}, { nodata: '3' }, { nodata: '7' });
  const odd = dice.one<number | string>(-9999, 300, 1.5, 'nan', 1e30);
  return dice.one({}, {}, {}, { nodata: 3 }, { nodata: dice.integer(0, 15) }, { nodata: odd });
}

/** The raster with something about it that gdalbuildvrt does not accept, at least beside most others. */
function misfit(dice: Dice, spec: RasterSpec, kind: VrtKind): RasterSpec {
  const [x = 0, xStep = 1, , y = 0, , yStep = -1] = spec.geoTransform ?? [];
  return dice.one<() => RasterSpec>(
    () => ({ ...spec, crs: 'EPSG:32634' }),
    () => omit(spec, 'crs'),
    () => ({ ...spec, geoTransform: [x, xStep, 0, y, 0, -yStep] }),
    () => ({ ...spec, geoTransform: [x, xStep, xStep / 7, y, 0, yStep] }),
    () => withoutPlace(spec),
    () => ({
      ...spec,
      bands: spec.bands.length > 1 ? spec.bands.slice(1) : [1, 2].map(() => ({ dataType: 'Byte' as const })),
    }),
    () => ({ ...spec, bands: spec.bands.map((band) => ({ ...omit(band, 'colorTable'), dataType: 'Float64' })) }),
    () => ({ ...spec, bands: spec.bands.map((band) => ({ ...band, scale: 7 })) }),
    () => ({
      ...spec,
      bands: spec.bands.map((band) => ({ ...omit(band, 'colorTable'), colorInterp: 'Green' as const })),
    }),
    // A stack takes sources of any size, unless they lie nowhere.
    () => (kind === 'mosaic' ? withoutPlace(spec) : { ...withoutPlace(spec), width: 5 }),
  )();
}

function withoutPlace(spec: RasterSpec): RasterSpec {
  return omit(omit(spec, 'geoTransform'), 'crs');
}

function omit<T extends object, Key extends keyof T>(value: T, key: Key): Omit<T, Key> {
  const { [key]: _omitted, ...rest } = value;
  return rest;
}

function randomOptions(
  dice: Dice,
  product: Product,
  kind: VrtKind,
  specs: readonly RasterSpec[],
  otherCrs: Crs,
): CompatibleOptions {
  const { unit, bands } = product;
  const isMosaic = kind === 'mosaic';
  const hasMask = specs.some(({ mask }) => mask !== undefined);
  const hasAlpha = bands.some(({ colorInterp }) => colorInterp === 'Alpha');
  // gdalbuildvrt 3.13 crashes where it is to add alpha to sources that have both an alpha band and a mask.
  const addAlpha = isMosaic && dice.once(4) && !(hasMask && hasAlpha);
  const maybe = <T extends object>(sides: number, option: () => T): Partial<T> => (dice.once(sides) ? option() : {});
  const resolution = dice.once(5)
    ? dice.one<number | readonly [number, number]>(unit, 2 * unit, [unit, 1.7 * unit])
    : undefined;
  return {
    mode: 'compatible',
    skipIncompatible: dice.one(true, true, true, false),
    resolutionStrategy: dice.one(...STRATEGIES),
    ...(resolution === undefined ? {} : { resolution, ...maybe(2, () => ({ align: true })) }),
    ...maybe(6, () => ({ bounds: randomBounds(dice, product) })),
    ...maybe(5, () => ({ bands: randomBands(dice, bands, addAlpha) })),
    ...maybe(5, () => ({ sourceNodata: randomValues(dice) })),
    ...maybe(5, () => ({ nodata: randomValues(dice) })),
    ...maybe(6, () => ({ hideNodata: true })),
    ...(addAlpha ? { addAlpha } : {}),
    // It crashes as well where it is to ignore the masks that it would make alpha of.
    ...(addAlpha && hasMask ? {} : maybe(8, () => ({ ignoreSourceMasks: true }))),
    // It crashes where nothing is left of a source when its alpha band is used up.
    ...(specs.some(hasOnlyAlpha) ? {} : maybe(8, () => ({ maskThreshold: dice.one(0, 100, 127.5) }))),
    ...maybe(6, () => ({ resampling: dice.one<Resampling>('nearest', 'bilinear', 'cubic', 'average', 'mode') })),
    ...maybe(8, () => ({ assignedCrs: otherCrs })),
    ...maybe(8, () => ({ allowCrsDifference: true })),
    // Most functions refuse complex numbers.
    ...(isMosaic && !isComplex(product.dataType)
      ? maybe(6, () => ({ pixelFunction: { name: dice.one('min', 'max', 'mean', 'median', 'sum') } }))
      : {}),
  };
}

function hasOnlyAlpha({ bands }: RasterSpec): boolean {
  return bands.every(({ colorInterp }) => colorInterp === 'Alpha');
}

function randomBounds(dice: Dice, { unit, x, y }: Product): [number, number, number, number] {
  const [left, bottom] = [x + unit * dice.between(-35, 20), y + unit * dice.between(-55, 0)];
  return [left, bottom, left + unit * dice.between(1, 60), bottom + unit * dice.between(1, 60)];
}

/**
 * No band twice: where a file has fewer bands than are asked for, gdalbuildvrt compares scales that it has not read.
 * With an added alpha band, it takes a source's alpha for the band after as many as were asked for.
 */
function randomBands(dice: Dice, bands: readonly BandSpec[], addAlpha: boolean): number[] {
  const isColor = ({ colorInterp }: BandSpec) => colorInterp !== 'Alpha';
  const numbers = bands.flatMap((band, bandOffset) => (!addAlpha || isColor(band) ? [bandOffset + 1] : []));
  const shuffled = dice.shuffled(numbers);
  return addAlpha ? shuffled : shuffled.slice(0, dice.integer(1, shuffled.length));
}

function randomValues(dice: Dice): NodataByBand {
  return dice.one<NodataByBand>('none', [3], [dice.integer(0, 15), 5], [0.1], [NaN], [-9999, 2, 1e30]);
}
