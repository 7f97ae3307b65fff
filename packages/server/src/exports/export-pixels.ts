import { convertSamples } from '@inlay/mosaic';
import { type DataType, integerRange, isComplex, type Nodata, sameNodata, type Window } from '@inlay/geo';
import {
  allocateSamples,
  bandValidity,
  isBigSamples,
  type NumericSamples,
  type Samples,
  toNumericSamples,
} from '@inlay/raster';
import { type PixelSource, planTile, readPlanned, type ReadProblem, warpPlanned } from '@inlay/tiler';
import { affineAt, type ExportPlan } from './export-plan.ts';

/** Pixels of a part of an export, as they are written. */
export interface ExportBlock {
  readonly width: number;
  readonly height: number;
  /** One array a band, row-major, of the export's data type. */
  readonly bands: readonly Samples[];
  /** Length = width * height, 255 = valid, 0 = not; null where every pixel is, and where no mask is written. */
  readonly mask: Uint8Array | null;
}

/** Computes parts of an export. */
export interface ExportReader {
  /**
   * The pixels of a window of the export.
   * @param inside length = width * height, 0 = outside of the shape to cut out; null where everything is inside
   * @throws ExportReadError where a pixel cannot be read that should be there
   */
  read(window: Window, inside: Uint8Array | null, signal: AbortSignal): Promise<ExportBlock>;
}

/** Samples, all bands together, that are read at once for a part of an export. */
const MAX_READ_BYTES = 2 ** 26;

/** Parts are not cut smaller than this to read fewer pixels at a time. */
const LEAST_SIDE = 8;

/**
 * How far computed positions may be off, in pixels of the export. Datums are not known so well; and of a hundred million
 * nearest neighbours a handful may be another than the exact ones.
 */
const MESH_TOLERANCE = 1e-7;

/** Told of what could not be read: an export is whole, or there is none. */
export type OnProblems = (problems: readonly ReadProblem[]) => void;

export function createExportReader(source: PixelSource, plan: ExportPlan, onProblems: OnProblems): ExportReader {
  const level = plan.origin === null ? levelOf(source, plan) : 0;
  return {
    async read(window, inside, signal) {
      const values =
        plan.origin === null
          ? await readComputed(source, plan, level, window, onProblems, signal)
          : await readOwn(source, plan, plan.origin, window, onProblems, signal);
      return finishBlock(plan, window, values, inside);
    },
  };
}

/** Samples with what of them is valid. */
interface Values {
  readonly dataType: DataType;
  readonly bands: readonly Samples[];
  /** One a band, non-zero = valid; null where every sample is. */
  readonly valid: readonly (Uint8Array | null)[];
}

/** Pixels that are the dataset's own, bit for bit. */
async function readOwn(
  source: PixelSource,
  plan: ExportPlan,
  origin: { readonly col: number; readonly row: number },
  window: Window,
  onProblems: OnProblems,
  signal: AbortSignal,
): Promise<Values> {
  const { bands, hidden } = bandsToRead(plan);
  const { width, height } = window;
  const { raster, problems } = await source.readWindow(
    {
      level: 0,
      window: { colOff: origin.col + window.colOff, rowOff: origin.row + window.rowOff, width, height },
      width,
      height,
      bands,
      resampling: 'nearest',
    },
    signal,
  );
  onProblems(problems);
  const opacity = hidden === null ? null : toNumericSamples(raster.bands[hidden]!, raster.dataType);
  const mask = opacity === null ? raster.mask : opaqueOnly(opacity, raster.mask);
  const samples = plan.bands.map((band) => raster.bands[bands.indexOf(band)]!);
  return {
    dataType: raster.dataType,
    bands: samples,
    valid: samples.map((band, index) =>
      ownValidity(plan, nodataOf(source, plan.bands[index]!), band, raster.dataType, mask),
    ),
  };
}

/** Which samples count, where that decides about anything: where their values or their nodata change. */
function ownValidity(
  plan: ExportPlan,
  nodata: Nodata | null,
  samples: Samples,
  dataType: DataType,
  mask: Uint8Array | null,
): Uint8Array | null {
  const isKept = sameNodata(plan.nodata, nodata) && plan.rescale === null && dataType === plan.dataType;
  if (isKept || isComplex(dataType)) return mask;
  return bandValidity(samples, nodata, mask);
}

function nodataOf({ bands }: PixelSource, band: number): Nodata | null {
  return bands[band - 1]?.nodata ?? null;
}

