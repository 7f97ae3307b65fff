import type { ImageFormat } from '@inlay/contract';
import { encodePicture, IMAGE_MEDIA_TYPES, type PictureGrid, type RenderOptions } from '@inlay/tiler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { Visibility } from '../db/tables.ts';
import { notGeoreferenced } from '../pixels/map-place.ts';
import type { DrawnPicture } from '../pixels/pictures.ts';
import type { PictureShape } from '../pixels/pixel-task.ts';
import type { PixelRow } from '../pixels/pixel-store.ts';
import type { RasterSource } from '../pixels/raster-source.ts';
import { pictureKey } from '../pixels/render-key.ts';
import { ANSWERED } from './bind.ts';
import { cacheFor } from './caching.ts';
import type { PixelsDeps } from './pixel-calls.ts';
import { evaluatePreconditions } from './send-object.ts';

/** A picture that a call asks for. */
export interface WantedPicture {
  readonly row: PixelRow;
  readonly source: RasterSource;
  readonly options: RenderOptions;
  readonly picture: PictureGrid;
  readonly format: ImageFormat;
  readonly shape?: PictureShape;
  /** What is sent where the dataset is not: nothing (204), or a transparent picture. */
  readonly empty: '204' | 'image';
  /** The version that the caller's URL names. */
  readonly version: string | undefined;
}

export interface PictureCall {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly signal: AbortSignal;
}

/**
 * Answers with a picture, or with 304 before a pixel is read, or with 204 where the dataset is not.
 * @throws ValidationError, ServerError
 */
export async function sendPicture(
  deps: PixelsDeps,
  call: PictureCall,
  wanted: WantedPicture,
): Promise<typeof ANSWERED> {
  const { request, reply, signal } = call;
  const { row, source, options, picture, shape = null, empty } = wanted;
  const format = wanted.format === 'jpeg' ? 'jpg' : wanted.format;
  const fileState = await deps.sourceWatch.stateOf(source);
  const key = pictureKey({ sourceKey: source.key, fileState, options, picture, format, shape });
  const headers = {
    etag: empty === 'image' ? `"${key}-i"` : `"${key}"`,
    'cache-control': cacheForVersion(row.visibility, wanted.version === source.key),
  };
  if (evaluatePreconditions(request.headers, { etag: headers.etag, lastModified: null }) === 'not-modified') {
    reply.headers(headers).code(304).send();
    return ANSWERED;
  }
  const drawn = await deps.pictures.draw({ key, source, options, picture, format, shape }, signal);
  const { answer } = drawn;
  reply.header('server-timing', serverTiming(drawn));
  if (answer.kind === 'unplaceable')
    throw notGeoreferenced(`"${source.name}" cannot be shown there: ${answer.reason}.`);
  if (answer.kind === 'outside' && empty === '204') {
    reply.headers(headers).code(204).send();
    return ANSWERED;
  }
  if (answer.kind === 'outside') {
    reply
      .headers(headers)
      .type(IMAGE_MEDIA_TYPES[format])
      .send(Buffer.from(await blankPicture(picture, format)));
    return ANSWERED;
  }
  const { problems } = answer.read;
  if (problems.length > 0) {
    tellOfDamage(deps, source, problems);
    // What is missing may be back in a moment: nobody is to keep this.
    reply.header('degraded', `problems=${problems.length}`).header('cache-control', 'no-store');
  } else {
    reply.headers(headers);
  }
  const { buffer, byteOffset, byteLength } = answer.bytes;
  reply.type(IMAGE_MEDIA_TYPES[format]).send(Buffer.from(buffer, byteOffset, byteLength));
  return ANSWERED;
}

/**
 * Caches may keep public pixels for an hour where their URL names the present version, which nobody can foresee; all else
 * is asked about each time.
 */
function cacheForVersion(visibility: Visibility, isPresentVersion: boolean): string {
  return visibility === 'public' && isPresentVersion ? 'public, max-age=3600' : cacheFor(visibility);
}

/** How the picture was come by (W3C Server Timing): steps in milliseconds, and what was read. */
function serverTiming({ answer, provenance, totalMs, recipeMs }: DrawnPicture): string {
  const metrics = [`picture;desc="${provenance}";dur=${totalMs.toFixed(1)}`];
  if (provenance !== 'made' || answer.kind !== 'picture') return metrics[0] as string;
  if (recipeMs !== null) metrics.push(`recipe;dur=${recipeMs.toFixed(1)}`);
  for (const [stage, ms] of Object.entries(answer.stages)) metrics.push(`${stage};dur=${ms.toFixed(1)}`);
  const { blocksRead, blocksHeld, reads, readBytes, fetchMs, decodeMs, problems } = answer.read;
  metrics.push(`blocks;desc="${blocksRead} read, ${blocksHeld} held"`);
  if (blocksRead > 0) {
    metrics.push(`fetch;desc="${reads} reads, ${readBytes} bytes";dur=${fetchMs.toFixed(1)}`);
    metrics.push(`decode;dur=${decodeMs.toFixed(1)}`);
  }
  if (problems.length > 0) metrics.push('degraded');
  return metrics.join(', ');
}

/** Damage of one raster is told once a minute, not once a tile. */
const told = new LRUCache<string, true>({ max: 1000, ttl: 60_000 });

function tellOfDamage({ log }: PixelsDeps, source: RasterSource, problems: readonly string[]): void {
  if (told.has(source.key)) return;
  told.set(source.key, true);
  log.warn(
    { datasetId: source.datasetId, problems: problems.slice(0, 3) },
    'a picture was served without parts that cannot be read',
  );
}

/** There are few sizes and formats of tiles, and one blank picture of each. */
const blanks = new LRUCache<string, Promise<Uint8Array<ArrayBuffer>>>({ max: 16 });

function blankPicture(
  { grid: { width, height } }: PictureGrid,
  format: 'png' | 'webp' | 'jpg',
): Promise<Uint8Array<ArrayBuffer>> {
  const key = `${width}x${height}.${format}`;
  let blank = blanks.get(key);
  if (blank === undefined) {
    const data = new Uint8Array(2 * width * height);
    blank = encodePicture({ layout: 'pixel-interleaved', width, height, channels: 2, data }, { format, isFlat: true });
    blanks.set(key, blank);
  }
  return blank;
}
