import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { GDAL_SETTINGS, type ConversionRequest } from './converter.ts';

/** Sent once; `error` is what GDAL said, null on success. */
export interface WasmAnswer {
  readonly error: string | null;
}

/** The part of gdal3.js (2.8) that is used here; its own declarations are not a module. */
interface Gdal {
  readonly Module: Module;
  gdal_translate(dataset: { pointer: number }, options: readonly string[], outputName: string): Promise<unknown>;
  close(dataset: { pointer: number }): Promise<void>;
}
interface Module {
  readonly FS: { mount(type: unknown, options: { root: string }, place: string): void };
  readonly NODEFS: unknown;
  readonly HEAPU32: Uint32Array;
  _malloc(bytes: number): number;
  lengthBytesUTF8(text: string): number;
  stringToUTF8(text: string, pointer: number, maxBytes: number): void;
  ccall(name: string, returns: 'number', types: readonly string[], values: readonly unknown[]): number;
}
type StartGdal = (options: {
  path: string;
  dest: string;
  env: Readonly<Record<string, string>>;
  logHandler(line: string): void;
  errorHandler(line: string): void;
}) => Promise<Gdal>;

/** GDAL_OF_RASTER | GDAL_OF_VERBOSE_ERROR (gdal.h). */
const OPEN_FLAGS = 0x02 | 0x40;

const request = workerData as ConversionRequest;
const complaints: string[] = [];
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread's port has no origins
parentPort?.postMessage({ error: await convert(request) } satisfies WasmAnswer);

/** Null on success, else what went wrong. */
async function convert({ input, format, output, args }: ConversionRequest): Promise<string | null> {
  try {
    const gdal = await start(dirname(output));
    // What it sees of this machine: the input's folder, and that of the output.
    gdal.Module.FS.mount(gdal.Module.NODEFS, { root: dirname(input) }, '/input');
    const pointer = openWith(gdal.Module, `/input/${basename(input)}`, format);
    if (pointer === 0) return firstError() ?? `${basename(input)} cannot be opened`;
    await gdal.gdal_translate({ pointer }, args, basename(output, '.tif'));
    await gdal.close({ pointer });
    // An option it does not know makes it convert without any, and still resolve: the complaint is the only sign.
    return firstError();
  } catch (error) {
    // What it rejects with is the last error, a consequence of the first.
    return firstError() ?? (error instanceof Error ? error.message : JSON.stringify(error));
  }
}

async function start(outputFolder: string): Promise<Gdal> {
  const require = createRequire(import.meta.url);
  const entry = require.resolve('gdal3.js/node.js');
  return await (require(entry) as StartGdal)({
    // It prepends './' to what it reads, so an absolute path would not be found (gdal3.js 2.8, getPreloadedPackage).
    path: relative(process.cwd(), join(dirname(entry), 'dist', 'package')),
    dest: outputFolder,
    env: GDAL_SETTINGS,
    logHandler: () => undefined,
    errorHandler: (line) => void complaints.push(line),
  });
}

/** GDALOpenEx with one allowed driver, which gdal3.js's own `open` does not know. 0 where it refuses. */
function openWith(module: Module, path: string, driver: string): number {
  const bytes = module.lengthBytesUTF8(driver) + 1;
  const name = module._malloc(bytes);
  module.stringToUTF8(driver, name, bytes);
  const list = module._malloc(8);
  module.HEAPU32.set([name, 0], list / 4);
  const types = ['string', 'number', 'number', 'number', 'number'];
  return module.ccall('GDALOpenEx', 'number', types, [path, OPEN_FLAGS, list, 0, 0]);
}

/** What GDAL said first, as in `ERROR 6: Unknown option name`. */
function firstError(): string | null {
  return complaints.find((line) => line.startsWith('ERROR')) ?? null;
}
