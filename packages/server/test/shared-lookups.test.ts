import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { shareLookups } from '../src/pixels/shared-lookups.ts';

/** Look-ups that answer when they are told to, with the number of the look-up. */
function controlled() {
  const started: { key: string; answer: (error?: Error) => void }[] = [];
  const lookUp = shareLookups(
    (key: string) =>
      new Promise<number>((resolve, reject) => {
        const number = started.length;
        started.push({ key, answer: (error) => (error === undefined ? resolve(number) : reject(error)) });
      }),
    (key) => key,
  );
  return { started, lookUp };
}

describe('shared look-ups', () => {
  it('never answer with what was looked up before the question was asked', async () => {
    const { started, lookUp } = controlled();
    const first = lookUp('a');
    const later = [lookUp('a'), lookUp('a'), lookUp('a')];
    assert.equal(started.length, 1);
    started[0]!.answer();
    assert.equal(await first, 0);
    await Promise.resolve();
    assert.equal(started.length, 2);
    started[1]!.answer();
    assert.deepEqual(await Promise.all(later), [1, 1, 1]);
  });

  it('begin anew when none is under way', async () => {
    const { started, lookUp } = controlled();
    for (const expected of [0, 1]) {
      const answer = lookUp('a');
      started[expected]!.answer();
      assert.equal(await answer, expected);
    }
  });

  it('of different things do not wait for each other', () => {
    const { started, lookUp } = controlled();
    void lookUp('a');
    void lookUp('b');
    assert.deepEqual(
      started.map(({ key }) => key),
      ['a', 'b'],
    );
  });

  it('fail for those who asked, and not for those who come later', async () => {
    const { started, lookUp } = controlled();
    const first = lookUp('a');
    const second = lookUp('a');
    started[0]!.answer(new Error('no connection'));
    await assert.rejects(first, /no connection/);
    started[1]!.answer();
    assert.equal(await second, 1);
  });
});
