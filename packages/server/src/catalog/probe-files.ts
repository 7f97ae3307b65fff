import { type SidecarSuffix, sidecarName } from '@inlay/geotiff';
import pLimit from 'p-limit';
import type { FileState, SourceState } from '../db/tables.ts';
import type { Storage } from '../storage/storage.ts';
import { isLocal, isUrl, rootOf, type SourceAccess, type SourceRoots } from './source-roots.ts';
import { lookAtRemote, sameStates, stateAt } from './source-state.ts';
import { type FileStates, statFiles } from './stat-files.ts';

/**
 * Looking at the files behind rasters without reading them. Nothing of it may take long: what does not answer in time
 * counts as `inaccessible`, and the **origin** (a web server, a bucket, or the folder that the operator allows) that several of its
 * files do not answer from is left alone for a while.
 */

export interface ProbeDeps extends SourceAccess {
  readonly storage: Pick<Storage, 'stat'>;
  /** Origins that are left alone; of this process. */
  readonly restingOrigins: RestingOrigins;
}

/** A raster whose file is to be looked at: in our storage, or registered. */
export interface ProbedRaster {
  readonly id: string;
  readonly objectKey: string | null;
  readonly location: string | null;
  /** What the file and its sidecars were when they were read, by suffix. */
  readonly states: Readonly<Record<string, SourceState>>;
}

/** When each origin that did not answer may be asked again, in milliseconds since 1970. */
export type RestingOrigins = Map<string, { readonly until: number; readonly failures: number }>;

const ORIGINS_AT_A_TIME = 8;
const PROBES_PER_ORIGIN = 4;
/** So many files in a row that do not answer are a server that does not. */
const FAILURES_PER_ORIGIN = 3;
const FIRST_REST_MS = 60_000;
const LONGEST_REST_MS = 3600_000;
/** For all files of one folder that the operator allows: on a network that hangs, none of them answers. */
const FOLDER_PATIENCE_MS = 15_000;

