import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { isCodedError } from '@inlay/geo';
import { type WorkerPool, type WorkerPoolOptions, createWorkerPool } from '@inlay/tiler';
import type { TestTask } from './pool-worker.ts';

const pools: WorkerPool<TestTask, unknown>[] = [];

function pool(options: Partial<WorkerPoolOptions> = {}): WorkerPool<TestTask, unknown> {
  const created = createWorkerPool<TestTask, unknown>({
    module: new URL('./pool-worker.ts', import.meta.url),
    threads: 1,
    maxQueued: 10,
    ...options,
  });
  pools.push(created);
  return created;
}

after(async () => {
  await Promise.all(pools.map((each) => each.close()));
});

function coded(code: string): (error: unknown) => boolean {
  return (error) => isCodedError(error) && error.code === code;
}

/** Waits until something holds; the test's own time limit is the end of that. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await delay(5);
}

describe('a worker pool', () => {
  it('runs tasks in threads of their own, no more than it may have', async () => {
    const two = pool({ threads: 2 });
    const ids = await Promise.all(Array.from({ length: 12 }, () => two.run({ kind: 'thread', milliseconds: 20 })));
    assert.equal(new Set(ids).size, 2);
    assert.ok(!ids.includes(0));
    assert.deepEqual(two.state(), { threads: 2, running: 0, queued: 0, crashes: 0 });
  });

  it('gives tasks of one affinity to one thread, unless that has more to do than the others', async () => {
    const two = pool({ threads: 2, tasksPerThread: 4 });
    const run = (affinity: number) => two.run({ kind: 'thread', milliseconds: 5 }, { affinity });
    const [even, odd] = [await run(0), await run(1)];
    assert.notEqual(even, odd);
    for (const affinity of [2, 7, 7, 4, 100, 3]) assert.equal(await run(affinity), affinity % 2 === 0 ? even : odd);
    const crowd = await Promise.all(Array.from({ length: 6 }, () => run(0)));
    assert.deepEqual(
      crowd.map((id) => id === even),
      [true, true, false, true, false, true],
    );
  });

  it('hands arrays over without copying them', async () => {
    const one = pool();
    const bytes = new Uint8Array(1000).fill(7);
    const doubled = (await one.run({ kind: 'double', bytes }, { transfer: [bytes.buffer] })) as Uint8Array;
    assert.deepEqual([bytes.length, doubled.length, doubled[999]], [0, 1000, 14]);
  });

  it('passes errors on with their codes and details', async () => {
    const one = pool();
    await assert.rejects(one.run({ kind: 'refuse' }), (error) => {
      assert.ok(isCodedError(error));
      assert.deepEqual([error.code, error.message, error.details], ['test/refused', 'no 42', { value: 42 }]);
      return true;
    });
    await assert.rejects(one.run({ kind: 'throw' }), /plain trouble/);
    assert.equal(await one.run({ kind: 'echo', value: 'still there' }), 'still there');
  });

  it('refuses tasks when too many wait, and takes them again afterwards', async () => {
    const one = pool({ maxQueued: 2 });
    const running = Array.from({ length: 3 }, () => one.run({ kind: 'thread', milliseconds: 30 }));
    assert.deepEqual([one.state().running, one.state().queued], [1, 2]);
    await assert.rejects(one.run({ kind: 'echo', value: 1 }), coded('tiler/overloaded'));
    await Promise.all(running);
    assert.equal(await one.run({ kind: 'echo', value: 2 }), 2);
    const none = pool({ maxQueued: 0 });
    assert.equal(await none.run({ kind: 'echo', value: 3 }), 3);
  });

  it('drops a queued task that is not wanted any more, and does not run it', async () => {
    const one = pool();
    const first = one.run({ kind: 'thread', milliseconds: 50 });
    const controller = new AbortController();
    const second = one.run({ kind: 'mark' }, { signal: controller.signal });
    controller.abort(new Error('gone'));
    await assert.rejects(second, /gone/);
    assert.equal(one.state().queued, 0);
    await first;
    assert.equal(await one.run({ kind: 'marks' }), 0);
  });

  it('stops a running task that is not wanted any more, and tells its caller at once', async () => {
    const one = pool();
    const controller = new AbortController();
    await one.run({ kind: 'echo', value: 'warm' });
    const running = one.run({ kind: 'wait' }, { signal: controller.signal });
    controller.abort(new Error('gone'));
    await assert.rejects(running, /gone/);
    await until(() => one.state().running === 0);
    assert.equal(await one.run({ kind: 'aborts' }), 1);
    await assert.rejects(
      one.run({ kind: 'echo', value: 1 }, { signal: AbortSignal.abort(new Error('never')) }),
      /never/,
    );
  });

  it('replaces a thread that ends, and fails only what it worked on', async () => {
    const one = pool();
    const doomed = one.run({ kind: 'exit' });
    const next = one.run({ kind: 'echo', value: 'next' });
    await assert.rejects(doomed, coded('tiler/worker-crashed'));
    assert.equal(await next, 'next');
    assert.equal(one.state().crashes, 1);
    await assert.rejects(one.run({ kind: 'throw-later' }), coded('tiler/worker-crashed'));
    assert.equal(await one.run({ kind: 'echo', value: 'again' }), 'again');
  });

  it('ends a thread that needs too much memory, not the process', async () => {
    const one = pool({ heapMebibytes: 32 });
    await assert.rejects(one.run({ kind: 'hoard' }), coded('tiler/worker-crashed'));
    assert.equal(await one.run({ kind: 'echo', value: 'alive' }), 'alive');
  });

  it('fails what a missing module was to do', async () => {
    const broken = pool({ module: new URL('./no-such-worker.ts', import.meta.url) });
    await assert.rejects(broken.run({ kind: 'marks' }), coded('tiler/worker-crashed'));
  });

  it('fails a task that cannot be sent, and goes on', async () => {
    const one = pool();
    await assert.rejects(one.run({ kind: 'echo', value: () => 1 }), /could not be cloned/);
    assert.equal(await one.run({ kind: 'echo', value: 1 }), 1);
  });

  it('fails everything when it is closed', async () => {
    const one = pool();
    const running = one.run({ kind: 'wait' });
    const queued = one.run({ kind: 'marks' });
    const outcome = Promise.allSettled([running, queued]);
    await one.close();
    await one.close();
    for (const result of await outcome) {
      assert.ok(result.status === 'rejected' && coded('tiler/closed')(result.reason));
    }
    await assert.rejects(one.run({ kind: 'marks' }), coded('tiler/closed'));
  });

  it('has a thread work on several tasks at once where that is wanted', async () => {
    const one = pool({ tasksPerThread: 3 });
    const waiting = Array.from({ length: 3 }, () => one.run({ kind: 'together', count: 3 }));
    assert.deepEqual(await Promise.all(waiting), [3, 3, 3]);
  });
});
