import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { GeoTiffError, type SidecarSuffix, sidecarName } from '@inlay/geotiff';
import pLimit from 'p-limit';
import type { SourceState } from '../db/tables.ts';
import type { ObjectLinks } from '../s3/object-links.ts';
import { lookAtObject, type ObjectState } from '../s3/object-source.ts';
import { isLocal, isUrl } from './source-roots.ts';
import { ABSENT, type FileStates, isAbsence, statFiles } from './stat-files.ts';

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

/** What a registered file, URL or object is now, without reading it; null where it is not there. */
export async function probeState(
  location: string,
  links: ObjectLinks,
  signal?: AbortSignal,
): Promise<SourceState | null> {
  return isLocal(location) ? await probeFile(location) : await probeRemote(location, links, signal);
}

async function probeFile(path: string): Promise<SourceState | null> {
  return stateAt(await statFiles([path]), 0);
}

/** One of the files that were looked at; null where it is not there. */
export function stateAt({ bytes, modifiedMs }: FileStates, index: number): SourceState | null {
  const size = bytes[index] ?? ABSENT;
  if (size === ABSENT) return null;
  return { bytes: size, modifiedAt: new Date(modifiedMs[index] ?? ABSENT).toISOString(), etag: null };
}

async function probeRemote(location: string, links: ObjectLinks, signal?: AbortSignal): Promise<SourceState | null> {
  const found = await lookAtRemote(location, links, signal);
  // An unreachable host is as good as a missing file.
  return typeof found === 'object' ? found : null;
}

/** {@link lookAtUrl}, for objects of buckets as well. */
export async function lookAtRemote(
  location: string,
  links: ObjectLinks,
  signal?: AbortSignal,
): Promise<SourceState | 'absent' | 'unreachable'> {
  if (isUrl(location)) return await lookAtUrl(location, signal);
  try {
    const found = await lookAtObject(location, links, signal);
    return found === 'absent' ? found : stateOfObject(found);
  } catch (error) {
    if (!(error instanceof GeoTiffError)) throw error;
    return 'unreachable';
  }
}

/** An object's ETag is of its contents, or new with each upload: when that was says no more (S3 API Reference, Object). */
export function stateOfObject({ bytes, etag }: ObjectState): SourceState {
  return { bytes, modifiedAt: null, etag };
}

/**
 * What is behind a URL now: its state; `absent` where its server says that there is nothing; `unreachable` where the server
 * does not say, or does not answer.
 */
export async function lookAtUrl(url: string, signal?: AbortSignal): Promise<SourceState | 'absent' | 'unreachable'> {
  // Links that are signed for GET alone answer HEAD with a refusal, though their ranges can be read.
  const head = await ask(url, 'HEAD', signal);
  const response = head?.ok === true ? head : await ask(url, 'GET', signal);
  if (response === null) return 'unreachable';
  if (!response.ok) return response.status === 404 || response.status === 410 ? 'absent' : 'unreachable';
  const { headers } = response;
  const length =
    response.status === 206 ? /\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1] : headers.get('content-length');
  return {
    bytes: length == null ? null : Number(length),
    modifiedAt: headers.get('last-modified'),
    etag: headers.get('etag'),
  };
}

