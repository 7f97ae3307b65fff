/**
 * Numbers as C's printf writes them, which GDAL's VRT driver uses. JavaScript's own formatting differs in three
 * ways: it picks the exponent form at other magnitudes, writes one-digit exponents, and rounds exact ties up
 * where C rounds them to even.
 */

/** `%.{precision}g`; `nan`, `inf` and `-inf` for what is not finite, `-0` for negative zero. */
export function formatG(value: number, precision: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const { sign, digits, exponent } = roundToDigits(value, precision);
  const significant = digits.replace(/0+$/, '') || '0';
  // ISO C 7.21.6.1, conversion g: the exponent form for exponents below -4 and from the precision on.
  if (exponent < -4 || exponent >= precision) {
    return `${sign}${withPoint(significant, 1)}e${formatExponent(exponent)}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${significant}`;
  return `${sign}${withPoint(significant.padEnd(exponent + 1, '0'), exponent + 1)}`;
}

/** `%24.16e`: 17 significant digits, enough to restore any double exactly. */
export function formatGeoTransformTerm(value: number): string {
  const { sign, digits, exponent } = roundToDigits(value, 17);
  return `${sign}${withPoint(digits, 1)}e${formatExponent(exponent)}`.padStart(24);
}

/** `%.15g`: offsets and sizes of SrcRect and DstRect, in pixels. */
export function formatPixels(value: number): string {
  return Number.isSafeInteger(value) && Math.abs(value) < 1e15 ? `${value}` : formatG(value, 15);
}

interface Digits {
  readonly sign: '' | '-';
  /** Exactly `precision` decimal digits; the point stands after the first. */
  readonly digits: string;
  readonly exponent: number;
}

function roundToDigits(value: number, precision: number): Digits {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const magnitude = Math.abs(value);
  const [rounded, exponent] = split(magnitude.toExponential(precision - 1));
  if (!isTie(magnitude, precision)) return { sign, digits: rounded, exponent };
  const [truncated] = split(magnitude.toExponential(MOST_FRACTION_DIGITS));
  const isEven = Number(truncated[precision - 1]) % 2 === 0;
  return { sign, digits: isEven ? truncated.slice(0, precision) : rounded, exponent };
}

/** Whether the value lies exactly between two neighbours of `precision` digits: one digit more, and that a 5. */
function isTie(magnitude: number, precision: number): boolean {
  const [oneMore] = split(magnitude.toExponential(precision));
  if (!oneMore.endsWith('5')) return false;
  const [exact] = split(magnitude.toExponential(MOST_FRACTION_DIGITS));
  return /^50*$/.test(exact.slice(precision));
}

/** As many digits after the point as toExponential gives; far beyond where a tie could still be decided. */
const MOST_FRACTION_DIGITS = 100;

function split(exponential: string): [digits: string, exponent: number] {
  const at = exponential.indexOf('e');
  return [exponential.slice(0, at).replace('.', ''), Number(exponential.slice(at + 1))];
}

/** The point after the first `integerDigits` digits, and none where nothing follows it. */
function withPoint(digits: string, integerDigits: number): string {
  if (digits.length <= integerDigits) return digits;
  return `${digits.slice(0, integerDigits)}.${digits.slice(integerDigits)}`;
}

function formatExponent(exponent: number): string {
  return `${exponent < 0 ? '-' : '+'}${Math.abs(exponent).toString().padStart(2, '0')}`;
}
