import { type DataType, isComplex, type Window } from '@inlay/geo';
import { allocateSamples, pickListed, type Samples } from '@inlay/raster';
import { giveBack, type PixelList } from '@inlay/geotiff';
import type { AxisRead } from './axis-read.ts';
import type { Lattice, Size } from './lattice.ts';
import { type Spots, spotCount } from './plan-reads.ts';
import type { OpenedSource } from './source-port.ts';

/** Bands of a lattice, in one data type. */
export interface LatticeSamples {
  readonly dataType: DataType;
  /** One for each band asked for. Length = cols * rows, for complex types twice that. */
  readonly bands: readonly Samples[];
  /** Marks of what could not be read, non-zero, length = cols * rows; null where all could. */
  readonly missing: Uint8Array | null;
}

/** Pixels that are read of a source at once, per band; a row that is wider is read in one piece all the same. */
const STRIPE_PIXELS = 2 ** 22;

/** Rows further apart than this are read one by one: blocks are seldom higher. */
const FAR_APART = 512;

/** Rows of a lattice that are read in one window. */
interface Stripe {
  readonly window: Window;
  /** Rows of the lattice, 0-based: the first, and the end. */
  readonly from: number;
  readonly to: number;
}

/** Reads the bands of a lattice, in stripes of bounded size. */
export async function readLattice(
  source: Pick<OpenedSource, 'read'>,
  { level, cols, rows }: Lattice,
  bands: readonly number[],
  signal: AbortSignal | undefined,
): Promise<LatticeSamples> {
  let picked: Omit<LatticeSamples, 'missing'> | null = null;
  let missing: Uint8Array | null = null;
  for (const { window, from, to } of stripesOf(cols, rows)) {
    signal?.throwIfAborted();
    const read = await source.read(level, window, bands, signal);
    requireSize(read.bands, bands.length, window, isComplex(read.dataType) ? 2 : 1);
    const holes = read.mask?.map((value) => (value === 0 ? 1 : 0)) ?? null;
    if (isWhole(window, cols, rows)) return { dataType: read.dataType, bands: read.bands, missing: holes };
    picked ??= {
      dataType: read.dataType,
      bands: bands.map(() => allocateSamples(read.dataType, cols.length * rows.length)),
    };
    const parts = isComplex(read.dataType) ? 2 : 1;
    for (const [band, samples] of read.bands.entries()) {
      pick(samples, window, picked.bands[band]!, cols, rows.subarray(from, to), from, parts);
    }
    if (holes !== null) {
      missing ??= new Uint8Array(cols.length * rows.length);
      pick(holes, window, missing, cols, rows.subarray(from, to), from, 1);
    }
  }
  return { ...picked!, missing };
}

/**
 * Reads single pixels of a lattice: one by one of a source that gives such, else out of the windows they lie in.
 * @param axes of the cells that the lattice fills
 */
export async function readSpots(
  source: Pick<OpenedSource, 'read' | 'readPixels'>,
  lattice: Lattice,
  axes: Readonly<Record<'x' | 'y', AxisRead>>,
  spots: Spots,
  bands: readonly number[],
  signal: AbortSignal | undefined,
): Promise<LatticeSamples> {
  if (source.readPixels === undefined) {
    const { cols, rows } = listOf(spots, axes, ascending(lattice.cols.length), ascending(lattice.rows.length));
    const { dataType, bands: samples, missing } = await readLattice(source, lattice, bands, signal);
    const size = { width: lattice.cols.length, height: lattice.rows.length };
    const whole = { layout: 'band-separate', dataType, bands: samples, mask: missing, ...size } as const;
    const picked = pickListed(whole, { cols, rows });
    return { dataType, bands: picked.bands, missing: picked.mask };
  }
  const pixels = listOf(spots, axes, lattice.cols, lattice.rows);
  const { dataType, bands: samples, mask } = await source.readPixels(lattice.level, pixels, bands, signal);
  requireSize(samples, bands.length, { width: pixels.cols.length, height: 1 }, isComplex(dataType) ? 2 : 1);
  giveBack(pixels.cols);
  giveBack(pixels.rows);
  return { dataType, bands: samples, missing: mask?.map((value) => (value === 0 ? 1 : 0)) ?? null };
}

