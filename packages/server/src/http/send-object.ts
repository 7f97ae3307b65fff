import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ServerError } from '../error.ts';

// Clauses are RFC 9110's ("HTTP Semantics") where no other is named.

/** Bytes that can be sent in parts. */
export interface SendableObject {
  readonly bytes: number;
  /** Strong entity tag, its quotes included (8.8.3). */
  readonly etag: string;
  /** Null where it is not known. */
  readonly lastModified: Date | null;
  readonly contentType: string;
  /** What a browser should save it as; any text, made safe here. */
  readonly filename: string;
  /** Bytes `start` to `end`, 0-based, both included. Called once, and only where bytes are sent. */
  readonly stream: (start: number, end: number) => Readable | Promise<Readable>;
}

/**
 * Answers GET or HEAD with an object: whole, one range of it, or 304. Of several ranges the whole is sent, which
 * 14.2 leaves to the server; GDAL and browsers ask for one at a time. Set Cache-Control before.
 *
 * @throws ServerError `precondition_failed`, or `range_not_satisfiable` with Content-Range set on the reply
 */
export async function sendObject(
  request: FastifyRequest,
  reply: FastifyReply,
  object: SendableObject,
): Promise<FastifyReply> {
  const headers = request.headers;
  const outcome = evaluatePreconditions(headers, object);
  if (outcome === 'failed') {
    throw new ServerError(
      'precondition_failed',
      'The file is another version than the one the request names. Fetch it anew.',
    );
  }
  reply.header('accept-ranges', 'bytes');
  if (outcome === 'not-modified') return await reply.headers(validators(object)).code(304).send();

  // 14.2: range handling is defined for GET alone.
  const isRangeWanted = request.method === 'GET' && ifRangeHolds(headers['if-range'], object, Date.now());
  const range = isRangeWanted ? requestedRange(headers.range, object.bytes) : null;
  if (range === 'unsatisfiable') {
    reply.header('content-range', `bytes */${object.bytes}`); // 15.5.17
    throw new ServerError(
      'range_not_satisfiable',
      `The file has ${object.bytes} bytes; the range asked for begins behind them.`,
    );
  }

  const [start, end] = range ?? [0, object.bytes - 1];
  reply
    .headers(validators(object))
    .code(range === null ? 200 : 206)
    .header('content-length', end - start + 1)
    .header('content-disposition', contentDisposition(object.filename))
    .type(object.contentType);
  if (range !== null) reply.header('content-range', `bytes ${start}-${end}/${object.bytes}`);
  // Fastify sets Content-Length to 0 for an empty payload, but leaves it alone for a stream.
  const isEmpty = request.method === 'HEAD' || end < start;
  return await reply.send(isEmpty ? Readable.from([]) : await object.stream(start, end));
}

function validators({ etag, lastModified }: SendableObject): Record<string, string> {
  return { etag, ...(lastModified === null ? {} : { 'last-modified': lastModified.toUTCString() }) };
}

type Headers = FastifyRequest['headers'];

/** The preconditions in the order of 13.2.2. */
export function evaluatePreconditions(
  headers: Headers,
  object: Pick<SendableObject, 'etag' | 'lastModified'>,
): 'none' | 'failed' | 'not-modified' {
  const modified = object.lastModified === null ? null : wholeSeconds(object.lastModified.getTime());
  const ifMatch = headers['if-match'];
  const unmodifiedSince = httpDate(headers['if-unmodified-since']);
  if (ifMatch !== undefined) {
    if (!listsTag(ifMatch, object.etag, 'strong')) return 'failed'; // 13.1.1
  } else if (unmodifiedSince !== null && modified !== null && modified > unmodifiedSince) {
    return 'failed'; // 13.1.4
  }
  const ifNoneMatch = headers['if-none-match'];
  const modifiedSince = httpDate(headers['if-modified-since']);
  if (ifNoneMatch !== undefined) return listsTag(ifNoneMatch, object.etag, 'weak') ? 'not-modified' : 'none'; // 13.1.2
  if (modifiedSince !== null && modified !== null && modified <= modifiedSince) return 'not-modified'; // 13.1.3
  return 'none';
}

/** Whether a list of entity tags, or `*`, names this one (8.8.3.2). */
function listsTag(list: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (list.trim() === '*') return true;
  const tags = list.match(/(?:W\/)?"[^"]*"/g) ?? [];
  return tags.some((tag) => tag === etag || (comparison === 'weak' && tag === `W/${etag}`));
}

/** 13.1.5: a range is only meant for the version the client has part of. */
export function ifRangeHolds(
  value: string | string[] | undefined,
  object: Pick<SendableObject, 'etag' | 'lastModified'>,
  nowMs: number,
): boolean {
  if (value === undefined) return true;
  if (typeof value !== 'string') return false;
  if (value.includes('"')) return value.trim() === object.etag;
  const date = httpDate(value);
  if (date === null || object.lastModified === null) return false;
  const modified = wholeSeconds(object.lastModified.getTime());
  // 8.8.2.2: a date is a strong validator only where the second is over in which a further change would have the same.
  return date === modified && nowMs - modified >= 1000;
}

/**
 * The one range to send, as first and last byte; null where the whole is to be sent: no Range, another unit, a
 * malformed or multiple one (14.2 lets a server ignore it).
 */
export function requestedRange(header: string | undefined, bytes: number): [number, number] | 'unsatisfiable' | null {
  const match = /^bytes=\s*(?:(\d+)-(\d*)|-(\d+))\s*$/i.exec(header ?? '');
  if (match === null) return null;
  const [, first, last, suffix] = match;
  if (suffix !== undefined) {
    if (Number(suffix) === 0) return 'unsatisfiable';
    return bytes === 0 ? null : [Math.max(0, bytes - Number(suffix)), bytes - 1];
  }
  const start = Number(first);
  const end = last === '' ? Infinity : Number(last);
  if (end < start) return null; // 14.1.1: such a range is invalid
  return start >= bytes ? 'unsatisfiable' : [start, Math.min(end, bytes - 1)];
}

function httpDate(value: string | undefined): number | null {
  const time = value === undefined ? NaN : Date.parse(value);
  return Number.isNaN(time) ? null : time;
}

/** HTTP dates have no fractions (5.6.7). */
function wholeSeconds(timeMs: number): number {
  return Math.floor(timeMs / 1000) * 1000;
}

const MAX_FILENAME_LENGTH = 150;

/** Content-Disposition (RFC 6266) for saving under `filename`: an ASCII form for all, and its own in RFC 8187's. */
export function contentDisposition(filename: string): string {
  const safe = safeFilename(filename);
  const ascii = safe.replace(/[^\x20-\x7e]|["%\\]/gu, '_');
  const extended = encodeURIComponent(safe).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"${ascii === safe ? '' : `; filename*=UTF-8''${extended}`}`;
}

/** No folders, no control characters, no hidden file, not too long; the extension survives the cut. */
function safeFilename(filename: string): string {
  const printable = filename
    .normalize('NFC')
    .replace(/\p{Surrogate}/gu, '\uFFFD')
    .replace(/[\p{Cc}\p{Cf}/\\:*?<>|]/gu, '_')
    .trim()
    .replace(/^\.+/, '_');
  const characters = Array.from(printable); // code points: a surrogate pair stays whole
  if (characters.length <= MAX_FILENAME_LENGTH) return printable === '' ? 'download' : printable;
  const extension = /(?:\.[A-Za-z0-9]{1,8}){1,2}$/.exec(printable)?.[0] ?? '';
  return characters.slice(0, MAX_FILENAME_LENGTH - extension.length).join('') + extension;
}
