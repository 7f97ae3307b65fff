import { stat } from 'node:fs/promises';
import { type SidecarSuffix, sidecarName } from '@inlay/geotiff';
import type { Kysely } from 'kysely';
import pLimit from 'p-limit';
import type { SourceState, Tables } from '../db/tables.ts';

/** Probes at a time, and how long one may take. */
const CONCURRENCY = 32;
const PROBE_MS = 10_000;

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
    return { bytes: found.size, modifiedAt: found.mtime.toISOString(), etag: null };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return null;
    throw error;
  }
}

async function probeUrl(url: string, signal?: AbortSignal): Promise<SourceState | null> {
  const timeout = AbortSignal.timeout(PROBE_MS);
  const options = {
    method: 'HEAD',
    redirect: 'error',
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
  } as const;
  // An unreachable host is as good as a missing file; being told to stop is not.
  const response = await fetch(url, options).catch(() => {
    signal?.throwIfAborted();
    return null;
  });
  if (response === null || !response.ok) return null;
  const length = response.headers.get('content-length');
  return {
    bytes: length === null ? null : Number(length),
    modifiedAt: response.headers.get('last-modified'),
    etag: response.headers.get('etag'),
  };
}

export function sameState(a: SourceState, b: SourceState): boolean {
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
  const verdicts = await Promise.all(
    registered.map((source) =>
      limit(async () => {
        signal.throwIfAborted();
        const verdict = await compareState(source.location as string, source.source_state ?? {}, signal);
        return verdict === null ? [] : [`"${source.title}" ${verdict}`];
      }),
    ),
  );
  return verdicts.flat();
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
