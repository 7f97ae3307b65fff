/**
 * Colour corrections in the words of Mapbox's rio-color, as rio-tiler users write them:
 * `gamma rg 1.1 sigmoidal rgb 5 0.4 saturation 1.2`. Values run from 0 to 1.
 */
export type ColorOperation =
  /** `value ** (1 / gamma)`: above 1 is brighter. */
  | { readonly kind: 'gamma'; readonly channels: ColorChannels; readonly gamma: number }
  /** Contrast by a sigmoid around `bias`, 0..1; a negative contrast takes it away. */
  | { readonly kind: 'sigmoidal'; readonly channels: ColorChannels; readonly contrast: number; readonly bias: number }
  /** Chroma times `proportion`, lightness and hue kept: 0 is gray, 1 changes nothing. */
  | { readonly kind: 'saturation'; readonly proportion: number };

/** Which channels an operation changes: red, green, blue. */
export type ColorChannels = readonly [red: boolean, green: boolean, blue: boolean];

/** Operations of one formula: more would be a mistake or an attack. */
export const MAX_COLOR_OPERATIONS = 16;

/** The operations of a formula in order, or why it is none: text. */
export function parseColorFormula(formula: string): readonly ColorOperation[] | string {
  const words = formula
    .trim()
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((word) => word !== '');
  if (words.length === 0) return 'the formula is empty; write for example "gamma rgb 1.2 saturation 1.1"';
  const operations: ColorOperation[] = [];
  let next = 0;
  const number = (name: string, least: number, most: number): number | string => {
    const word = words[next++];
    const value = word === undefined ? NaN : Number(word);
    if (value >= least && value <= most) return value;
    return `${name} takes a number from ${least} to ${most}, not ${word === undefined ? 'nothing' : `"${word}"`}`;
  };
  while (next < words.length) {
    const name = words[next++]!;
    if (operations.length === MAX_COLOR_OPERATIONS) return `more than ${MAX_COLOR_OPERATIONS} operations`;
    if (name === 'saturation') {
      const proportion = number(name, 0, 10);
      if (typeof proportion === 'string') return proportion;
      operations.push({ kind: name, proportion });
      continue;
    }
    if (name !== 'gamma' && name !== 'sigmoidal') {
      return `"${name}" is no operation; there are gamma, sigmoidal and saturation`;
    }
    const letters = words[next++] ?? '';
    if (!/^[rgb]{1,3}$/.test(letters)) return `${name} takes channels of "rgb" first, not "${letters}"`;
    const channels = [letters.includes('r'), letters.includes('g'), letters.includes('b')] as const;
    const first = name === 'gamma' ? number(name, 0.01, 100) : number('sigmoidal contrast', -50, 50);
    if (typeof first === 'string') return first;
    if (name === 'gamma') {
      operations.push({ kind: name, channels, gamma: first });
      continue;
    }
    const bias = number('sigmoidal bias', 0, 1);
    if (typeof bias === 'string') return bias;
    operations.push({ kind: name, channels, contrast: first, bias });
  }
  return operations;
}

/**
 * Applies operations to bytes: one plane for gray (which has no saturation to change, and follows any channel named),
 * three for red, green and blue. New planes of the same length; nothing is rounded in between.
 */