/** The headers of an answer, for GET to a request for its first byte; null where there is none. */
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
    return response;
  } catch {
    // No answer is an answer, too; being told to stop is not.
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

/** Where a registered raster lies, and what it and its sidecars were when it was read, by suffix (its own is empty). */
export interface RegisteredPlace {
  readonly location: string;
  readonly states: Readonly<Record<string, SourceState>>;
}

/** A source as messages name it. */
interface NamedSource {
  readonly label: string;
  readonly registered: RegisteredPlace | null;
}

/**
 * The sources that were registered in place and are no longer what the catalogue read, as sentences. Rasters in our own
 * storage never change behind the catalogue's back and are not looked at.
 */
export async function findChangedSources(
  sources: readonly NamedSource[],
  links: ObjectLinks,
  signal: AbortSignal,
): Promise<string[]> {
  const parts = sources.flatMap((source) =>
    Object.entries(source.registered?.states ?? {}).map(([suffix, recorded]) => partOf(source, suffix, recorded)),
  );
  const verdicts = new Map<NamedSource, string>();
  for (const [part, now] of [
    ...(await statesOfFiles(parts, signal)),
    ...(await statesOfRemote(parts, links, signal)),
  ]) {
    const verdict = compareState(part, now);
    if (verdict !== null && !verdicts.has(part.source)) verdicts.set(part.source, verdict);
  }
  for (const source of await withNewMask(sources)) {
    if (!verdicts.has(source)) verdicts.set(source, 'got a .msk file after it was registered');
  }
  return Array.from(verdicts, ([{ label }, verdict]) => `"${label}" ${verdict}`);
}

/**
 * Whether local files of registered rasters, or recorded files beside them, are no longer what the catalogue read: for
 * each place. URLs and buckets are not asked.
 */
export async function changedOnDisk(places: readonly RegisteredPlace[], signal: AbortSignal): Promise<boolean[]> {
  const sources = places.map((registered) => ({ label: '', registered }));
  const parts = sources.flatMap((source) =>
    Object.entries(source.registered.states).map(([suffix, recorded]) => partOf(source, suffix, recorded)),
  );
  const changed = new Set<NamedSource>();
  for (const [part, now] of await statesOfFiles(parts, signal)) {
    if (compareState(part, now) !== null) changed.add(part.source);
  }
  return sources.map((source) => changed.has(source));
}

/** A file of a registered raster, or the raster itself, and what was recorded of it. */
interface Part {
  readonly source: NamedSource;
  /** Empty for the raster itself. */
  readonly suffix: string;
  readonly place: string;
  readonly recorded: SourceState;
}

function partOf(source: NamedSource, suffix: string, recorded: SourceState): Part {
  const location = source.registered?.location ?? '';
  const place = suffix === '' ? location : sidecarName(location, suffix as SidecarSuffix);
  return { source, suffix, recorded, place };
}

type PartState = readonly [part: Part, now: SourceState | null];

async function statesOfFiles(parts: readonly Part[], signal: AbortSignal): Promise<PartState[]> {
  const local = parts.filter(({ place }) => isLocal(place));
  const states = await statFiles(
    local.map(({ place }) => place),
    signal,
  );
  return local.map((part, index) => [part, stateAt(states, index)]);
}

async function statesOfRemote(parts: readonly Part[], links: ObjectLinks, signal: AbortSignal): Promise<PartState[]> {
  const limit = pLimit(CONCURRENCY);
  const remote = parts.filter(({ place }) => !isLocal(place));
  return await Promise.all(
    remote.map((part) =>
      limit(async (): Promise<PartState> => {
        signal.throwIfAborted();
        return [part, await probeRemote(part.place, links, signal)];
      }),
    ),
  );
}

/** What differs, in words; null where the file is as it was. */
function compareState({ suffix, recorded }: Part, now: SourceState | null): string | null {
  const what = suffix === '' ? '' : ` (its ${suffix} file)`;
  if (now === null) return `cannot be found where it was registered${what}`;
  return sameState(now, recorded) ? null : `has changed since it was registered${what}`;
}

/** From so many rasters on, listing their folders is quicker than looking for each mask; a folder may hold 100,000. */
const LISTED_FROM = 100;

async function withMaskNow(sources: readonly NamedSource[]): Promise<NamedSource[]> {
  const looked = sources.filter(
    ({ registered }) => registered !== null && isLocal(registered.location) && registered.states['.msk'] === undefined,
  );
  const { bytes } = await statFiles(looked.map(({ registered }) => sidecarName(registered?.location ?? '', '.msk')));
  return looked.filter((_, index) => bytes[index] !== ABSENT);
}

/**
 * The rasters beside which a mask was put after they were registered: GDAL will honour it, the catalogue knows of none.
 * New overviews change no pixel, and a new `.aux.xml` is mostly the statistics of somebody who looked at the file.
 */
async function withNewMask(sources: readonly NamedSource[]): Promise<NamedSource[]> {
  if (sources.length < LISTED_FROM) return await withMaskNow(sources);
  const listings = new Map<string, ReadonlySet<string>>();
  const found: NamedSource[] = [];
  for (const source of sources) {
    if (source.registered === null) continue;
    const { location, states } = source.registered;
    if (!isLocal(location) || states['.msk'] !== undefined) continue;
    const folder = dirname(location);
    const names = listings.get(folder) ?? (await namesIn(folder));
    listings.set(folder, names);
    if (names.has(sidecarName(basename(location), '.msk'))) found.push(source);
  }
  return found;
}

/** The names in a folder; none where it may be passed through but not listed. */
async function namesIn(folder: string): Promise<ReadonlySet<string>> {
  try {
    return new Set(await readdir(folder));
  } catch (error) {
    if (isAbsence(error)) return new Set();
    throw error;
  }
}
