import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { type SidecarSuffix, sidecarName, type Source } from '@inlay/geotiff';
import { mediaTypeOf } from '../conversion/formats.ts';
import type { SourceState } from '../db/tables.ts';
import { ServerError } from '../error.ts';
import type { SendableObject } from '../http/send-object.ts';
import type { Storage } from '../storage/storage.ts';
import type { DatasetRow } from './dataset-store.ts';
import { registeredUrl } from './raster-files.ts';
import { objectSource } from '../s3/object-source.ts';
import { allowedPlace, isLocal, isUrl, type SourceAccess } from './source-roots.ts';
import { probeState, sameStates } from './source-state.ts';

export interface BytesDeps extends SourceAccess {
  readonly storage: Storage;
}

/** How much is asked of another server at a time. */
const REMOTE_CHUNK = 1024 * 1024;

/**
 * The bytes of a raster, or of a sidecar beside it, wherever they lie; null where there is no such file.
 *
 * @param isPinned whether only the bytes will do that the catalogue has read
 * @throws ServerError `source_unavailable` where they cannot be read (any more), `source_changed` where they are others
 */
export async function rasterBytes(
  deps: BytesDeps,
  row: DatasetRow,
  suffix: '' | SidecarSuffix,
  signal: AbortSignal,
  { isPinned = false }: { readonly isPinned?: boolean } = {},
): Promise<SendableObject | null> {
  if (suffix !== '' && !row.sidecars.includes(suffix)) return null;
  const filename = `${row.title.replace(/\.tiff?$/i, '')}.tif${suffix}`;
  if (row.object_key !== null) return await storedBytes(deps.storage, row, filename);
  const registered = row.location ?? '';
  const place = await allowedPlace(suffix === '' ? registered : sidecarName(registered, suffix), deps.sourceRoots);
  if (!place.ok) throw unavailable(row);
  const { location } = place;
  const state = await probeState(location, deps.objectLinks, signal);
  if (state === null || state.bytes === null) throw unavailable(row);
  const recorded = row.source_state?.[suffix];
  if (isPinned && (recorded === undefined || !sameStates({ '': recorded }, { '': state }))) {
    throw new ServerError(
      'source_changed',
      `The file behind "${row.title}" has changed since it was registered. Refresh it: POST /api/datasets/{id}/refresh.`,
    );
  }
  return {
    bytes: state.bytes,
    etag: strongTag(state),
    lastModified: dateOf(state.modifiedAt),
    contentType: 'image/tiff',
    filename,
    stream: (start, end) =>
      isLocal(location)
        ? createReadStream(location, { start, end })
        : Readable.from(remoteChunks(remoteSource(deps, location, state), start, end, signal)),
  };
}

/** The bytes of the file as it was uploaded; null where nothing else is served, or it was not kept. */
export async function originalBytes(storage: Storage, row: DatasetRow): Promise<SendableObject | null> {
  const { original } = row;
  if (original === null) return null;
  const found = await storage.stat(original.key);
  if (found === null) throw unavailable(row);
  return {
    bytes: found.bytes,
    etag: `"${original.sha256}"`,
    lastModified: found.modifiedAt,
    contentType: mediaTypeOf(original.format),
    filename: original.filename,
    stream: (start, end) => storage.get(original.key, { start, end }),
  };
}

async function storedBytes(storage: Storage, row: DatasetRow, filename: string): Promise<SendableObject> {
  const key = row.object_key as string;
  const found = await storage.stat(key);
  if (found === null) throw unavailable(row);
  return {
    bytes: found.bytes,
    etag: `"${row.checksum ?? found.etag}"`,
    lastModified: found.modifiedAt,
    contentType: 'image/tiff',
    filename,
    stream: (start, end) => storage.get(key, { start, end }),
  };
}

/** Of a bucket, what has the ETag that is sent. */
function remoteSource({ objectLinks }: SourceAccess, location: string, { etag }: SourceState): Source {
  return isUrl(location) ? registeredUrl(location) : objectSource(location, objectLinks, etag);
}

async function* remoteChunks(
  source: Source,
  start: number,
  end: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (let offset = start; offset <= end; offset += REMOTE_CHUNK) {
    yield new Uint8Array(await source.fetch(offset, Math.min(REMOTE_CHUNK, end + 1 - offset), { signal }));
  }
}

/** The tag of the server that the file lies on, where that is a strong one (RFC 9110, 8.8.3), else one of our own. */
function strongTag({ bytes, modifiedAt, etag }: SourceState): string {
  if (etag !== null && /^"[\x21\x23-\x7e]*"$/.test(etag)) return etag;
  const hash = createHash('sha256').update(`${bytes} ${modifiedAt} ${etag}`).digest('hex');
  return `"${hash.slice(0, 32)}"`;
}

function dateOf(text: string | null): Date | null {
  const time = text === null ? NaN : Date.parse(text);
  return Number.isNaN(time) ? null : new Date(time);
}

function unavailable(row: DatasetRow): ServerError {
  return new ServerError(
    'source_unavailable',
    `The file behind "${row.title}" cannot be read where it was registered.`,
  );
}
