import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What chunk-reads.py prints: milliseconds of opening, of the first read and of later ones, and the memory they took. */
export interface Reading {
  readonly version: string;
  readonly openMs: number;
  readonly readMs: number;
  readonly againMs: number;
  readonly bytes: number;
  readonly pixels: string;
}

const READER = fileURLToPath(new URL('./chunk-reads.py', import.meta.url));

/** Opens a VRT and reads 64 x 64 pixels of it, in a process of its own. @param env GDAL's options */
export async function readOnce(
  python: string,
  path: string,
  column: number,
  row: number,
  env: Readonly<Record<string, string>> = {},
): Promise<Reading> {
  const options = { env: { ...process.env, ...env } };
  const { stdout } = await run(python, [READER, path, `${column}`, `${row}`], options);
  return JSON.parse(stdout) as Reading;
}
