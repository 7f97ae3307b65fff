import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a {@link RangeServer} can do wrong, or just differently, with every request until told otherwise. */
export type RangeFault =
  /** 200 with the whole file, as servers without ranges answer. */
  | { readonly kind: 'ignore-range' }
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'redirect'; readonly location: string }
  /** Chunked transfer: no Content-Length. */
  | { readonly kind: 'no-content-length' }
  /** 206 without saying of what. */
  | { readonly kind: 'no-content-range' }
  /** `bytes 0-9/*`: the size is not told. */
  | { readonly kind: 'unknown-size' }
  /** Answers with the bytes from another offset, and says so. */
  | { readonly kind: 'other-range' }
  /** Sends more than was asked for. */
  | { readonly kind: 'too-much' }
  /** Ends the connection in the middle of the body. */
  | { readonly kind: 'cut' }
  /** Does not answer at all. */
  | { readonly kind: 'silence' };

/** One request as the server saw it. */
export interface RangeRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** 0-based, `end` inclusive; null where the request had no range. */
  readonly range: { readonly start: number; readonly end: number } | null;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** A web server on the loopback interface for files in memory: ranges, strong ETags, a request log, and faults. */
export interface RangeServer {
  /** Without a slash at the end. */
  readonly url: string;
  /** Everything asked so far, in order. */
  readonly requests: readonly RangeRequest[];
  /** Null for a well-behaved server. */
  fault: RangeFault | null;
  /** Adds or replaces a file; its ETag changes with its bytes. */
  put(name: string, bytes: Uint8Array): void;
  clearLog(): void;
  close(): Promise<void>;
}

/** Starts a server for `files` by name, without a leading slash. Close it in `after()`. */
export async function startRangeServer(files: Readonly<Record<string, Uint8Array>> = {}): Promise<RangeServer> {
  const contents = new Map(Object.entries(files));
  const requests: RangeRequest[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    const range = parseRange(request.headers.range);
    requests.push({ method: request.method ?? '', path, range, headers: request.headers });
    const bytes = contents.get(decodeURIComponent(path.slice(1).replace(/\?.*/, '')));
    answer(request, response, bytes, range, handle.fault);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const handle: RangeServer = {
    url: `http://127.0.0.1:${port}`,
    requests,
    fault: null,
    put: (name, bytes) => contents.set(name, bytes),
    clearLog: () => requests.splice(0),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return handle;
}

function parseRange(header: string | undefined): { start: number; end: number } | null {
  const match = /^bytes=(\d+)-(\d*)$/.exec(header ?? '');
  if (match === null) return null;
  return { start: Number(match[1]), end: match[2] === '' ? Number.MAX_SAFE_INTEGER : Number(match[2]) };
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Uint8Array | undefined,
  range: { start: number; end: number } | null,
  fault: RangeFault | null,
): void {
  if (fault?.kind === 'silence') return;
  if (fault?.kind === 'status') return void response.writeHead(fault.status).end();
  if (fault?.kind === 'redirect') return void response.writeHead(302, { location: fault.location }).end();
  if (bytes === undefined) return void response.writeHead(404).end();

  const etag = `"${createHash('sha1').update(bytes).digest('hex')}"`;
  const common = { etag, 'accept-ranges': 'bytes', 'content-type': 'image/tiff' };
  if (range === null || fault?.kind === 'ignore-range') {
    response.writeHead(200, { ...common, 'content-length': bytes.length });
    return void response.end(request.method === 'HEAD' ? undefined : bytes);
  }
  if (range.start >= bytes.length) {
    return void response.writeHead(416, { ...common, 'content-range': `bytes */${bytes.length}` }).end();
  }
  const start = fault?.kind === 'other-range' ? 0 : range.start;
  const end = Math.min(range.end, bytes.length - 1) - range.start + start + (fault?.kind === 'too-much' ? 10 : 0);
  const part = bytes.subarray(start, end + 1);
  const total = fault?.kind === 'unknown-size' ? '*' : bytes.length;
  const contentRange = { 'content-range': `bytes ${start}-${end}/${total}` };
  const contentLength = { 'content-length': part.length };
  response.writeHead(206, {
    ...common,
    ...(fault?.kind === 'no-content-range' ? {} : contentRange),
    ...(fault?.kind === 'no-content-length' ? {} : contentLength),
  });
  if (fault?.kind !== 'cut') return void response.end(part);
  response.write(part.subarray(0, Math.floor(part.length / 2)), () => response.destroy());
}
