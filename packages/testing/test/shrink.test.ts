import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type FailingSequence, shrink } from '@inlay/testing';

const LETTERS = Array.from({ length: 1000 }, (_, index) => (index === 300 ? 'a' : index === 990 ? 'b' : '.'));

/** Fails at the first `b` that an `a` went before. */
async function attempt(steps: readonly string[]): Promise<FailingSequence<string> | null> {
  const at = steps.indexOf('b', steps.indexOf('a'));
  return steps.includes('a') && at > 0 ? { steps: steps.slice(0, at + 1), error: new Error('b') } : null;
}

describe('shrinking', () => {
  it('leaves nothing but what the failure needs, in order', async () => {
    const failing = await attempt(LETTERS);
    assert.equal(failing?.steps.length, 991);
    const shortest = await shrink(failing, attempt, () => true);
    assert.deepEqual(shortest.steps, ['a', 'b']);
    assert.match(String(shortest.error), /b/);
  });

  it('begins with the end, where a failure mostly comes from', async () => {
    let attempts = 0;
    const failing: FailingSequence<number> = { steps: Array.from({ length: 1000 }, (_, index) => index), error: null };
    const shortest = await shrink(
      failing,
      async (steps) => {
        attempts += 1;
        return steps.includes(999) ? { steps, error: null } : null;
      },
      () => true,
    );
    assert.deepEqual([shortest.steps, attempts], [[999], 1]);
  });

  it('gives what it has when the time is over', async () => {
    const failing = await attempt(LETTERS);
    let attempts = 0;
    const counting = async (steps: readonly string[]) => {
      attempts += 1;
      return await attempt(steps);
    };
    const shortest = await shrink(failing as FailingSequence<string>, counting, () => attempts < 8);
    assert.equal(attempts, 8);
    assert.ok(shortest.steps.length > 2 && shortest.steps.length < 991, `${shortest.steps.length}`);
    assert.notEqual(await attempt(shortest.steps), null);
  });
});
