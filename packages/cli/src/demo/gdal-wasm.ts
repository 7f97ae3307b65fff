import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { CliError } from '../error.ts';
import type { WasmAnswer, WasmRequest } from './gdal-wasm-worker.ts';
import type { GdalRunner } from './gdal-runner.ts';

/**
 * GDAL compiled to WebAssembly (npm package gdal3.js), for machines without GDAL. It computes without a pause, so
 * it has a thread of its own: progress bars keep moving.
 *
 * @param outputFolder the one folder that {@link GdalRunner.run} can write to
 */
export async function startWasmGdal(outputFolder: string): Promise<GdalRunner> {
  await mkdir(outputFolder, { recursive: true });
  const worker = new Worker(siblingModule('gdal-wasm-worker'), { workerData: { outputFolder } });
  await nextAnswer(worker);
  let queue: Promise<void> = Promise.resolve();

  async function translate(request: WasmRequest, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread's port has no origins
    worker.postMessage(request);
    const { error } = await nextAnswer(worker, signal);
    if (error !== null) throw new CliError('cli/gdal-failed', `gdal_translate failed: ${error}`);
  }

  return {
    name: 'GDAL in WebAssembly',
    concurrency: 1,
    run({ args, input, output }, signal) {
      const turn = queue.then(() => translate({ args, input, output }, signal));
      queue = turn.catch(() => undefined); // told to whoever awaits `turn`; the next one may still succeed
      return turn;
    },
    async close() {
      await worker.terminate();
    },
  };
}

/** @throws CliError where the worker ends instead of answering (out of memory, or closed meanwhile). */
async function nextAnswer(worker: Worker, signal?: AbortSignal): Promise<WasmAnswer> {
  const settled = new AbortController();
  const either = signal === undefined ? settled.signal : AbortSignal.any([settled.signal, signal]);
  try {
    return await Promise.race([
      once(worker, 'message', { signal: either }).then(([answer]) => answer as WasmAnswer),
      once(worker, 'exit', { signal: either }).then(() => {
        throw new CliError('cli/gdal-failed', 'GDAL in WebAssembly ended before it was done.');
      }),
    ]);
  } finally {
    settled.abort();
  }
}

/** The URL of a module beside this one: `.ts` in the repository, `.js` once compiled. */
function siblingModule(name: string): URL {
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
  return new URL(`./${name}${extension}`, import.meta.url);
}