/** How the files are, by the rasters' ids; those of origins that are left alone are not in it. */
export async function probeFiles(
  deps: ProbeDeps,
  rasters: readonly ProbedRaster[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, FileState>> {
  const byOrigin = new Map<string, ProbedRaster[]>();
  for (const raster of rasters) {
    const origin = originOf(raster, deps.sourceRoots);
    byOrigin.set(origin, [...(byOrigin.get(origin) ?? []), raster]);
  }
  const limit = pLimit(ORIGINS_AT_A_TIME);
  const found = await Promise.all(
    Array.from(byOrigin, ([origin, members]) => limit(() => probeOrigin(deps, origin, members, signal))),
  );
  return new Map(found.flat());
}

type Found = readonly [id: string, state: FileState];

const STORED = 'stored';
const NOT_ALLOWED = 'not allowed';

/** What answers or fails as one. */
function originOf({ location }: ProbedRaster, roots: SourceRoots): string {
  if (location === null) return STORED;
  // The text alone: resolving links would be a look at a folder that may hang. Nothing is read here, or told but "changed".
  const root = rootOf(location, roots);
  if (root === null) return NOT_ALLOWED;
  if (isUrl(location)) return new URL(location).origin;
  return isLocal(location) ? root : location.split('/', 3).join('/');
}

async function probeOrigin(
  deps: ProbeDeps,
  origin: string,
  rasters: readonly ProbedRaster[],
  signal: AbortSignal,
): Promise<Found[]> {
  signal.throwIfAborted();
  if (origin === NOT_ALLOWED) return rasters.map(({ id }) => [id, 'inaccessible']);
  const rest = deps.restingOrigins.get(origin);
  if (rest !== undefined && rest.until > Date.now()) return [];
  const { found, isDown } = await probeTogether(deps, origin, rasters, signal);
  if (isDown) {
    const failures = (rest?.failures ?? 0) + 1;
    const restMs = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** (failures - 1));
    deps.restingOrigins.set(origin, { until: Date.now() + restMs, failures });
  } else deps.restingOrigins.delete(origin);
  return found;
}

async function probeTogether(
  deps: ProbeDeps,
  origin: string,
  rasters: readonly ProbedRaster[],
  signal: AbortSignal,
): Promise<{ found: Found[]; isDown: boolean }> {
  if (origin === STORED) return await probeOneByOne(rasters, (raster) => probeStored(deps.storage, raster));
  if (isLocal(origin)) return await probeFolder(rasters, signal);
  return await probeOneByOne(rasters, (raster) => probeRemote(deps, raster, signal));
}

/** Some at a time, until several in a row do not answer: the rest is not asked, and not in what is found. */
async function probeOneByOne(
  rasters: readonly ProbedRaster[],
  probe: (raster: ProbedRaster) => Promise<FileState>,
): Promise<{ found: Found[]; isDown: boolean }> {
  const limit = pLimit(PROBES_PER_ORIGIN);
  let failuresInARow = 0;
  const found = await Promise.all(
    rasters.map((raster) =>
      limit(async (): Promise<Found[]> => {
        if (failuresInARow >= FAILURES_PER_ORIGIN) return [];
        const state = await probe(raster);
        failuresInARow = state === 'inaccessible' ? failuresInARow + 1 : 0;
        return [[raster.id, state]];
      }),
    ),
  );
  return { found: found.flat(), isDown: failuresInARow >= FAILURES_PER_ORIGIN };
}

/** What lies beside an object counts as it was found; for what was put there since, the bucket is not searched. */
async function probeRemote({ objectLinks }: ProbeDeps, raster: ProbedRaster, signal: AbortSignal): Promise<FileState> {
  const now: Record<string, SourceState> = {};
  for (const suffix of new Set(['', ...Object.keys(raster.states)])) {
    const found = await lookAtRemote(pathOf(raster, suffix), objectLinks, signal);
    if (found === 'unreachable') return 'inaccessible';
    if (found === 'absent') return suffix === '' ? 'missing' : 'changed';
    now[suffix] = found;
  }
  return sameStates(raster.states, now) ? 'healthy' : 'changed';
}

async function probeStored(storage: ProbeDeps['storage'], { objectKey }: ProbedRaster): Promise<FileState> {
  try {
    return (await storage.stat(objectKey ?? '')) === null ? 'missing' : 'healthy';
  } catch {
    // Why the storage does not answer, readiness tells.
    return 'inaccessible';
  }
}

/** All files of a folder in one thread, which can hang without holding up anything else. */
async function probeFolder(
  rasters: readonly ProbedRaster[],
  signal: AbortSignal,
): Promise<{ found: Found[]; isDown: boolean }> {
  const parts = rasters.flatMap((raster) =>
    suffixesOf(raster).map((suffix) => ({ id: raster.id, suffix, path: pathOf(raster, suffix) })),
  );
  const patience = AbortSignal.any([signal, AbortSignal.timeout(FOLDER_PATIENCE_MS)]);
  let looked: FileStates;
  try {
    const paths = parts.map(({ path }) => path);
    looked = await statFiles(paths, patience, { threadFrom: 1 });
  } catch {
    // The folder hangs, or is broken: which files those are cannot be told.
    signal.throwIfAborted();
    return { found: rasters.map(({ id }) => [id, 'inaccessible']), isDown: true };
  }
  const now = new Map<string, Record<string, SourceState>>(rasters.map(({ id }) => [id, {}]));
  const denied = new Set<string>();
  for (const [index, { id, suffix }] of parts.entries()) {
    if (suffix === '' && looked.denied[index] === 1) denied.add(id);
    const state = stateAt(looked, index);
    if (state !== null) (now.get(id) ?? {})[suffix] = state;
  }
  const found = rasters.map(({ id, states }): Found => {
    const files = now.get(id) ?? {};
    if (denied.has(id)) return [id, 'inaccessible'];
    if (files[''] === undefined) return [id, 'missing'];
    return [id, sameStates(states, files) ? 'healthy' : 'changed'];
  });
  return { found, isDown: false };
}

/** A mask that was put beside a raster since counts, as it does in a build; other files beside it do not. */
function suffixesOf({ states }: ProbedRaster): string[] {
  return [...new Set(['', '.msk', ...Object.keys(states)])];
}

function pathOf({ location }: ProbedRaster, suffix: string): string {
  return suffix === '' ? (location ?? '') : sidecarName(location ?? '', suffix as SidecarSuffix);
}
