import { isCodedError } from '@inlay/geo';
import type { VrtPlan } from '@inlay/vrt';
import type { DatasetQuicklook } from '../catalog/quicklook-job.ts';
import type { QuicklookFacts, StoredStatistics } from '../db/tables.ts';
import { findAnyPixels } from '../pixels/pixel-store.ts';
import type { PixelThreads } from '../pixels/pixel-threads.ts';
import type { RasterSource, RasterSources } from '../pixels/raster-source.ts';
import { type BuiltMembers, loadBuiltMembers } from './built-members.ts';
import { type ComposeDeps, composePicture, looksLikeMembers } from './compose-picture.ts';
import { drawThumbnail, readStatistics } from './look-at-pixels.ts';
import { type GatheredBand, gatherStatistics } from './member-statistics.ts';

export interface VrtQuicklookDeps extends ComposeDeps {
  readonly rasterSources: RasterSources;
  readonly pixelThreads: PixelThreads;
}

/** A virtual raster as it is shown, and where its thumbnail is to be stored. */
export interface ShownBuild {
  readonly datasetId: string;
  readonly generationId: string;
  readonly key: string;
}

/** Without rendered levels, thumbnails are read of no more sources than this. */
const MAX_SOURCES_READ = 256;

/** Where more of the members' valid pixels than this share lie under others, what is stored of them says too little. */
const MAX_HIDDEN = 0.2;

/**
 * The thumbnail and the statistics of a virtual raster. Both are made of what is stored of its members, so that no raster is
 * opened, unless its pixels say more:
 *
 * - It has rendered levels: then the thumbnail is drawn of them, holes, order and all. Statistics of bands that are their
 *   members' side by side stay those of the members, which were looked at more closely than any level.
 * - It has none and does not look like its members: its pixels are read where it has few sources. Statistics are taken of
 *   some of many sources.
 *
 * Null where there is nothing to draw, or it shows another build by now.
 */
export async function drawVrtQuicklook(
  deps: VrtQuicklookDeps,
  build: ShownBuild,
  signal: AbortSignal,
  onProgress: (part: number) => void,
): Promise<DatasetQuicklook | null> {
  const { key } = build;
  const members = await loadBuiltMembers(deps, build.generationId);
  const source = await loadShown(deps, build);
  if (members === null || source === 'another') return null;
  const { plan, sources } = members;
  if (plan === null) {
    return { key, facts: null, statistics: null, warning: 'No thumbnail: the sources no longer fit together.' };
  }
  const gathered = await gatherStatistics(deps, plan, sources, signal);
  const seen = source === null ? null : await summarizePixels(deps, source, plan, gathered, signal);
  const statistics = gathered.map((band, i) => betterOf(band, seen?.[i] ?? null, plan, isComputed(plan, i)));

  const looksAlike = looksLikeMembers(plan, sources);
  const shown = source === null ? null : { ...source, statistics };
  const drawn =
    (await drawPixels(deps, shown, plan, looksAlike, signal)) ??
    (await compose(deps, { plan, sources }, looksAlike, signal, onProgress));
  if (drawn.facts === null) return { key, facts: null, statistics, warning: drawn.warning };
  await deps.storage.put(key, once(drawn.png), { signal });
  return { key, facts: drawn.facts, statistics, warning: drawn.warning };
}

/** What it is read by; null where this version cannot read it. */
async function loadShown(
  { db, rasterSources }: VrtQuicklookDeps,
  { datasetId, generationId }: ShownBuild,
): Promise<RasterSource | 'another' | null> {
  const row = await findAnyPixels(db, datasetId);
  if (row?.generation_id !== generationId) return 'another';
  try {
    return (await rasterSources.load(row)) ?? 'another';
  } catch (error) {
    if (isCodedError(error) && error.code === 'not_implemented') return null;
    throw error;
  }
}

function hasLevels({ place }: RasterSource): boolean {
  return place.kind === 'mosaic' && place.overviews !== null;
}

function isComputed({ bands }: VrtPlan, bandOffset: number): boolean {
  return bands[bandOffset]!.pixelFunction !== null;
}

/** Statistics of the pixels themselves where those of the members may not do; null otherwise. */
async function summarizePixels(
  { pixelThreads }: VrtQuicklookDeps,
  source: RasterSource,
  plan: VrtPlan,
  gathered: readonly GatheredBand[],
  signal: AbortSignal,
): Promise<readonly (StoredStatistics | null)[] | null> {
  const isKnown = gathered.every((band, i) => isWhole(band) && !isComputed(plan, i));
  if (isKnown && !hasLevels(source)) return null;
  try {
    return await readStatistics(pixelThreads, source, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!isCodedError(error)) throw error;
    return null;
  }
}

/** Whether all that a summary has is known of every member. */
function isWhole({ statistics, members, unknown }: GatheredBand): boolean {
  return members > 0 && unknown === 0 && statistics?.histogram !== undefined;
}

/**
 * What is stored of members was looked at more closely, where nearly all of it can be seen: extremes are not averaged away.
 * How much of the whole is valid, only its pixels tell.
 */
function betterOf(
  band: GatheredBand,
  seen: StoredStatistics | null,
  { grid }: VrtPlan,
  isComputedBand: boolean,
): StoredStatistics | null {
  const { statistics: known, validPixels } = band;
  if (isComputedBand) return seen;
  if (seen === null || known === null) return known ?? seen;
  if (!isWhole(band)) return seen;
  if (seen.validPercent === null) return known;
  const visible = (grid.width * grid.height * seen.validPercent) / 100;
  return visible < validPixels * (1 - MAX_HIDDEN) ? seen : { ...known, validPercent: seen.validPercent };
}

/** A picture that is to be stored, or why there is none. */
type Drawn =
  | { readonly png: Uint8Array; readonly facts: QuicklookFacts; readonly warning: string | null }
  | { readonly facts: null; readonly warning: string };

/** The thumbnail as the pixels give it, where that is worth reading them; null where it is not, or cannot be done. */
async function drawPixels(
  { pixelThreads }: VrtQuicklookDeps,
  source: RasterSource | null,
  plan: VrtPlan,
  looksAlike: boolean,
  signal: AbortSignal,
): Promise<Drawn | null> {
  if (source === null) return null;
  const isWorthIt = hasLevels(source) || (!looksAlike && plan.placements.count <= MAX_SOURCES_READ);
  if (!isWorthIt) return null;
  try {
    const drawn = await drawThumbnail(pixelThreads, source, signal);
    if (drawn === null) return null;
    const [problem] = drawn.problems;
    return { ...drawn, warning: problem === undefined ? null : `The thumbnail has holes: ${problem}` };
  } catch (error) {
    signal.throwIfAborted();
    if (!isCodedError(error)) throw error;
    return null;
  }
}

/** The thumbnail as its members' give it. */
async function compose(
  deps: VrtQuicklookDeps,
  { plan, sources }: { plan: VrtPlan; sources: BuiltMembers['sources'] },
  looksAlike: boolean,
  signal: AbortSignal,
  onProgress: (part: number) => void,
): Promise<Drawn> {
  if (!looksAlike) return { facts: null, warning: 'No thumbnail: the sources’ own show other bands.' };
  const composed = await composePicture(deps, plan, sources, signal, onProgress);
  if (composed === null) return { facts: null, warning: 'No thumbnail: none of the sources has one.' };
  const { png, width, height, stretch } = composed;
  return { png, facts: { width, height, stretch: [...stretch] }, warning: null };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
