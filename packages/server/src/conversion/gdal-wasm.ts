import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { conversionError, type Converter } from './converter.ts';
import type { WasmAnswer } from './gdal-wasm-worker.ts';

/**
 * GDAL compiled to WebAssembly (npm package gdal3.js), for machines without GDAL. Each conversion has a thread of its
 * own, which is how it is stopped and how its memory is given back. It tells no progress.
 */
export const WASM_CONVERTER: Converter = {
  name: 'GDAL in WebAssembly',
  async convert(request, { signal }) {
    signal.throwIfAborted();
    const worker = new Worker(siblingModule('gdal-wasm-worker'), { workerData: request, env: {} });
    const settled = new AbortController();
    const either = AbortSignal.any([settled.signal, signal]);
    try {
      const { error } = await Promise.race([
        once(worker, 'message', { signal: either }).then(([answer]) => answer as WasmAnswer),
        once(worker, 'exit', { signal: either }).then(() => ({ error: 'GDAL ended before it was done' })),
      ]);
      if (error !== null) throw conversionError(error, request, MOUNTED);
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      settled.abort();
      await worker.terminate();
    }
  },
};

/** What the module's two folders are called within (gdal3.js, INPUTPATH and OUTPUTPATH). */
const MOUNTED = ['/input/', '/output/'];

/** The URL of a module beside this one: `.ts` in the repository, `.js` once compiled. */
function siblingModule(name: string): URL {
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
  return new URL(`./${name}${extension}`, import.meta.url);
}