/** Each band to read once; and where among them the opacity is that is not written, null where there is none. */
function bandsToRead({ bands, alphaBand }: ExportPlan): { readonly bands: number[]; readonly hidden: number | null } {
  const distinct = [...new Set(bands)];
  if (alphaBand === null || distinct.includes(alphaBand)) return { bands: distinct, hidden: null };
  return { bands: [...distinct, alphaBand], hidden: distinct.length };
}

function opaqueOnly(opacity: NumericSamples, mask: Uint8Array | null): Uint8Array {
  const valid = new Uint8Array(opacity.length);
  for (let i = 0; i < valid.length; i += 1) valid[i] = opacity[i] !== 0 && (mask === null || mask[i] !== 0) ? 1 : 0;
  return valid;
}

/** The level that all parts are read from, the same for all, so that none can be told from its neighbour. */
function levelOf(source: PixelSource, { grid, crs, kernel }: ExportPlan): number {
  const whole = planTile(source, { grid, crs }, { kernel });
  return whole.kind === 'paint' ? Math.min(...whole.reads.map(({ request }) => request.level)) : 0;
}

/** Pixels that are computed; parts for which too much would have to be read are cut into four. */
async function readComputed(
  source: PixelSource,
  plan: ExportPlan,
  level: number,
  window: Window,
  onProblems: OnProblems,
  signal: AbortSignal,
): Promise<Values> {
  signal.throwIfAborted();
  const { width, height } = window;
  const grid = { affine: affineAt(plan.grid.affine, window.colOff, window.rowOff), width, height };
  const { bands, hidden } = bandsToRead(plan);
  const recipe = {
    bands,
    nodata: bands.map((band) => nodataOf(source, band)),
    alpha: plan.alphaBand === null ? null : { band: plan.alphaBand, opaque: 255 },
    kernel: plan.kernel,
  };
  const planned = planTile(source, { grid, crs: plan.crs }, { kernel: plan.kernel, level, tolerance: MESH_TOLERANCE });
  if (planned.kind !== 'paint') return nothing(plan, width * height);
  const samples = Math.max(
    ...planned.reads.map(({ request, levelPixels }) => Math.max(levelPixels, request.width * request.height)),
  );
  const isTooMuch = samples * bands.length * 8 > MAX_READ_BYTES;
  if (isTooMuch && Math.max(width, height) > LEAST_SIDE) {
    return await readQuarters(window, plan, (part) => readComputed(source, plan, level, part, onProblems, signal));
  }
  const reads = await readPlanned(source, planned, { ...recipe }, signal);
  for (const { problems } of reads) onProblems(problems);
  const warped = warpPlanned(
    planned,
    reads.map(({ raster }) => raster),
    recipe,
  );
  const offsets = plan.bands.map((band) => bands.indexOf(band));
  // Without opacity a pixel is not there, whatever colours it has.
  const opaque = hidden === null ? null : warped.valid[hidden]!;
  return {
    dataType: warped.dataType,
    bands: offsets.map((offset) => warped.bands[offset]!),
    valid: offsets.map((offset) => (opaque === null ? warped.valid[offset]! : both(warped.valid[offset]!, opaque))),
  };
}

function both(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((value, i) => (value !== 0 && b[i] !== 0 ? 1 : 0));
}

function nothing({ bands, dataType }: ExportPlan, length: number): Values {
  const valid = new Uint8Array(length);
  return { dataType, bands: bands.map(() => allocateSamples(dataType, length)), valid: bands.map(() => valid) };
}

async function readQuarters(
  { colOff, rowOff, width, height }: Window,
  plan: ExportPlan,
  read: (part: Window) => Promise<Values>,
): Promise<Values> {
  const [left, top] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const parts: Window[] = [
    { colOff, rowOff, width: left, height: top },
    { colOff: colOff + left, rowOff, width: width - left, height: top },
    { colOff, rowOff: rowOff + top, width: left, height: height - top },
    { colOff: colOff + left, rowOff: rowOff + top, width: width - left, height: height - top },
  ].filter((part) => part.width > 0 && part.height > 0);
  let whole: { dataType: DataType; bands: Samples[]; valid: Uint8Array[] } | null = null;
  for (const part of parts) {
    const { dataType, bands, valid } = await read(part);
    // A part that lies beside the dataset has no data type of its own.
    const isEmpty = valid.every((flags) => flags !== null && !flags.includes(1));
    if (isEmpty) continue;
    whole ??= {
      dataType,
      bands: plan.bands.map(() => allocateSamples(dataType, width * height)),
      valid: plan.bands.map(() => new Uint8Array(width * height)),
    };
    for (const [index, samples] of bands.entries()) {
      pasteRows(samples, part, whole.bands[index]!, { colOff, rowOff, width });
      const flags = valid[index] ?? new Uint8Array(part.width * part.height).fill(1);
      pasteRows(flags, part, whole.valid[index]!, { colOff, rowOff, width });
    }
  }
  return whole ?? nothing(plan, width * height);
}

