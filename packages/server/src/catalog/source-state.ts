import { readdir, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { type SidecarSuffix, sidecarName } from '@inlay/geotiff';
import type { Kysely } from 'kysely';
import pLimit from 'p-limit';
import type { SourceState, Tables } from '../db/tables.ts';

/** Probes at a time, and how long one may take. */
const CONCURRENCY = 32;
const PROBE_MS = 10_000;

/** What may lie beside a local raster and change what it says. */
export const SIDECAR_SUFFIXES: readonly SidecarSuffix[] = [
  '.msk',
  '.msk.ovr',
  '.ovr',
  '.aux.xml',
  '.tfw',
  '.tifw',
  '.wld',
];

/** What a registered file or URL is now, without reading it; null where it is not there. */
export async function probeState(location: string, signal?: AbortSignal): Promise<SourceState | null> {
  return isUrl(location) ? await probeUrl(location, signal) : await probeFile(location);
}

export function isUrl(location: string): boolean {
  return /^https?:\/\//i.test(location);
}

async function probeFile(path: string): Promise<SourceState | null> {
  try {
    const found = await stat(path);
    if (!found.isFile()) return null;
    return { bytes: found.size, modifiedAt: found.mtime.toISOString(), etag: null };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== undefined && UNREADABLE.has(code)) return null;
    throw error;
  }
}

const UNREADABLE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG']);

async function probeUrl(url: string, signal?: AbortSignal): Promise<SourceState | null> {
  // Links that are signed for GET alone answer HEAD with a refusal, though their ranges can be read.
  const response = (await ask(url, 'HEAD', signal)) ?? (await ask(url, 'GET', signal));
  if (response === null) return null;
  const { headers } = response;
  const length =
    response.status === 206 ? /\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1] : headers.get('content-length');
  return {
    bytes: length == null ? null : Number(length),
    modifiedAt: headers.get('last-modified'),
    etag: headers.get('etag'),
  };
}

/** The headers of an answer that says the file is there; for GET, of its first byte. */
async function ask(url: string, method: 'HEAD' | 'GET', signal?: AbortSignal): Promise<Response | null> {
  const timeout = AbortSignal.timeout(PROBE_MS);
  try {
    const response = await fetch(url, {
      method,
      redirect: 'error',
      // Compressed on the way, its length would be another.
      headers: { 'accept-encoding': 'identity', ...(method === 'GET' ? { range: 'bytes=0-0' } : {}) },
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    await response.body?.cancel();
    return response.ok ? response : null;
  } catch {
    // An unreachable host is as good as a missing file; being told to stop is not.
    signal?.throwIfAborted();
    return null;
  }
}

/** Whether a raster and all of its sidecars are what they were. */
export function sameStates(
  a: Readonly<Record<string, SourceState>>,
  b: Readonly<Record<string, SourceState>>,
): boolean {
  const suffixes = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...suffixes].every((suffix) => {
    const [one, other] = [a[suffix], b[suffix]];
    return one !== undefined && other !== undefined && sameState(one, other);
  });
}

function sameState(a: SourceState, b: SourceState): boolean {
  return a.bytes === b.bytes && a.modifiedAt === b.modifiedAt && a.etag === b.etag;
}

/**
 * The rasters among `ids` that were registered in place and are no longer what the catalogue read, as sentences that
 * name them by title. Rasters in our own storage never change behind the catalogue's back and are not looked at.
 */
export async function findChangedSources(
  db: Kysely<Tables>,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const registered = await db
    .selectFrom('rasters')
    .innerJoin('datasets', 'datasets.id', 'rasters.dataset_id')
    .select(['datasets.title', 'rasters.location', 'rasters.source_state'])
    .where((eb) => eb('rasters.dataset_id', '=', eb.fn.any(eb.val([...ids]))))
    .where('rasters.location', 'is not', null)
    .execute();
  const limit = pLimit(CONCURRENCY);
  const listings = createListings();
  const verdicts = await Promise.all(
    registered.map((source) =>
      limit(async () => {
        signal.throwIfAborted();
        const location = source.location as string;
        const recorded = source.source_state ?? {};
        const verdict =
          (await compareState(location, recorded, signal)) ?? (await newMask(location, recorded, listings));
        return verdict === null ? [] : [`"${source.title}" ${verdict}`];
      }),
    ),
  );
  return verdicts.flat();
}

/** The names in a folder. */
type Listings = (folder: string) => Promise<ReadonlySet<string>>;

/** Lists every folder once, however many of its files are asked about. */
function createListings(): Listings {
  const listed = new Map<string, Promise<ReadonlySet<string>>>();
  return (folder) => {
    // A folder that may be passed through but not listed keeps what is new in it to itself.
    const names =
      listed.get(folder) ??
      readdir(folder).then(
        (found) => new Set(found),
        () => new Set<string>(),
      );
    listed.set(folder, names);
    return names;
  };
}

/**
 * A mask that was put beside a raster after it was registered: GDAL will honour it, the catalogue knows of none. New
 * overviews change no pixel, and a new `.aux.xml` is mostly the statistics of somebody who looked at the file.
 */
async function newMask(
  location: string,
  recorded: Readonly<Record<string, SourceState>>,
  listings: Listings,
): Promise<string | null> {
  if (isUrl(location) || recorded['.msk'] !== undefined) return null;
  const names = await listings(dirname(location));
  return names.has(sidecarName(basename(location), '.msk')) ? 'got a .msk file after it was registered' : null;
}

/** What differs, in words; null where the raster and its sidecars are as they were. */
async function compareState(
  location: string,
  recorded: Readonly<Record<string, SourceState>>,
  signal: AbortSignal,
): Promise<string | null> {
  for (const [suffix, state] of Object.entries(recorded)) {
    const place = suffix === '' ? location : sidecarName(location, suffix as SidecarSuffix);
    const now = await probeState(place, signal);
    const what = suffix === '' ? '' : ` (its ${suffix} file)`;
    if (now === null) return `cannot be found where it was registered${what}`;
    if (!sameState(now, state)) return `has changed since it was registered${what}`;
  }
  return null;
}
