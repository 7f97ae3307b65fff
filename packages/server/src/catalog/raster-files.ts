import {
  fileSource,
  GeoTiffError,
  httpSource,
  localRasterFiles,
  type RasterFiles,
  sidecarName,
  singleFile,
  type Source,
} from '@inlay/geotiff';
import type { Storage } from '../storage/storage.ts';
import type { SourceState } from '../db/tables.ts';
import type { ObjectLinks } from '../s3/object-links.ts';
import { objectSource } from '../s3/object-source.ts';
import { allowedPlace, isLocal, isUrl, type SourceAccess } from './source-roots.ts';

/**
 * A stored raster as the reader wants it: by its path where the storage has one, else by ranges.
 *
 * @param name what messages call it, in place of its key
 */
export async function storedRasterFiles(storage: Storage, key: string, name: string): Promise<RasterFiles> {
  const path = storage.localPath(key);
  return singleFile(path === null ? await storageSource(storage, key, name) : { ...(await fileSource(path)), name });
}

async function storageSource(storage: Storage, key: string, name: string): Promise<Source> {
  const found = await storage.stat(key);
  const size = found?.bytes ?? 0;
  return {
    name,
    size,
    async fetch(offset, length, options) {
      const end = Math.min(offset + length, size);
      if (offset >= end) return new ArrayBuffer(0);
      const bytes = new Uint8Array(end - offset);
      let filled = 0;
      const range = {
        start: offset,
        end: end - 1,
        ...(options?.signal === undefined ? {} : { signal: options.signal }),
      };
      for await (const chunk of await storage.get(key, range)) {
        bytes.set(chunk as Uint8Array, filled);
        filled += (chunk as Uint8Array).byteLength;
      }
      return bytes.buffer;
    },
    close: () => Promise.resolve(),
  };
}

/**
 * A registered raster as the reader wants it. The caller has made sure that the place may be read; sidecars that are
 * links to where nothing may be read from are not there. Of a bucket, none is searched for but what was found there when
 * the raster was registered, and no other version is read than that one.
 *
 * @param states of the raster and its sidecars, by suffix
 */
export async function locationFiles(
  location: string,
  states: Readonly<Record<string, SourceState>>,
  { sourceRoots: roots, objectLinks }: SourceAccess,
): Promise<RasterFiles> {
  if (isUrl(location)) return singleFile(registeredUrl(location));
  if (!isLocal(location)) return objectFiles(location, states, objectLinks);
  const files = await localRasterFiles(location);
  return {
    main: files.main,
    async sibling(suffix, options) {
      const place = await allowedPlace(sidecarName(location, suffix), roots);
      return place.ok ? await files.sibling(suffix, options) : null;
    },
  };
}

function objectFiles(location: string, states: Readonly<Record<string, SourceState>>, links: ObjectLinks): RasterFiles {
  return {
    main: objectSource(location, links, states['']?.etag ?? null),
    async sibling(suffix) {
      const state = states[suffix];
      return state === undefined ? null : objectSource(sidecarName(location, suffix), links, state.etag);
    },
  };
}

/** The bytes behind a registered URL, from there alone: where it redirects to was never allowed. */
export function registeredUrl(url: string): Source {
  return httpSource(url, {
    async fetch(target, init) {
      const response = await fetch(target, { ...init, redirect: 'manual' });
      if (response.status < 300 || response.status > 399) return response;
      await response.body?.cancel();
      throw new GeoTiffError(
        'geotiff/source-unavailable',
        'its server redirects to another place; register the URL that it redirects to',
      );
    },
  });
}
