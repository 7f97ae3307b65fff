import type { Transferable } from 'node:worker_threads';

/** What the pool says to a thread. */
export type ToWorker =
  | { readonly type: 'run'; readonly id: number; readonly task: unknown }
  /** The task's result is no longer wanted. */
  | { readonly type: 'abort'; readonly id: number };

/** What a thread says to the pool: exactly one message a task. */
export type FromWorker =
  | { readonly type: 'done'; readonly id: number; readonly result: unknown }
  | { readonly type: 'failed'; readonly id: number; readonly failure: TaskFailure };

/** An error on its way between threads, which keeps classes from arriving whole. */
export interface TaskFailure {
  readonly name: string;
  readonly message: string;
  readonly stack: string | null;
  /** Of a coded error, else null. */
  readonly code: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

/** A task's outcome and what of it is handed over instead of copied. */
export interface TaskResult<Result> {
  readonly result: Result;
  readonly transfer?: readonly Transferable[];
}
