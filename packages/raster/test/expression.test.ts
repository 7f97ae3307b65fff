import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { EXPRESSION_LIMITS, type MaskedSamples, evaluateExpression, parseExpression } from '@inlay/raster';

const WHOLE = Uint8Array.of(1, 1, 1, 1);
const BANDS: ReadonlyMap<number, MaskedSamples> = new Map<number, MaskedSamples>([
  [1, { samples: Float32Array.of(1, 2, 3, 4), valid: WHOLE }],
  [2, { samples: Uint8Array.of(10, 20, 30, 0), valid: WHOLE }],
  [3, { samples: Int16Array.of(-1, 0, 1, 2), valid: Uint8Array.of(1, 0, 1, 1) }],
]);

/** Values of an expression; null where it has none. */
function evaluate(text: string): (number | null)[] {
  const parsed = parseExpression(text);
  assert.ok('blocks' in parsed, JSON.stringify(parsed));
  const { samples, valid } = evaluateExpression(parsed.blocks[0]!, BANDS, 4);
  return Array.from(samples, (value, i) => (valid[i] === 0 ? null : value));
}

function problem(text: string): string {
  const parsed = parseExpression(text);
  assert.ok('message' in parsed, `${text} was accepted`);
  return `${parsed.offset}: ${parsed.message}`;
}

describe('band maths', () => {
  it('binds operators as Python does', () => {
    assert.deepEqual(evaluate('1 + 2 * b1'), [3, 5, 7, 9]);
    assert.deepEqual(evaluate('10 - 4 - b1'), [5, 4, 3, 2]);
    assert.deepEqual(evaluate('-b1 ** 2'), [-1, -4, -9, -16]);
    assert.deepEqual(evaluate('2 ** 3 ** 2 + 0 * b1'), [512, 512, 512, 512]);
    assert.deepEqual(evaluate('2 ** -b1'), [0.5, 0.25, 0.125, 0.0625]);
    assert.deepEqual(evaluate('(1 + 2) * b1'), [3, 6, 9, 12]);
    assert.deepEqual(evaluate('-7 % 3 + 0 * b1'), [2, 2, 2, 2]);
    assert.deepEqual(evaluate('1.5e1 + .5 + B1'), [16.5, 17.5, 18.5, 19.5]);
  });

  it('has no value where a band used has none, and where the result is no number', () => {
    assert.deepEqual(evaluate('b1 + b3'), [0, null, 4, 6]);
    assert.deepEqual(evaluate('b1 / b2'), [0.1, 0.1, 0.1, null]);
    assert.deepEqual(evaluate('sqrt(b1 - 2)'), [null, 0, 1, Math.SQRT2]);
    assert.deepEqual(evaluate('log(b2)').at(-1), null);
  });

  it('compares to 1 and 0, and joins comparisons', () => {
    assert.deepEqual(evaluate('b1 >= 3'), [0, 0, 1, 1]);
    assert.deepEqual(evaluate('(b1 > 1) & (b1 != 3)'), [0, 1, 0, 1]);
    assert.deepEqual(evaluate('(b1 == 1) | (b1 == 4)'), [1, 0, 0, 1]);
    assert.deepEqual(evaluate('~(b1 < 3)'), [0, 0, 1, 1]);
    assert.deepEqual(evaluate('where(b1 <= 2, b2, -b1)'), [10, 20, -3, -4]);
  });

  it('knows the functions', () => {
    assert.deepEqual(evaluate('min(b1, 3, 2.5)'), [1, 2, 2.5, 2.5]);
    assert.deepEqual(evaluate('max(b1, b2 / 10)'), [1, 2, 3, 4]);
    assert.deepEqual(evaluate('clip(b1, 2, 3)'), [2, 2, 3, 3]);
    assert.deepEqual(evaluate('abs(-b1) + exp(0) + log10(100) + floor(1.7) + ceil(1.2) + round(1.5)'), [9, 10, 11, 12]);
  });

  it('gives several results, and tells the bands it takes', () => {
    const parsed = parseExpression('b3*2; b1 ;b10-b3');
    assert.ok('blocks' in parsed);
    assert.deepEqual([parsed.blocks.length, parsed.bands], [3, [1, 3, 10]]);
    const single = parseExpression('b1;');
    assert.ok('blocks' in single && single.blocks.length === 1);
  });

  it('says what is wrong and where', () => {
    assert.equal(problem('b1 +'), '4: expected a band, a number or "(", found the end');
    assert.equal(problem('b1 b2'), '3: expected an operator, found "b2"');
    assert.equal(problem('b1 + $'), '5: "$" means nothing here');
    assert.equal(problem('(b1'), '3: expected ")", found the end');
    assert.equal(problem('b0'), '0: there is no band 0');
    assert.equal(problem('clip(b1, 2)'), '0: clip takes 3 arguments, not 2');
    assert.equal(problem('1 < b1 < 3'), '7: comparisons do not chain; write (a < b) & (b < c)');
    assert.equal(problem('1e999 * b1'), '0: 1e999 is too large a number');
    assert.match(problem('constructor(b1)'), /^0: "constructor" is neither a band/);
    assert.match(problem('__proto__'), /neither a band/);
    assert.match(problem(''), /found the end/);
  });

  it('bounds what a stranger can ask for', () => {
    assert.match(problem(`${'('.repeat(5000)}b1`), /at most 2000 are read/);
    assert.match(problem(`${'('.repeat(100)}b1${')'.repeat(100)}`), /nested deeper than 48 levels/);
    assert.match(problem(`${'-'.repeat(100)}b1`), /nested deeper/);
    assert.match(problem(`b1${'**b1'.repeat(100)}`), /nested deeper/);
    assert.match(problem(Array.from({ length: 300 }, () => 'b1').join('+')), /more than 200 terms/);
    assert.match(problem(Array.from({ length: 9 }, () => 'b1').join(';')), /more than 8 expressions/);
    assert.deepEqual(evaluate(Array.from({ length: 100 }, () => 'b1').join('+')), [100, 200, 300, 400]);
  });

  it('never throws, whatever the text', () => {
    const pieces = fc.constantFrom(
      'b1',
      '(',
      ')',
      '+',
      '-',
      '**',
      'min',
      ',',
      ';',
      '1',
      '.5',
      'where',
      '<',
      ' ',
      '~',
      'x',
      '%',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), fc.string(), (words, noise) => {
        for (const text of [words.join(''), noise]) {
          const parsed = parseExpression(text);
          assert.ok('blocks' in parsed ? parsed.blocks.length <= EXPRESSION_LIMITS.blocks : parsed.message !== '');
        }
      }),
      { numRuns: 500, seed: 11 },
    );
  });
});
