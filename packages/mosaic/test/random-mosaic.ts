import type { DataType, NodataJson } from '@inlay/geo';
import type { MosaicRequest } from '@inlay/mosaic';
import type { BandSpec, Dice, RasterSpec } from '@inlay/testing';
import type { CompatibleOptions, PlanOptions } from '@inlay/vrt';
import type { MosaicSpec } from './oracle.ts';

const TYPES = [
  'Byte',
  'Byte',
  'UInt16',
  'Int16',
  'UInt32',
  'Int32',
  'Float32',
  'Float64',
  'Int8',
  'Int64',
  'UInt64',
] as const satisfies readonly DataType[];

/** Validity of the sources of a mosaic. */
type Validity = 'none' | 'nodata' | 'nodatas' | 'some nodata' | 'mask' | 'some mask' | 'alpha' | 'nodata and alpha';

/** A mosaic or a band stack of a few small sources that overlap, at places and resolutions that fit or do not. */
export function randomMosaic(dice: Dice): MosaicSpec {
  const kind = dice.once(6) ? 'band_stack' : 'mosaic';
  const commonType = dice.one(...TYPES);
  const areMixed = dice.once(6);
  const types = Array.from({ length: 8 }, () => (areMixed ? dice.one(...TYPES) : commonType));
  const validity = dice.one<Validity>(
    'none',
    'nodata',
    'nodatas',
    'some nodata',
    'mask',
    'some mask',
    'alpha',
    'nodata and alpha',
  );
  const bandCount = dice.one(1, 1, 2, 3);
  const grid = dice.one('aligned', 'aligned', 'fractional');
  const isMixed = kind === 'mosaic' && dice.once(2);
  const nodata = nodataOf(dice, commonType);
  // GDAL 3.13.3 does not return from making overviews of 64-bit integers.
  const overviews = types.some((dataType) => dataType.endsWith('nt64'))
    ? []
    : dice.one([], [], [2], [2, 4], [3], [2, 4, 8]);
  const stackPlace = { x: dice.between(-5, 5), y: dice.between(-5, 5) };
  const count = kind === 'mosaic' ? dice.integer(1, 7) : dice.integer(2, 3);
  const stackSize = { width: dice.integer(20, 80), height: dice.integer(20, 80) };
  const sources = Array.from({ length: count }, (_, index): RasterSpec => {
    const dataType = types[index]!;
    const resolution = isMixed ? dice.one(1, 1, 2, 0.5, 1.3, 0.75) : 1;
    const place =
      kind === 'band_stack'
        ? stackPlace
        : grid === 'aligned'
          ? { x: dice.integer(0, 90), y: dice.integer(0, 90) }
          : { x: dice.between(0, 90), y: dice.between(0, 90) };
    const size = kind === 'band_stack' ? stackSize : { width: dice.integer(5, 90), height: dice.integer(5, 90) };
    const hasIt = index === 0 || !validity.startsWith('some') || dice.once(2);
    const mask = validity.endsWith('mask') && hasIt ? { mask: dice.one('internal' as const, 'sidecar' as const) } : {};
    const other = nodataOf(dice, dataType);
    const ownNodata = nodataOfSource(areMixed ? 'nodatas' : validity, nodata, hasIt, other);
    return {
      ...size,
      geoTransform: [500_000 + 10 * place.x, 10 * resolution, 0, 4_000_000 - 10 * place.y, 0, -10 * resolution],
      crs: 'EPSG:32633',
      seed: dice.integer(1, 1_000_000),
      bands: bandsOf(dice, { dataType, validity, bandCount, nodata: ownNodata, ...size }),
      ...mask,
      overviews: isMixed && dice.once(3) ? [] : overviews,
      options: dice.once(2) ? ['TILED=YES', 'BLOCKXSIZE=16', 'BLOCKYSIZE=32'] : [],
    };
  });
  const asked = areMixed ? { dataType: dice.one<'promote' | DataType>('promote', ...TYPES) } : {};
  return { kind, sources, options: { ...randomOptions(dice, kind, sources, validity, areMixed), ...asked } };
}

function nodataOfSource(
  validity: Validity,
  nodata: NodataJson,
  hasIt: boolean,
  other: NodataJson,
): NodataJson | undefined {
  if (validity === 'nodatas') return other;
  return validity.includes('nodata') && hasIt ? nodata : undefined;
}

