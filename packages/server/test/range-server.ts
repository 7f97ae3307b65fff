import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A web server on loopback that answers ranges of files in memory, well or badly. */
export interface RangeServer {
  readonly url: string;
  /** Files by path, `/a.tif`. */
  readonly files: Map<string, Uint8Array>;
  /** `METHOD /path` of every request, in order. */
  readonly log: string[];
  /** Paths that redirect, and where to. */
  readonly redirects: Map<string, string>;
  /** Paths that answer HEAD with 403, as links signed for GET do. */
  readonly withoutHead: Set<string>;
  /** Requests to these paths wait until they are let go, or their client gives up. */
  readonly stalled: Set<string>;
  /** Paths of the requests whose client gave up while they waited. */
  readonly abandoned: string[];
  /** Lets all waiting requests go on, and none wait any more. */
  release(): void;
  close(): Promise<void>;
}

export async function startRangeServer(): Promise<RangeServer> {
  const files = new Map<string, Uint8Array>();
  const log: string[] = [];
  const redirects = new Map<string, string>();
  const withoutHead = new Set<string>();
  const stalled = new Set<string>();
  const waiting = new Set<() => void>();
  const abandoned: string[] = [];

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://x').pathname;
    log.push(`${request.method} ${path}`);
    if (stalled.has(path)) {
      await new Promise<void>((resolve) => {
        waiting.add(resolve);
        response.once('close', resolve);
      });
      if (response.destroyed) {
        abandoned.push(path);
        return;
      }
    }
    const target = redirects.get(path);
    const bytes = files.get(path);
    if (target !== undefined) response.writeHead(302, { location: target }).end();
    else if (bytes === undefined) response.writeHead(404).end();
    else if (request.method === 'HEAD' && withoutHead.has(path)) response.writeHead(403).end();
    else sendRange(request, response, bytes);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => response.destroy(error));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const release = (): void => {
    stalled.clear();
    for (const resolve of waiting) resolve();
    waiting.clear();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    files,
    log,
    redirects,
    withoutHead,
    stalled,
    abandoned,
    release,
    async close() {
      release();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function sendRange(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array): void {
  const etag = `"${bytes.length}-${bytes.at(-1)}"`;
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  if (request.method === 'HEAD' || range === null) {
    response.writeHead(200, { etag, 'accept-ranges': 'bytes', 'content-length': bytes.length });
    response.end(request.method === 'HEAD' ? undefined : bytes);
    return;
  }
  const start = Number(range[1]);
  const end = Math.min(range[2] === '' ? Infinity : Number(range[2]), bytes.length - 1);
  if (start >= bytes.length) {
    response.writeHead(416, { etag, 'content-range': `bytes */${bytes.length}` }).end();
    return;
  }
  response.writeHead(206, { etag, 'content-range': `bytes ${start}-${end}/${bytes.length}` });
  response.end(bytes.subarray(start, end + 1));
}