/** Column and row of the pixel that fills each cell. */
function listOf(
  spots: Spots,
  { x, y }: Readonly<Record<'x' | 'y', AxisRead>>,
  latticeCols: Int32Array,
  latticeRows: Int32Array,
): PixelList {
  const { cells, places } = spots;
  const count = spotCount(spots);
  const cols = new Int32Array(count);
  const rows = new Int32Array(count);
  for (let at = 0; at < count; at += 1) {
    const place = places === null ? at : places[at]!;
    cols[at] = latticeCols[cells.cols[place]! - x.cell]!;
    rows[at] = latticeRows[cells.rows[place]! - y.cell]!;
  }
  return { cols, rows };
}

function ascending(length: number): Int32Array {
  return Int32Array.from({ length }, (_, at) => at);
}

/** Reads the stored mask of a lattice: length = cols * rows, 0 is invalid. */
export async function readMaskLattice(
  source: Pick<OpenedSource, 'readMask'>,
  { level, cols, rows }: Lattice,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const picked = new Uint8Array(cols.length * rows.length);
  for (const { window, from, to } of stripesOf(cols, rows)) {
    signal?.throwIfAborted();
    const read = await source.readMask(level, window, signal);
    requireSize([read], 1, window, 1);
    if (isWhole(window, cols, rows)) return read;
    pick(read, window, picked, cols, rows.subarray(from, to), from, 1);
  }
  return picked;
}

function* stripesOf(cols: Int32Array, rows: Int32Array): Generator<Stripe> {
  const colOff = cols[0]!;
  const width = cols.at(-1)! - colOff + 1;
  const maxHeight = Math.max(1, Math.floor(STRIPE_PIXELS / width));
  for (let from = 0; from < rows.length;) {
    const rowOff = rows[from]!;
    let to = from + 1;
    while (to < rows.length && rows[to]! - rowOff < maxHeight && rows[to]! - rows[to - 1]! <= FAR_APART) to += 1;
    yield { window: { colOff, rowOff, width, height: rows[to - 1]! - rowOff + 1 }, from, to };
    from = to;
  }
}

/** Whether the window is the lattice, pixel by pixel. */
function isWhole({ width, height }: Window, cols: Int32Array, rows: Int32Array): boolean {
  return width === cols.length && height === rows.length && isDense(cols) && isDense(rows);
}

/** Positions are ascending: as many as they span are each one more than the one before. */
function isDense(positions: Int32Array): boolean {
  for (let at = 1; at < positions.length; at += 1) {
    if (positions[at]! !== positions[at - 1]! + 1) return false;
  }
  return true;
}

function pick(
  from: Samples,
  window: Window,
  to: Samples,
  cols: Int32Array,
  rows: Int32Array,
  firstRow: number,
  parts: number,
): void {
  const isRun = isDense(cols);
  let at = firstRow * cols.length * parts;
  for (const row of rows) {
    const start = (row - window.rowOff) * window.width;
    if (isRun) {
      to.set(from.subarray(start * parts, (start + cols.length) * parts) as never, at);
      at += cols.length * parts;
      continue;
    }
    for (const col of cols) {
      const pixel = (start + col - window.colOff) * parts;
      for (let part = 0; part < parts; part += 1) to[at++] = from[pixel + part]!;
    }
  }
}

/** What a source hands over is taken at its word nowhere else. */
function requireSize(bands: readonly Samples[], count: number, { width, height }: Size, parts: number): void {
  const isRight = bands.length === count && bands.every(({ length }) => length === width * height * parts);
  if (!isRight) throw new RangeError(`a source read other than ${count} bands of ${width}x${height} pixels`);
}