/** Pixels are 0 to 15 unless they are made otherwise. */
function nodataOf(dice: Dice, dataType: DataType): NodataJson {
  const common = dice.integer(0, 15);
  if (dataType === 'Int64' || dataType === 'UInt64') return `${common}`;
  if (dataType.startsWith('Float')) return dice.one<NodataJson>(common, common, 'nan', -9999, 3.5);
  // GDAL takes an Int8 band of nodata -9999 for one with nodata, and we for one without.
  return dice.one<NodataJson>(common, common, common, 100, dataType === 'Int8' ? -100 : -9999);
}

interface BandChoice {
  readonly dataType: DataType;
  readonly validity: Validity;
  readonly bandCount: number;
  readonly nodata: NodataJson | undefined;
  readonly width: number;
  readonly height: number;
}

function bandsOf(dice: Dice, { dataType, validity, bandCount, nodata, width, height }: BandChoice): BandSpec[] {
  const own = nodata === undefined ? {} : { nodata };
  const values = dataType.startsWith('Float') ? { values: floats(dice, width * height) } : {};
  const bands: BandSpec[] = Array.from({ length: bandCount }, () => ({ dataType, ...own, ...values }));
  if (!validity.includes('alpha')) return bands;
  const alpha = Array.from({ length: width * height }, () => dice.one(0, 1, 128, 255, 0));
  return [
    ...bands,
    {
      dataType,
      colorInterp: 'Alpha',
      ...own,
      values: alpha.map((value) => (dataType === 'Int8' ? value >> 1 : value)),
    },
  ];
}

/** Values near to nodata, and what floats can be beside numbers. */
function floats(dice: Dice, count: number): (number | string)[] {
  return Array.from({ length: count }, () =>
    dice.one<number | string>(dice.integer(0, 15), 3.5, -9999, -9998.999, 'nan', dice.between(0, 15)),
  );
}

function randomOptions(
  dice: Dice,
  kind: MosaicSpec['kind'],
  sources: readonly RasterSpec[],
  validity: Validity,
  isStrict: boolean,
): PlanOptions | CompatibleOptions {
  const strategy = { resolutionStrategy: dice.one('finest', 'coarsest', 'average') } as const;
  // Compatible plans take what is refused otherwise: nodata that no pixel can have, for one.
  const isCompatible = !isStrict && dice.once(2);
  if (kind === 'band_stack') return isCompatible ? { ...strategy, mode: 'compatible' } : strategy;
  const [left = 0, , , top = 0] = sources[0]?.geoTransform ?? [];
  const options = {
    ...strategy,
    ...(dice.once(8) ? { resolution: dice.one(10, 20, 7, 13) } : {}),
    ...(dice.once(8) ? { bounds: [left + 55, top - 400, left + 600, top - 33] as const } : {}),
    ...(dice.once(8) ? { nodata: [dice.integer(0, 15)] } : {}),
    ...(dice.once(10) ? { hideNodata: true } : {}),
    ...(dice.once(6) && !validity.includes('nodata') ? { addAlpha: true } : {}),
    ...(dice.once(12) ? { ignoreSourceMasks: true } : {}),
  };
  return isCompatible ? { ...options, mode: 'compatible' } : options;
}

/** A window within the mosaic and the size of the result: at full size, or scaled in either direction. */
export function randomRequest(dice: Dice, grid: { readonly width: number; readonly height: number }): MosaicRequest {
  const [colOff, width, across] = randomAxis(dice, grid.width);
  const [rowOff, height, down] = randomAxis(dice, grid.height);
  if (dice.once(3)) {
    const whole = (size: number) => Math.max(1, Math.round(size));
    return { window: { colOff, rowOff, width, height }, width: whole(width), height: whole(height) };
  }
  return { window: { colOff, rowOff, width, height }, width: across, height: down };
}

function randomAxis(dice: Dice, length: number): readonly [offset: number, size: number, cells: number] {
  const isWhole = !dice.once(3);
  const size = isWhole ? dice.integer(1, length) : dice.between(1, length);
  const offset = dice.once(4) ? 0 : isWhole ? dice.integer(0, length - size) : dice.between(0, length - size);
  const cells = Math.round(size * dice.one(1, 1, dice.between(0.05, 1), dice.between(1, 3)));
  return [offset, size, Math.max(1, cells)];
}