export function applyColorOperations(
  planes: readonly ArrayLike<number>[],
  operations: readonly ColorOperation[],
): Uint8ClampedArray[] {
  const isColor = planes.length === 3;
  // Curves before the first saturation change bytes one by one: 256 values say it all.
  const firstMixing = isColor ? operations.findIndex(({ kind }) => kind === 'saturation') : -1;
  const curves = firstMixing === -1 ? operations : operations.slice(0, firstMixing);
  const values = planes.map((plane, channel) => {
    const table = Float64Array.from({ length: 256 }, (_, byte) => curveOf(curves, channel, isColor, byte / 255));
    const curved = new Float64Array(plane.length);
    for (let i = 0; i < curved.length; i++) curved[i] = table[plane[i]!]!;
    return curved;
  });
  for (const operation of operations.slice(curves.length)) {
    if (operation.kind === 'saturation')
      saturate(values as [Float64Array, Float64Array, Float64Array], operation.proportion);
    else values.forEach((plane, channel) => applyCurve(plane, operation, channel));
  }
  return values.map((plane) => {
    const bytes = new Uint8ClampedArray(plane.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = Math.round(plane[i]! * 255);
    return bytes;
  });
}

function applyCurve(plane: Float64Array, operation: ColorOperation, channel: number): void {
  for (let i = 0; i < plane.length; i++) plane[i] = curveOf([operation], channel, true, plane[i]!);
}

function curveOf(operations: readonly ColorOperation[], channel: number, isColor: boolean, value: number): number {
  for (const operation of operations) {
    if (operation.kind === 'saturation') continue;
    if (isColor && !operation.channels[channel]) continue;
    value =
      operation.kind === 'gamma'
        ? value ** (1 / operation.gamma)
        : sigmoidal(value, operation.contrast, operation.bias);
  }
  return value;
}

/** ImageMagick's sigmoidal contrast (`-sigmoidal-contrast`, and `+sigmoidal-contrast` below 0), as rio-color has it. */
function sigmoidal(value: number, contrast: number, bias: number): number {
  if (contrast === 0) return value;
  const strength = Math.abs(contrast);
  const low = 1 / (1 + Math.exp(strength * bias));
  const high = 1 / (1 + Math.exp(strength * (bias - 1)));
  if (contrast > 0) return (1 / (1 + Math.exp(strength * (bias - value))) - low) / (high - low);
  const between = (high - low) * value + low;
  return bias - Math.log(1 / Math.min(1 - 1e-12, Math.max(1e-12, between)) - 1) / strength;
}

/** Scales chroma in CIE L*a*b* (CIE 15:2004; sRGB of IEC 61966-2-1, white point D65). */
function saturate([red, green, blue]: readonly [Float64Array, Float64Array, Float64Array], proportion: number): void {
  for (let i = 0; i < red.length; i++) {
    const r = lookUp(LINEAR, red[i]!);
    const g = lookUp(LINEAR, green[i]!);
    const b = lookUp(LINEAR, blue[i]!);
    const x = labCurve((0.412_456_4 * r + 0.357_576_1 * g + 0.180_437_5 * b) / 0.950_47);
    const y = labCurve(0.212_672_9 * r + 0.715_152_2 * g + 0.072_175 * b);
    const z = labCurve((0.019_333_9 * r + 0.119_192 * g + 0.950_304_1 * b) / 1.088_83);
    // a* is 500 (x - y) and b* is 200 (y - z): scaling both moves x and z towards y or away from it.
    const x2 = labInverse(y + (x - y) * proportion) * 0.950_47;
    const y2 = labInverse(y);
    const z2 = labInverse(y + (z - y) * proportion) * 1.088_83;
    red[i] = lookUp(GAMMA, 3.240_454_2 * x2 - 1.537_138_5 * y2 - 0.498_531_4 * z2);
    green[i] = lookUp(GAMMA, -0.969_266 * x2 + 1.876_010_8 * y2 + 0.041_556 * z2);
    blue[i] = lookUp(GAMMA, 0.055_643_4 * x2 - 0.204_025_9 * y2 + 1.057_225_2 * z2);
  }
}

/** Steps of the tables of sRGB's two curves: between them a straight line is off by less than a hundredth of a byte. */
const STEPS = 4096;

/** From sRGB's values to light, and back. */
const LINEAR = tabulate((value) => (value <= 0.040_45 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
const GAMMA = tabulate((value) => (value <= 0.003_130_8 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055));

function tabulate(curve: (value: number) => number): Float64Array {
  return Float64Array.from({ length: STEPS + 2 }, (_, i) => curve(i / STEPS));
}

function lookUp(table: Float64Array, value: number): number {
  const at = value <= 0 ? 0 : value >= 1 ? STEPS : value * STEPS;
  const index = Math.floor(at);
  return table[index]! + (table[index + 1]! - table[index]!) * (at - index);
}

const LAB_EDGE = 216 / 24_389;
const LAB_SLOPE = 24_389 / 27;

function labCurve(value: number): number {
  return value > LAB_EDGE ? Math.cbrt(value) : (LAB_SLOPE * value + 16) / 116;
}

function labInverse(value: number): number {
  const cube = value * value * value;
  return cube > LAB_EDGE ? cube : (116 * value - 16) / LAB_SLOPE;
}
