import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { test } from 'node:test';
import { mapConcurrently } from '@inlay/cli';

test('results stand in the order of the items, whichever is done first', async () => {
  const results = await mapConcurrently([30, 1, 10], 3, async (delay, index) => {
    await setTimeout(delay);
    return `${index}:${delay}`;
  });
  assert.deepEqual(results, ['0:30', '1:1', '2:10']);
});

test('no more run at a time than was asked for', async () => {
  let running = 0;
  let most = 0;
  await mapConcurrently(Array.from({ length: 20 }), 4, async () => {
    running += 1;
    most = Math.max(most, running);
    await setTimeout(1);
    running -= 1;
  });
  assert.equal(most, 4);
});

test('after a failure nothing new is begun', async () => {
  const begun: number[] = [];
  const work = mapConcurrently([0, 1, 2, 3, 4, 5], 2, async (item) => {
    begun.push(item);
    await setTimeout(1);
    if (item === 1) throw new Error('item 1');
  });
  await assert.rejects(work, /item 1/);
  await setTimeout(20);
  assert.ok(begun.length <= 4, `begun: ${begun.join(', ')}`);
});

test('nothing to do is done at once', async () => {
  assert.deepEqual(await mapConcurrently([], 4, () => Promise.reject(new Error('never'))), []);
});
