import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { httpSource, type SidecarSuffix, sidecarName } from '@inlay/geotiff';
import { ServerError } from '../error.ts';
import type { SendableObject } from '../http/send-object.ts';
import type { Storage } from '../storage/storage.ts';
import type { DatasetRow } from './dataset-store.ts';
import { allowedPlace, type SourceRoots } from './source-roots.ts';
import { isUrl, probeState } from './source-state.ts';

export interface BytesDeps {
  readonly storage: Storage;
  readonly sourceRoots: SourceRoots;
}

/** How much is asked of another server at a time. */
const REMOTE_CHUNK = 1024 * 1024;

/**
 * The bytes of a raster, or of a sidecar beside it, wherever they lie; null where there is no such file.
 *
 * @throws ServerError `source_unavailable` where they cannot be read (any more)
 */
export async function rasterBytes(
  deps: BytesDeps,
  row: DatasetRow,
  suffix: '' | SidecarSuffix,
  signal: AbortSignal,
): Promise<SendableObject | null> {
  if (suffix !== '' && !row.sidecars.includes(suffix)) return null;
  const filename = `${row.title.replace(/\.tiff?$/i, '')}.tif${suffix}`;
  if (row.object_key !== null) return await storedBytes(deps.storage, row, filename);
  const place = await allowedPlace(row.location ?? '', deps.sourceRoots);
  if (!place.ok) throw unavailable(row);
  const location = suffix === '' ? place.location : sidecarName(place.location, suffix);
  const state = await probeState(location, signal);
  if (state === null || state.bytes === null) throw unavailable(row);
  const etag =
    state.etag ?? `"${createHash('sha256').update(`${state.bytes} ${state.modifiedAt}`).digest('hex').slice(0, 32)}"`;
  return {
    bytes: state.bytes,
    etag,
    lastModified: state.modifiedAt === null ? null : new Date(state.modifiedAt),
    contentType: 'image/tiff',
    filename,
    stream: (start, end) =>
      isUrl(location)
        ? Readable.from(remoteChunks(location, start, end, signal))
        : createReadStream(location, { start, end }),
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

async function* remoteChunks(url: string, start: number, end: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const source = httpSource(url);
  for (let offset = start; offset <= end; offset += REMOTE_CHUNK) {
    yield new Uint8Array(await source.fetch(offset, Math.min(REMOTE_CHUNK, end + 1 - offset), { signal }));
  }
}

function unavailable(row: DatasetRow): ServerError {
  return new ServerError(
    'source_unavailable',
    `The file behind "${row.title}" cannot be read where it was registered.`,
  );
}
