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
  const length = response.status === 206 ? /\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1] : headers.get('content-length');
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
