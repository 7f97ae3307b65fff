import { GeoTiffError } from './error.ts';
import type { FetchOptions, Source } from './source.ts';

/** How a server is asked. */
export interface HttpSourceOptions {
  /** Sent with every request, for example an `Authorization`. Not sent on to other hosts. */
  readonly headers?: Readonly<Record<string, string>>;
  /** `globalThis.fetch` where left out. */
  readonly fetch?: typeof globalThis.fetch;
  /** Aborts every request of this source. */
  readonly signal?: AbortSignal;
  /** How long one request may take, in milliseconds. */
  readonly timeoutMs?: number;
  /**
   * Where a redirect may lead: nowhere else (`same-origin`, the default: whoever allowed a URL did not allow any other
   * host), or anywhere that `isAllowedRedirect` says.
   */
  readonly isAllowedRedirect?: (target: URL) => boolean;
}

const TIMEOUT_MS = 30_000;
const MAX_REDIRECTS = 5;
/** A server that ignores ranges sends the whole file; up to this size it is taken, and kept. */
const MAX_WHOLE_BYTES = 8 * 1024 * 1024;

/** What the first answer said of the file; a later one that says otherwise is of another file. */
interface Version {
  readonly etag: string | null;
  readonly lastModified: string | null;
}

interface Answer {
  readonly response: Response;
  readonly bytes: ArrayBuffer;
}

/**
 * A source over a web server that answers range requests (RFC 9110, 14). Its size is known after the first fetch. A file
 * that is replaced while it is read is noticed by its ETag, Last-Modified or size.
 * @throws TypeError for a malformed URL.
 */
export function httpSource(url: string, options: HttpSourceOptions = {}): Source {
  const address = new URL(url);
  const name = nameOf(address);
  let size: number | null = null;
  let version: Version | null = null;
  let whole: ArrayBuffer | null = null;

  function checkVersion(response: Response, total: number | null): void {
    const seen = { etag: response.headers.get('etag'), lastModified: response.headers.get('last-modified') };
    const sameSize = size === null || total === null || size === total;
    const sameVersion = version === null || (version.etag === seen.etag && version.lastModified === seen.lastModified);
    if (!sameSize || !sameVersion) {
      const message = `${name} was replaced on its server while it was being read; read it again`;
      throw new GeoTiffError('geotiff/source-changed', message, { details: { source: name } });
    }
    version = seen;
    size ??= total;
  }

  async function fetchRange(offset: number, length: number, fetchOptions: FetchOptions): Promise<ArrayBuffer> {
    const { response, bytes } = await request(address, name, options, offset, length, fetchOptions);
    const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
    const total = range === null || range[2] === '*' ? null : Number(range[2]);
    if (response.status === 416) {
      checkVersion(response, total);
      if (total === null)
        throw unavailable(name, 'cannot be read: its server refuses the range without saying why', {});
      return new ArrayBuffer(0);
    }
    if (response.status === 200) {
      checkVersion(response, bytes.byteLength);
      whole = bytes;
      return bytes.slice(offset, offset + length);
    }
    if (range?.[1] !== String(offset))
      throw unavailable(name, 'cannot be read: its server answered with another range', {});
    checkVersion(response, total);
    const expected = size === null ? length : Math.min(length, size - offset);
    if (bytes.byteLength > length || (size !== null && bytes.byteLength !== expected)) {
      throw unavailable(name, `cannot be read: ${bytes.byteLength} of ${expected} bytes arrived`, {});
    }
    return bytes;
  }

  return {
    name,
    get size() {
      return size;
    },
    async fetch(offset, length, fetchOptions = {}) {
      fetchOptions.signal?.throwIfAborted();
      if (whole !== null) return whole.slice(offset, offset + length);
      if (length <= 0 || (size !== null && offset >= size)) return new ArrayBuffer(0);
      return fetchRange(offset, length, fetchOptions);
    },
    close: () => Promise.resolve(),
  };
}

/** One range request with its body, redirects followed as far as they are allowed. */
async function request(
  address: URL,
  name: string,
  options: HttpSourceOptions,
  offset: number,
  length: number,
  fetchOptions: FetchOptions,
): Promise<Answer> {
  const { headers = {}, fetch = globalThis.fetch, timeoutMs = TIMEOUT_MS } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  const callers = [options.signal, fetchOptions.signal].filter((signal) => signal !== undefined);
  const signal = AbortSignal.any([timeout, ...callers]);
  const range = `bytes=${offset}-${offset + length - 1}`;
  let target = address;
  try {
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const own = target.origin === address.origin ? headers : {};
      // Compressed on the way, a range would be one of other bytes.
      const asked = { ...own, range, 'accept-encoding': 'identity' };
      const response = await fetch(target, { headers: asked, redirect: 'manual', signal });
      const next = redirectOf(response, target);
      if (next === null) return { response, bytes: await bodyOf(response, name, length) };
      await response.body?.cancel();
      if (next.origin !== address.origin && options.isAllowedRedirect?.(next) !== true) {
        throw unavailable(name, `cannot be read: its server redirects to another host (${next.host})`, {});
      }
      target = next;
    }
    throw unavailable(name, `cannot be read: more than ${MAX_REDIRECTS} redirects`, {});
  } catch (error) {
    if (error instanceof GeoTiffError) throw error;
    for (const caller of callers) caller.throwIfAborted();
    const reason = timeout.aborted
      ? `did not arrive within ${timeoutMs / 1000} s`
      : 'cannot be read: its server does not answer';
    throw unavailable(name, reason, { cause: error });
  }
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

function redirectOf(response: Response, from: URL): URL | null {
  const location = response.headers.get('location');
  return REDIRECTS.has(response.status) && location !== null && URL.canParse(location, from.href)
    ? new URL(location, from)
    : null;
}

/** The body, read no further than it may be long. */
async function bodyOf(response: Response, name: string, length: number): Promise<ArrayBuffer> {
  if (response.status === 416) {
    await response.body?.cancel();
    return new ArrayBuffer(0);
  }
  if (response.status !== 206 && response.status !== 200) {
    await response.body?.cancel();
    throw unavailable(name, statusReason(response.status), { status: response.status });
  }
  const limit = response.status === 206 ? length : MAX_WHOLE_BYTES;
  const body = await readBody(response, limit);
  if (body !== null) return body;
  const reason =
    response.status === 206
      ? 'cannot be read: its server sends more than was asked for'
      : 'is on a server that ignores range requests: copy it to one that honours them';
  throw unavailable(name, reason, {});
}

/** Null beyond `limit` bytes. */
async function readBody(response: Response, limit: number): Promise<ArrayBuffer | null> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    total += chunk.byteLength;
    // Leaving the loop cancels the rest of the body.
    if (total > limit) return null;
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(total);
  let filled = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, filled);
    filled += chunk.byteLength;
  }
  return bytes.buffer;
}

function statusReason(status: number): string {
  if (status === 404 || status === 410) return 'does not exist on its server';
  if (status === 401 || status === 403) return 'may not be read: its server asks for other credentials';
  return `cannot be read: its server answers ${status}`;
}

function unavailable(
  name: string,
  reason: string,
  { status, cause }: { status?: number; cause?: unknown },
): GeoTiffError {
  const details = status === undefined ? { source: name } : { source: name, status };
  return new GeoTiffError('geotiff/source-unavailable', `${name} ${reason}`, { details, cause });
}

/** The last part of the path: queries carry signatures and credentials. */
function nameOf(address: URL): string {
  const last = address.pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(last) || address.host;
  } catch {
    return last; // a stray percent sign: shown as it is written
  }
}
