import { formatPixels } from './number-format.ts';
import { named, nameOf, type Problem, type VrtKind, type VrtSourceInput } from './problem.ts';

/** Sources off the grid in one and the same way. */
interface Offset {
  /** The first of them in the order sent, and where in the output it begins, in pixels. */
  readonly index: number;
  readonly x: number;
  readonly y: number;
  readonly isMoved: boolean;
  count: number;
}

/** Ways to be off the grid that are told one by one; more of them are counted. */
const MOST_OFFSETS = 20;

/** Off the grid by the same thousandths of a pixel is off in the same way. */
const STEPS = 1000;

/**
 * Counts the sources that begin between two pixels of the output. Which of the two a reader takes there differs between
 * versions of GDAL.
 */
export class Misalignment {
  readonly #offsets = new Map<number, Offset>();
  #others = 0;

  /**
   * Takes a placed source into account.
   * @param x column of the output at which it begins; negative where the output begins later
   * @param y row
   * @param isMoved whether it was moved to whole pixels
   */
  add(index: number, x: number, y: number, isMoved: boolean): void {
    if (Number.isInteger(x) && Number.isInteger(y)) return;
    const key = (stepOf(x) * STEPS + stepOf(y)) * (isMoved ? -1 : 1);
    const known = this.#offsets.get(key);
    if (known !== undefined) known.count += 1;
    else if (this.#offsets.size < MOST_OFFSETS) this.#offsets.set(key, { index, x, y, isMoved, count: 1 });
    else this.#others += 1;
  }

  /** One warning for all sources that are off by the same fraction of a pixel. */
  warnings(sources: readonly VrtSourceInput[], kind: VrtKind): Problem[] {
    const warnings = Array.from(this.#offsets.values(), (offset) => warningOf(offset, sources, kind));
    return this.#others === 0 ? warnings : [...warnings, warningOfOthers(this.#others, kind)];
  }
}

function stepOf(pixels: number): number {
  return Math.round((pixels - Math.floor(pixels)) * STEPS) % STEPS;
}

const TO_GRID =
  'nothing if half a pixel does not matter; otherwise resample the source to the grid of the others (gdalwarp -tap)';

function warningOf(
  { index, x, y, isMoved, count }: Offset,
  sources: readonly VrtSourceInput[],
  kind: VrtKind,
): Problem {
  const source = sources[index];
  if (source === undefined) throw new RangeError(`there is no source ${index} to warn of`);
  const [column, row] = [Math.round(x), Math.round(y)];
  const place = `begins at pixel ${formatPixels(x)}, ${formatPixels(y)} of ${nameOf(kind)}, between whole pixels`;
  const more = count === 1 ? '' : `, and ${count - 1} more are off by the same fraction`;
  const [it, its] = count === 1 ? ['it is', 'its'] : ['they are', 'their'];
  const effect = isMoved
    ? `${it} moved by ${formatPixels(thousandths(column - x))}, ${formatPixels(thousandths(row - y))} pixels`
    : `${its} pixels shift by up to half a one`;
  return {
    index,
    type: 'misaligned_pixels',
    field: 'origin',
    message: `${named(source)} ${place}${more}: ${effect}`,
    expected: `${column}, ${row}`,
    actual: `${formatPixels(x)}, ${formatPixels(y)}`,
    fix: TO_GRID,
  };
}

function thousandths(pixels: number): number {
  return Math.round(pixels * STEPS) / STEPS;
}

function warningOfOthers(count: number, kind: VrtKind): Problem {
  return {
    index: -1,
    type: 'misaligned_pixels',
    field: 'origin',
    message: `${count} more sources begin between whole pixels of ${nameOf(kind)}, off by other fractions than those told: their pixels shift by up to half a one`,
    expected: 'whole pixels',
    actual: `${count} sources`,
    fix: TO_GRID,
  };
}
