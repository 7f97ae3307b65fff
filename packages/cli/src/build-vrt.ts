import { realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { type Crs, layoutToJson, type RasterLayout, type RasterProfile } from '@inlay/geo';
import {
  type CompatibleOptions,
  planBandStack,
  planMosaic,
  type PlanOptions,
  type PlanResult,
  type Problem,
  type ProblemType,
  type SourceFile,
  type VrtKind,
  type VrtPlan,
  type VrtSourceInput,
  writeVrt,
} from '@inlay/vrt';
import { replaceVrtFile } from './vrt-file.ts';

/** A raster whose header was read. */
export interface OpenedRaster {
  readonly path: string;
  /** How messages name it. */
  readonly label: string;
  readonly profile: RasterProfile;
  /** What is odd about the file, in words. */
  readonly warnings: readonly string[];
}

/** A raster that does not become a source, and why. Plain JSON. */
export interface RefusedRaster {
  readonly label: string;
  readonly reasons: readonly Refusal[];
}

/** A {@link Problem} of a raster, or the error that reading it ended with. */
export interface Refusal {
  readonly type: string;
  readonly message: string;
  /** What to do about it; null where there is nothing. */
  readonly fix: string | null;
  /** Says where the others are likely to be the odd ones out. */
  readonly hint?: string;
}

/** What became of the rasters: the plan of those that fit together, and those that were left out. */
export interface BuildPlan {
  /** Null where no plan can be made; then `refused` and `problems` say why. */
  readonly plan: VrtPlan<Crs | null> | null;
  /** The sources of the plan, by the plan's `sourceIndex`. */
  readonly sources: readonly OpenedRaster[];
  readonly refused: readonly RefusedRaster[];
  /** What is wrong with all of them together. */
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

export interface BuildOptions
  extends PlanOptions, Partial<Pick<CompatibleOptions, 'mode' | 'assignedCrs' | 'allowCrsDifference'>> {
  readonly kind: VrtKind;
  /** Leave out what does not fit, as gdalbuildvrt does, instead of making nothing. */
  readonly skipIncompatible: boolean;
}

/** Plans the virtual raster of these rasters, in their order: the last is on top, or the last band. */
export function planBuild(rasters: readonly OpenedRaster[], options: BuildOptions): BuildPlan {
  const refused: RefusedRaster[] = [];
  let sources = withSharedFacts(rasters);
  for (;;) {
    const { plan, problems, warnings, skipped } = planOnce(sources, options);
    for (const [index, own] of problemsBySource(skipped)) {
      refused.push({ label: sources[index]?.label ?? '', reasons: own });
    }
    const rejected = problemsBySource(options.skipIncompatible ? withoutVainComparisons(problems) : problems);
    for (const [index, own] of rejected) refused.push({ label: sources[index]?.label ?? '', reasons: own });
    if (plan !== null || rejected.size === 0 || !options.skipIncompatible) {
      return { plan, sources, refused, problems: problems.filter(({ index }) => index < 0), warnings };
    }
    sources = sources.filter((_, index) => !rejected.has(index));
  }
}

/** What is wrong with a source by itself, whatever the others are. */
const OWN_FAULTS: ReadonlySet<ProblemType> = new Set<ProblemType>([
  'unknown_pixel_geometry',
  'rotated_raster',
  'south_up_raster',
  'mirrored_raster',
  'missing_crs',
  'single_band_required',
]);

/**
 * Sources are compared with the first one. Where that is about to be left out, another takes its place, and only the
 * faults that sources have by themselves count until then.
 */
function withoutVainComparisons(problems: readonly Problem[]): readonly Problem[] {
  const isFirstRefused = problems.some(({ index }) => index === 0);
  return isFirstRefused ? problems.filter(({ index, type }) => index === 0 || OWN_FAULTS.has(type)) : problems;
}

function planOnce(sources: readonly OpenedRaster[], options: BuildOptions): PlanResult<Crs | null> {
  const inputs = sources.map(({ label, profile }): VrtSourceInput => ({ label, profile }));
  return options.kind === 'mosaic' ? planMosaic(inputs, options) : planBandStack(inputs, options);
}

/** By position; what is wrong with all together is left out. */
function problemsBySource(problems: readonly Problem[]): Map<number, Problem[]> {
  const bySource = new Map<number, Problem[]>();
  for (const problem of problems) {
    if (problem.index < 0) continue;
    const known = bySource.get(problem.index);
    if (known === undefined) bySource.set(problem.index, [problem]);
    else known.push(problem);
  }
  return bySource;
}

/** The same rasters, equal layouts and CRSs being one object each: the planner compares each object once. */
function withSharedFacts(rasters: readonly OpenedRaster[]): readonly OpenedRaster[] {
  const layouts = new Map<string, RasterLayout>();
  const systems = new Map<string, Crs>();
  return rasters.map((raster) => ({
    ...raster,
    profile: {
      ...raster.profile,
      layout: firstWith(layouts, JSON.stringify(layoutToJson(raster.profile.layout)), raster.profile.layout),
      crs:
        raster.profile.crs === null ? null : firstWith(systems, JSON.stringify(raster.profile.crs), raster.profile.crs),
    },
  }));
}

function firstWith<T>(known: Map<string, T>, key: string, value: T): T {
  const first = known.get(key);
  if (first !== undefined) return first;
  known.set(key, value);
  return value;
}

/**
 * Writes the VRT, its sources named relative to its folder, so that both can be moved together. Sources that stand in a
 * document within it, warped ones above all, have absolute names: that document lies in no folder.
 */
export async function writeBuild(
  output: string,
  plan: VrtPlan<Crs | null>,
  sources: readonly OpenedRaster[],
  signal: AbortSignal,
): Promise<void> {
  const files = await sourceNames(dirname(output), sources, nestedSources(plan));
  await replaceVrtFile(
    output,
    writeVrt(plan, (index) => files[index] as SourceFile),
    signal,
  );
}

/** Positions of the sources that readers see through a document within the document. */
function nestedSources({ bands, mask, placements, warp }: VrtPlan<Crs | null>): ReadonlySet<number> {
  const nested = new Set(warp?.sources.keys());
  for (const { firstPlacement, placementCount, reads } of mask === null ? bands : [...bands, mask]) {
    if (reads.every(({ alphaBand }) => alphaBand === null)) continue;
    for (let placement = firstPlacement; placement < firstPlacement + placementCount; placement += 1) {
      const read = reads[placements.variant[placement] ?? 0];
      if (read !== undefined && read.alphaBand !== null) nested.add(placements.sourceIndex[placement] ?? -1);
    }
  }
  return nested;
}

/** Where symbolic links lead elsewhere, `..` leads up from there: names are made of the real folders. */
async function sourceNames(
  folder: string,
  sources: readonly OpenedRaster[],
  nested: ReadonlySet<number>,
): Promise<SourceFile[]> {
  const from = await realpath(folder);
  const realFolders = new Map<string, Promise<string>>();
  return Promise.all(
    sources.map(async ({ path }, index): Promise<SourceFile> => {
      const sourceFolder = dirname(path);
      const known = realFolders.get(sourceFolder) ?? realpath(sourceFolder);
      realFolders.set(sourceFolder, known);
      const place = join(await known, basename(path));
      if (nested.has(index)) return { filename: place, relativeToVrt: false };
      const filename = relative(from, place);
      return { filename: filename.split(sep).join('/'), relativeToVrt: true };
    }),
  );
}
