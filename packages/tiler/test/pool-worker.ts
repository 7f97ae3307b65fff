import { setTimeout as delay } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import { CodedError } from '@inlay/geo';
import { type TaskResult, serveTasks } from '@inlay/tiler';

/** What worker-pool.test.ts has its threads do. */
export type TestTask =
  | { readonly kind: 'echo'; readonly value: unknown }
  | { readonly kind: 'thread'; readonly milliseconds: number }
  | { readonly kind: 'double'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'together'; readonly count: number }
  | { readonly kind: 'refuse' | 'throw' | 'throw-later' | 'exit' | 'wait' | 'aborts' | 'mark' | 'marks' | 'hoard' };

let marks = 0;
let aborts = 0;
let together = 0;

async function run(task: TestTask, signal: AbortSignal): Promise<TaskResult<unknown>> {
  switch (task.kind) {
    case 'echo':
      return { result: task.value };
    case 'thread':
      await delay(task.milliseconds);
      return { result: threadId };
    case 'double': {
      const doubled = task.bytes.map((value) => 2 * value);
      return { result: doubled, transfer: [doubled.buffer] };
    }
    case 'together':
      together += 1;
      while (together < task.count) await delay(2);
      return { result: together };
    case 'refuse':
      throw new CodedError('test/refused', 'no 42', { details: { value: 42 } });
    case 'throw':
      throw new Error('plain trouble');
    case 'throw-later':
      setImmediate(() => {
        throw new Error('nobody catches this');
      });
      return new Promise(() => undefined);
    case 'exit':
      process.exit(3);
    // eslint-disable-next-line no-fallthrough -- the process has ended
    case 'wait':
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborts += 1;
          reject(new Error('stopped'));
        });
      });
      return { result: null };
    case 'aborts':
      return { result: aborts };
    case 'mark':
      marks += 1;
      return { result: marks };
    case 'marks':
      return { result: marks };
    default: {
      const hoard: number[][] = [];
      for (;;) hoard.push(Array.from({ length: 100_000 }, Math.random));
    }
  }
}

serveTasks(run);
