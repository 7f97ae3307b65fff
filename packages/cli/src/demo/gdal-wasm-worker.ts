import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';

/** One conversion. `output` lies in the folder the worker was started with and ends in `.tif`. */
export interface WasmRequest {
  readonly args: readonly string[];
  readonly input: string;
  readonly output: string;
}

/** Sent once when GDAL is ready and then once per request; `error` is what GDAL said, null on success. */
export interface WasmAnswer {
  readonly error: string | null;
}

/** The part of gdal3.js used here; its own declarations are not a module. */
interface Gdal {
  open(file: string): Promise<{ datasets: Dataset[] }>;
  gdal_translate(dataset: Dataset, options: readonly string[], outputName: string): Promise<unknown>;
  close(dataset: Dataset): Promise<void>;
}
type Dataset = { readonly pointer: number };
type StartGdal = (options: {
  path: string;
  dest: string;
  logHandler(line: string): void;
  errorHandler(line: string): void;
}) => Promise<Gdal>;

const { outputFolder } = workerData as { outputFolder: string };
const require = createRequire(import.meta.url);
const entry = require.resolve('gdal3.js/node.js');
const startGdal = require(entry) as StartGdal;

let complaints: string[] = [];
const gdal = await startGdal({
  // It prepends './' to what it reads, so an absolute path would not be found (gdal3.js 2.8, getPreloadedPackage).
  path: relative(process.cwd(), join(dirname(entry), 'dist', 'package')),
  dest: outputFolder,
  logHandler: () => undefined,
  errorHandler: (line) => complaints.push(line),
});

parentPort?.on('message', (request: WasmRequest) => {
  void translate(request).then(answer);
});
answer(null);

function answer(error: string | null): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread's port has no origins
  parentPort?.postMessage({ error } satisfies WasmAnswer);
}

/** Null on success, else what went wrong. */
async function translate({ args, input, output }: WasmRequest): Promise<string | null> {
  complaints = [];
  try {
    const { datasets } = await gdal.open(input);
    const dataset = datasets[0];
    if (dataset === undefined) return firstError() ?? `${basename(input)} cannot be opened`;
    await gdal.gdal_translate(dataset, args, basename(output, '.tif'));
    await gdal.close(dataset);
    // An option it does not know makes it convert without any, and still resolve: the complaint is the only sign.
    return firstError();
  } catch (error) {
    // What it rejects with is the last error, a consequence of the first.
    return firstError() ?? (error instanceof Error ? error.message : JSON.stringify(error));
  }
}

/** What GDAL said first, as in `ERROR 6: Unknown option name`. */
function firstError(): string | null {
  return complaints.find((line) => line.startsWith('ERROR')) ?? null;
}
