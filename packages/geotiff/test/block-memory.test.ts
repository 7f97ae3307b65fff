import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createBlockCache } from '@inlay/geotiff';
import fc from 'fast-check';

/** Samples that tell which block they are. */
function block(number: number, length: number): Uint16Array {
  return Uint16Array.from({ length }, (_, at) => (31 * number + at) & 0xffff);
}

describe('the memory of decoded blocks', () => {
  it('has of each block what was kept under its key, or nothing', () => {
    const step = fc.record({ number: fc.nat(40), isRead: fc.boolean() });
    // Blocks of one size fill the memory to its last byte now and then; those of many leave gaps at its end.
    const lengths = fc.constantFrom<(number: number) => number>(
      () => 500,
      (number) => 20 * (number % 7) + (number % 3 === 0 ? 500 : 1),
    );
    const sizes = fc.oneof(
      fc.integer({ min: 0, max: 9000 }),
      fc.nat(8).map((blocks) => 1304 * blocks),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), lengths, sizes, (steps, lengthOf, maxBytes) => {
        const cache = createBlockCache({ maxBytes });
        const check = (number: number): void => {
          const found = cache.get(`${number}`);
          if (found !== undefined) assert.deepEqual(found, block(number, lengthOf(number)));
        };
        for (const { number, isRead } of steps) {
          if (!isRead) cache.keep(`${number}`, block(number, lengthOf(number)));
          check(number);
          assert.ok(cache.counts().heldBytes <= maxBytes);
        }
        for (let number = 0; number <= 40; number += 1) check(number);
      }),
    );
  });

  it('is filled before anything goes', () => {
    const cache = createBlockCache({ maxBytes: 10 * 1304 });
    for (let number = 0; number < 10; number += 1) cache.keep(`${number}`, block(number, 500));
    assert.equal(cache.counts().heldBytes, 10 * 1304);
    assert.deepEqual(cache.get('0'), block(0, 500));
  });

  it('lets go of the oldest blocks that were not asked for again', () => {
    const cache = createBlockCache({ maxBytes: 10 * 1304 });
    for (let number = 0; number < 10; number += 1) cache.keep(`${number}`, block(number, 500));
    cache.get('0');
    cache.get('2');
    for (let number = 10; number < 13; number += 1) cache.keep(`${number}`, block(number, 500));
    const held = Array.from({ length: 13 }, (_, number) => number).filter((number) => cache.get(`${number}`));
    assert.deepEqual(held, [0, 2, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it('has room for bytes, doubles and 64-bit integers beside each other', () => {
    const cache = createBlockCache({ maxBytes: 10_000 });
    const kept = [Uint8Array.of(1, 2, 3), Float64Array.of(0.5, NaN), BigInt64Array.of(-1n), Int16Array.of(-7)];
    for (const [at, samples] of kept.entries()) cache.keep(`${at}`, samples);
    for (const [at, samples] of kept.entries()) assert.deepEqual(cache.get(`${at}`), samples);
  });

  it('does not hold on to the arrays that it was given', () => {
    const cache = createBlockCache({ maxBytes: 10_000 });
    const samples = Uint8Array.of(1, 2, 3);
    cache.keep('a', samples);
    samples.fill(0);
    assert.deepEqual(cache.get('a'), Uint8Array.of(1, 2, 3));
  });

  it('takes no block that is larger than all of it', () => {
    const cache = createBlockCache({ maxBytes: 1000 });
    cache.keep('a', new Uint8Array(1000));
    assert.equal(cache.get('a'), undefined);
    assert.equal(cache.counts().heldBytes, 0);
  });
});
