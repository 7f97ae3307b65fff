import { GeoTiffError, type SidecarSuffix, sidecarName } from '@inlay/geotiff';
import type { SourceState } from '../db/tables.ts';
import { listObjects } from '../s3/list-objects.ts';
import { objectLocation, type ObjectPlace, parseObject } from '../s3/object-place.ts';
import type { Buckets } from '../s3/object-links.ts';
import { lookAtObject } from '../s3/object-source.ts';
import { TIFF_NAME } from './list-rasters.ts';
import { SIDECAR_SUFFIXES, stateOfObject } from './source-state.ts';

/** A raster of a bucket, with what lies beside it. */
export interface BucketRaster {
  readonly location: string;
  /** Of the raster and its sidecars, by suffix (its own is empty). */
  readonly states: Readonly<Record<string, SourceState>>;
}

/** A raster of the list whose sidecars may still come. */
interface Pending {
  readonly key: string;
  readonly stem: string;
  readonly states: Record<string, SourceState>;
}

/** They take the place of the extension, and so may come before the raster. */
const WORLD_SUFFIXES = new Set<SidecarSuffix>(['.tfw', '.tifw', '.wld']);

/**
 * GeoTIFFs of a bucket whose keys begin with the key of `place`, by key, some for each page of the list. Of the list no
 * more is kept than a raster's name has in common with those of its sidecars: what begins with `a.` lies side by side.
 *
 * @throws GeoTiffError `geotiff/source-unavailable` where the bucket cannot be listed
 */
export async function* listBucketRasters(
  buckets: Pick<Buckets, 'listRequest'>,
  place: ObjectPlace,
  signal: AbortSignal,
): AsyncGenerator<readonly BucketRaster[]> {
  let pending: Pending[] = [];
  let worldFiles: { stem: string; suffix: SidecarSuffix; state: SourceState }[] = [];
  const finished = ({ key, states }: Pending): BucketRaster => ({
    location: objectLocation({ bucket: place.bucket, key }),
    states,
  });
  for await (const page of listObjects(buckets, place, signal)) {
    const ready: BucketRaster[] = [];
    for (const { key, bytes, etag } of page) {
      const state = stateOfObject({ bytes, etag });
      if (pending.some(({ stem }) => !key.startsWith(stem))) {
        ready.push(...pending.filter(({ stem }) => !key.startsWith(stem)).map(finished));
        pending = pending.filter(({ stem }) => key.startsWith(stem));
      }
      worldFiles = worldFiles.filter(({ stem }) => key.startsWith(stem));
      if (TIFF_NAME.test(key)) {
        const stem = stemOf(key);
        const known = worldFiles.filter((file) => file.stem === stem).map((file) => [file.suffix, file.state] as const);
        pending.push({ key, stem, states: { '': state, ...Object.fromEntries(known) } });
        continue;
      }
      const world = [...WORLD_SUFFIXES].find((suffix) => key.endsWith(suffix));
      if (world !== undefined) worldFiles.push({ stem: stemOf(key), suffix: world, state });
      for (const raster of pending) {
        const suffix = SIDECAR_SUFFIXES.find((each) => key === sidecarName(raster.key, each));
        if (suffix !== undefined) raster.states[suffix] = state;
      }
    }
    yield ready;
  }
  yield pending.map(finished);
}

/** `folder/a.` of `folder/a.tif`: what its name and those of all sidecars begin with. */
function stemOf(key: string): string {
  return sidecarName(key, '.wld').slice(0, -'wld'.length);
}

/** Beyond so many objects that begin alike, asking for each sidecar is less work. */
const MAX_PAGES = 2;

/**
 * An object of a bucket and its sidecars, as they are now: by one list, or by asking for each where the bucket may be read
 * but not listed.
 *
 * @returns null where there is no such object
 * @throws GeoTiffError `geotiff/source-unavailable` where its store does not say; the signal's reason when aborted
 */
export async function statesInBucket(
  buckets: Buckets,
  location: string,
  signal: AbortSignal,
): Promise<Record<string, SourceState> | null> {
  return (await statesByList(buckets, location, signal)) ?? (await statesOneByOne(buckets, location, signal));
}

async function statesByList(
  buckets: Buckets,
  location: string,
  signal: AbortSignal,
): Promise<Record<string, SourceState> | null> {
  const place = parseObject(location);
  if (typeof place === 'string') return null;
  const stem = stemOf(place.key);
  const prefix = { bucket: place.bucket, key: place.key.startsWith(stem) ? stem : place.key };
  const suffixes = new Map(SIDECAR_SUFFIXES.map((suffix) => [sidecarName(place.key, suffix), suffix as string]));
  suffixes.set(place.key, '');
  const states: Record<string, SourceState> = {};
  let pages = 0;
  try {
    for await (const page of listObjects(buckets, prefix, signal)) {
      pages += 1;
      if (pages > MAX_PAGES) return null;
      for (const object of page) {
        const suffix = suffixes.get(object.key);
        if (suffix !== undefined) states[suffix] = stateOfObject(object);
      }
    }
  } catch (error) {
    if (error instanceof GeoTiffError) return null;
    throw error;
  }
  // Not in the list: asking for it tells why.
  return states[''] === undefined ? null : states;
}

async function statesOneByOne(
  links: Buckets,
  location: string,
  signal: AbortSignal,
): Promise<Record<string, SourceState> | null> {
  const own = await lookAtObject(location, links, signal);
  if (own === 'absent') return null;
  const beside = await Promise.all(
    SIDECAR_SUFFIXES.map(async (suffix): Promise<(readonly [string, SourceState])[]> => {
      const found = await lookOrNothing(links, sidecarName(location, suffix), signal);
      return found === null ? [] : [[suffix, found]];
    }),
  );
  return { '': stateOfObject(own), ...Object.fromEntries(beside.flat()) };
}

/** Who may not list a bucket is told "forbidden" of what is not there (S3 API Reference, GetObject). */
async function lookOrNothing(links: Buckets, location: string, signal: AbortSignal): Promise<SourceState | null> {
  try {
    const found = await lookAtObject(location, links, signal);
    return found === 'absent' ? null : stateOfObject(found);
  } catch (error) {
    if (error instanceof GeoTiffError && error.details['status'] === 403) return null;
    if (error instanceof GeoTiffError && error.details['status'] === undefined) return null;
    throw error;
  }
}
