// A client that asks a server for tiles, as a process of its own so that its work is not the server's. Takes a `TileLoad`
// as JSON from standard input, prints a `LoadResult`.
import { Agent, get } from 'node:http';
import { text } from 'node:stream/consumers';

/** What to ask for. */
export interface TileLoad {
  readonly url: string;
  readonly token: string;
  /** Asked for in turn, again from the first one on, until so many requests are answered or so many seconds are over. */
  readonly paths: readonly string[];
  /** Requests before the measured ones, for code to be compiled and files to be opened. */
  readonly warming: number;
  readonly requests: number;
  readonly seconds: number;
  /** Requests under way at once. */
  readonly clients: number;
  /** Sends the `ETag`s of an unmeasured first round along. */
  readonly revalidates?: boolean;
}

/** What came of it. */
export interface LoadResult {
  /** Milliseconds of each request, in the order they ended. */
  readonly times: readonly number[];
  readonly seconds: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly bytes: number;
  /** Sums over all answers of what `Server-Timing` says: durations, and counts of reads, bytes and blocks. */
  readonly timing: Readonly<Record<string, number>>;
}

const load = JSON.parse(await text(process.stdin)) as TileLoad;
const agent = new Agent({ keepAlive: true, maxSockets: load.clients });
const { hostname, port } = new URL(load.url);
const etags = new Map<string, string>();

interface Answer {
  readonly status: number;
  readonly bytes: number;
  readonly etag: string | undefined;
  readonly serverTiming: string;
}

function ask(path: string): Promise<Answer> {
  const headers: Record<string, string> = { authorization: `Bearer ${load.token}` };
  const etag = etags.get(path);
  if (etag !== undefined) headers['if-none-match'] = etag;
  return new Promise((resolve, reject) => {
    get({ hostname, port, path, agent, headers }, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => (bytes += chunk.length));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          bytes,
          etag: response.headers.etag,
          serverTiming: String(response.headers['server-timing'] ?? ''),
        }),
      );
    }).on('error', reject);
  });
}

if (load.revalidates === true) {
  for (const path of load.paths) {
    const { etag } = await ask(path);
    if (etag !== undefined) etags.set(path, etag);
  }
}
await each(load.warming, Infinity, async (path) => void (await ask(path)));
const times: number[] = [];
const statuses: Record<string, number> = {};
const timing: Record<string, number> = {};
let bytes = 0;
const startedAt = performance.now();
await each(load.requests, load.seconds, async (path) => {
  const askedAt = performance.now();
  const answer = await ask(path);
  times.push(performance.now() - askedAt);
  statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
  bytes += answer.bytes;
  addTiming(answer.serverTiming);
});
const seconds = (performance.now() - startedAt) / 1000;
agent.destroy();
process.stdout.write(JSON.stringify({ times, seconds, statuses, bytes, timing } satisfies LoadResult));

/** Asks for path after path, so many at once as there are clients. */
async function each(requests: number, seconds: number, work: (path: string) => Promise<void>): Promise<void> {
  const until = performance.now() + seconds * 1000;
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < requests && performance.now() < until) await work(load.paths[next++ % load.paths.length]!);
  };
  await Promise.all(Array.from({ length: load.clients }, client));
}

function addTiming(header: string): void {
  const add = (name: string, amount: number): void => void (timing[name] = (timing[name] ?? 0) + amount);
  for (const metric of header.matchAll(/(\w+)(?:;desc="([^"]*)")?(?:;dur=([\d.]+))?(?:, |$)/g)) {
    const [, name = '', described = '', duration] = metric;
    if (duration !== undefined) add(name, Number(duration));
    for (const [, count, what] of described.matchAll(/(\d+) (\w+)/g)) add(`${name} ${what}`, Number(count));
  }
}
