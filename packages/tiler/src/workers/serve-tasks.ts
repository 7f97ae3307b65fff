import { parentPort } from 'node:worker_threads';
import { isCodedError } from '@inlay/geo';
import type { FromWorker, TaskFailure, TaskResult, ToWorker } from './messages.ts';

/**
 * Makes the thread that it is called in one of a `WorkerPool`: runs `handle` for each task and answers with its result.
 * The signal is aborted when the pool no longer wants the task. What a task is, pool and `handle` have to agree on.
 * @throws Error outside of a worker thread.
 */
export function serveTasks(handle: (task: never, signal: AbortSignal) => Promise<TaskResult<unknown>>): void {
  const port = parentPort;
  if (port === null) throw new Error('serveTasks is for worker threads');
  const running = new Map<number, AbortController>();
  const run = async (id: number, task: never): Promise<void> => {
    const controller = new AbortController();
    running.set(id, controller);
    try {
      const { result, transfer = [] } = await handle(task, controller.signal);
      port.postMessage({ type: 'done', id, result } satisfies FromWorker, [...transfer]);
    } catch (error) {
      port.postMessage({ type: 'failed', id, failure: describe(error) } satisfies FromWorker);
    } finally {
      running.delete(id);
    }
  };
  port.on('message', (message: ToWorker) => {
    if (message.type === 'run') void run(message.id, message.task as never);
    else running.get(message.id)?.abort();
  });
}

function describe(error: unknown): TaskFailure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: null, code: null, details: {} };
  const { name, message, stack = null } = error;
  if (!isCodedError(error)) return { name, message, stack, code: null, details: {} };
  // Details are plain values (CodedErrorOptions); what cannot be sent must not hide the error that it belongs to.
  return {
    name,
    message,
    stack,
    code: error.code,
    details: JSON.parse(JSON.stringify(error.details)) as TaskFailure['details'],
  };
}
