import type { NumericSamples } from '../numeric-samples.ts';
import type { BinaryOperator, ExpressionNode, FunctionName } from './expression.ts';

/** A band or the result of an expression: length of both arrays is the same, non-zero = valid. */
export interface MaskedSamples {
  readonly samples: NumericSamples;
  readonly valid: Uint8Array;
}

/** Pixels worked on at once: the arrays in between stay in the processor's cache. */
const CHUNK = 4096;

/**
 * The values of a tree, pixel by pixel. A pixel is valid where every band used is, and the result is a number (division
 * by zero is not). Comparisons and `& | ~` give 1 and 0.
 * @param bands by 1-based number; all of the same length.
 * @throws RangeError where a band is missing.
 */
export function evaluateExpression(
  node: ExpressionNode,
  bands: ReadonlyMap<number, MaskedSamples>,
  length: number,
): MaskedSamples {
  const used = [...bandsOf(node)].map((band) => {
    const samples = bands.get(band);
    if (samples === undefined) throw new RangeError(`band ${band} was not read`);
    return samples;
  });
  const samples = new Float64Array(length);
  const valid = new Uint8Array(length);
  const scratch: Float64Array[] = [];
  for (let start = 0; start < length; start += CHUNK) {
    const count = Math.min(CHUNK, length - start);
    const result = evaluateChunk(node, bands, start, count, scratch, 0);
    for (let i = 0; i < count; i++) {
      const value = result[i]!;
      const isFinite = value - value === 0;
      samples[start + i] = isFinite ? value : 0;
      valid[start + i] = isFinite ? 1 : 0;
    }
  }
  for (const mask of new Set(used.map((band) => band.valid))) {
    for (let i = 0; i < length; i++) if (mask[i] === 0) valid[i] = 0;
  }
  return { samples, valid };
}

/** The bands a tree uses, 1-based. */
export function bandsOf(node: ExpressionNode): Set<number> {
  if (node.kind === 'number') return new Set();
  if (node.kind === 'band') return new Set([node.band]);
  const parts = node.kind === 'unary' ? [node.operand] : node.kind === 'binary' ? [node.left, node.right] : node.args;
  return new Set(parts.flatMap((part) => [...bandsOf(part)]));
}

/** Values of a chunk, in `scratch[slot]`; deeper results use the slots after it. */
function evaluateChunk(
  node: ExpressionNode,
  bands: ReadonlyMap<number, MaskedSamples>,
  start: number,
  count: number,
  scratch: Float64Array[],
  slot: number,
): Float64Array {
  const out = (scratch[slot] ??= new Float64Array(CHUNK));
  switch (node.kind) {
    case 'number':
      out.fill(node.value);
      break;
    case 'band':
      out.set(bands.get(node.band)!.samples.subarray(start, start + count));
      break;
    case 'unary':
      evaluateChunk(node.operand, bands, start, count, scratch, slot);
      if (node.operator === '-') for (let i = 0; i < count; i++) out[i] = -out[i]!;
      if (node.operator === '~') for (let i = 0; i < count; i++) out[i] = out[i] === 0 ? 1 : 0;
      break;
    case 'binary':
      evaluateChunk(node.left, bands, start, count, scratch, slot);
      combine(node.operator, out, evaluateChunk(node.right, bands, start, count, scratch, slot + 1), count);
      break;
    case 'call': {
      const args = node.args.map((arg, i) => evaluateChunk(arg, bands, start, count, scratch, slot + i));
      call(node.name, out, args, count);
    }
  }
  return out;
}

/** One loop an operator: the decision is made once a chunk, not once a pixel. */
function combine(operator: BinaryOperator, out: Float64Array, right: Float64Array, count: number): void {
  switch (operator) {
    case '+':
      for (let i = 0; i < count; i++) out[i] = out[i]! + right[i]!;
      return;
    case '-':
      for (let i = 0; i < count; i++) out[i] = out[i]! - right[i]!;
      return;
    case '*':
      for (let i = 0; i < count; i++) out[i] = out[i]! * right[i]!;
      return;
    case '/':
      for (let i = 0; i < count; i++) out[i] = out[i]! / right[i]!;
      return;
    case '%':
      // Python's remainder has the sign of the divisor.
      for (let i = 0; i < count; i++) out[i] = out[i]! - Math.floor(out[i]! / right[i]!) * right[i]!;
      return;
    case '**':
      for (let i = 0; i < count; i++) out[i] = out[i]! ** right[i]!;
      return;
    case '<':
      for (let i = 0; i < count; i++) out[i] = out[i]! < right[i]! ? 1 : 0;
      return;
    case '<=':
      for (let i = 0; i < count; i++) out[i] = out[i]! <= right[i]! ? 1 : 0;
      return;
    case '>':
      for (let i = 0; i < count; i++) out[i] = out[i]! > right[i]! ? 1 : 0;
      return;
    case '>=':
      for (let i = 0; i < count; i++) out[i] = out[i]! >= right[i]! ? 1 : 0;
      return;
    case '==':
      for (let i = 0; i < count; i++) out[i] = out[i] === right[i] ? 1 : 0;
      return;
    case '!=':
      for (let i = 0; i < count; i++) out[i] = out[i] === right[i] ? 0 : 1;
      return;
    case '&':
      for (let i = 0; i < count; i++) out[i] = out[i] !== 0 && right[i] !== 0 ? 1 : 0;
      return;
    case '|':
      for (let i = 0; i < count; i++) out[i] = out[i] !== 0 || right[i] !== 0 ? 1 : 0;
  }
}

const OF_ONE: Partial<Record<FunctionName, (value: number) => number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  cos: Math.cos,
  exp: Math.exp,
  floor: Math.floor,
  log: Math.log,
  log10: Math.log10,
  round: Math.round,
  sin: Math.sin,
  sqrt: Math.sqrt,
  tan: Math.tan,
};

/** `args[0]` is `out` itself. */
function call(name: FunctionName, out: Float64Array, args: readonly Float64Array[], count: number): void {
  const [, second, third] = args;
  switch (name) {
    case 'where':
      for (let i = 0; i < count; i++) out[i] = out[i] === 0 ? third![i]! : second![i]!;
      return;
    case 'clip':
      for (let i = 0; i < count; i++) out[i] = Math.min(third![i]!, Math.max(second![i]!, out[i]!));
      return;
    case 'min':
    case 'max': {
      const choose = name === 'min' ? Math.min : Math.max;
      for (const other of args.slice(1)) for (let i = 0; i < count; i++) out[i] = choose(out[i]!, other[i]!);
      return;
    }
    default: {
      const apply = OF_ONE[name]!;
      for (let i = 0; i < count; i++) out[i] = apply(out[i]!);
    }
  }
}
