import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { BenchServer } from './server.ts';
import type { LoadResult, TileLoad } from './tile-load.ts';

const LOADER = fileURLToPath(new URL('./tile-load.ts', import.meta.url));
const PEER = fileURLToPath(new URL('./tile-peer.py', import.meta.url));

/** A tile of Web Mercator. */
export type TileAddress = readonly [z: number, x: number, y: number];

/** Asks a server for tiles of a dataset from a process of its own. @throws Error for answers other than 200, 204 and 304 */
export async function askForTiles(
  server: BenchServer,
  dataset: string,
  tiles: readonly TileAddress[],
  load: Partial<TileLoad>,
): Promise<LoadResult> {
  const paths = tiles.map(([z, x, y]) => `/api/datasets/${dataset}/tiles/${z}/${x}/${y}.png`);
  const task: TileLoad = {
    url: server.url,
    token: server.token,
    paths,
    warming: 0,
    requests: 1e9,
    seconds: 60,
    clients: 1,
    ...load,
  };
  const result = (await runJson(process.execPath, [...process.execArgv, LOADER], task)) as LoadResult;
  const strays = Object.keys(result.statuses).filter((status) => !['200', '204', '304'].includes(status));
  if (strays.length > 0) throw new Error(`tiles were answered with ${JSON.stringify(result.statuses)}`);
  return result;
}

/** What `tile-peer.py` prints. */
export interface PeerTiles {
  readonly version: string;
  readonly openMs: readonly number[];
  readonly warpMs: readonly number[];
  readonly packMs: readonly number[];
}

/** The same tiles made by GDAL, one after the other, without HTTP. */
export async function tilesOfPeer(python: string, path: string, tiles: readonly TileAddress[]): Promise<PeerTiles> {
  return (await runJson(python, [PEER, path], tiles)) as PeerTiles;
}

/** Runs a program that takes JSON and prints JSON. */
async function runJson(program: string, args: readonly string[], input: unknown): Promise<unknown> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  child.stdin.end(JSON.stringify(input));
  const output = await text(child.stdout);
  const [code] = await ended;
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}`);
  return JSON.parse(output);
}