function pasteRows(
  from: Samples,
  part: Window,
  to: Samples,
  whole: { readonly colOff: number; readonly rowOff: number; readonly width: number },
): void {
  for (let row = 0; row < part.height; row += 1) {
    const at = (part.rowOff - whole.rowOff + row) * whole.width + part.colOff - whole.colOff;
    to.set(from.subarray(row * part.width, (row + 1) * part.width) as never, at);
  }
}

/** Values as they are written: rescaled, converted, and marked where there is no data. */
function finishBlock(
  plan: ExportPlan,
  { width, height }: Window,
  values: Values,
  inside: Uint8Array | null,
): ExportBlock {
  const length = width * height;
  const valid = values.valid.map((flags) => within(flags, inside, length));
  const bands = values.bands.map((samples, index) => {
    const finished = inType(plan, samples, values.dataType, index);
    const flags = valid[index] ?? null;
    if (plan.nodata !== null && (finished !== samples || plan.origin === null))
      keepFromHole(finished, flags, plan.nodata, plan.dataType);
    return flags === null ? finished : withHoles(finished, flags, plan);
  });
  return { width, height, bands, mask: plan.hasMask ? anyValid(valid, length) : null };
}

function within(flags: Uint8Array | null, inside: Uint8Array | null, length: number): Uint8Array | null {
  if (inside === null) return flags;
  const valid = new Uint8Array(length);
  for (let i = 0; i < length; i += 1) valid[i] = inside[i] !== 0 && (flags === null || flags[i] !== 0) ? 1 : 0;
  return valid;
}

/** Samples in the export's data type; the very same array where nothing changes. */
function inType(plan: ExportPlan, samples: Samples, from: DataType, index: number): Samples {
  const range = plan.rescale?.[index];
  if (range === undefined) return convertSamples(samples, from, plan.dataType);
  const [min, max] = range;
  const [low, high] = integerRange(plan.dataType)!.map(Number) as [number, number];
  const scale = (high - low) / (max - min);
  const numbers = toNumericSamples(samples, from);
  const stretched = new Float64Array(numbers.length);
  for (let i = 0; i < numbers.length; i += 1) stretched[i] = low + (numbers[i]! - min) * scale;
  return convertSamples(stretched, 'Float64', plan.dataType);
}

/**
 * Valid samples that happen to have become the nodata value are moved by the least step, as gdalwarp does
 * (UNIFIED_SRC_NODATA, "nodata value ... changed to"): they are data.
 */
function keepFromHole(samples: Samples, flags: Uint8Array | null, nodata: Nodata, dataType: DataType): void {
  const range = integerRange(dataType);
  if (range === null || isBigSamples(samples)) return;
  const hole = Number(nodata);
  const moved = hole < Number(range[1]) ? hole + 1 : hole - 1;
  for (let i = 0; i < samples.length; i += 1) {
    if (samples[i] === hole && (flags === null || flags[i] !== 0)) samples[i] = moved;
  }
}

/** What stands where there is no data: nodata, else NaN in real numbers, else 0. */
function withHoles(
  samples: Samples,
  flags: Uint8Array,
  { nodata, dataType, origin, shape, hasMask }: ExportPlan,
): Samples {
  // Own pixels stay as they are where a mask tells of them.
  if (origin !== null && shape === null && (nodata === null || hasMask)) return samples;
  const filled = samples.slice();
  const parts = isComplex(dataType) ? 2 : 1;
  if (isBigSamples(filled)) {
    const hole = BigInt(nodata ?? 0);
    for (let i = 0; i < flags.length; i += 1) if (flags[i] === 0) filled[i] = hole;
    return filled;
  }
  const isReal = filled instanceof Float32Array || filled instanceof Float64Array;
  const hole = nodata === null ? (isReal ? Number.NaN : 0) : Number(nodata);
  for (let i = 0; i < flags.length; i += 1) {
    if (flags[i] !== 0) continue;
    filled.fill(hole, parts * i, parts * (i + 1));
  }
  return filled;
}

/** 255 where any band is valid; null where every pixel is. */
function anyValid(valid: readonly (Uint8Array | null)[], length: number): Uint8Array | null {
  if (valid.some((flags) => flags === null)) return null;
  const mask = new Uint8Array(length);
  for (const flags of new Set(valid)) for (let i = 0; i < length; i += 1) if (flags![i] !== 0) mask[i] = 255;
  return mask.includes(0) ? mask : null;
}
