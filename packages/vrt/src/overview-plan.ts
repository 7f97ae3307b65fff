import { type ColorInterp, type DataType, isComplex, isRepresentable, type Nodata, sameNodata } from '@inlay/geo';
import type { BandSources, VrtBandPlan, VrtPlan } from './plan.ts';

/**
 * The reduced-resolution levels that are rendered once for a whole output, so that readers of it as a whole touch none of
 * its sources.
 *
 * Terminology
 * - **rendered level**: one whose pixels are stored. Each halves the one before; the coarsest is no larger than a tile.
 * - **composed level**: one that readers compose of the sources' own overviews ({@link VrtPlan.overviewDecimations}).
 */
export interface OverviewPlan {
  readonly resampling: OverviewResampling;
  /** Rendered, finest first; at least one. */
  readonly levels: readonly RenderedLevel[];
  /** Factors of the composed levels that are finer than all of those, ascending. */
  readonly composed: readonly number[];
  /** Which bands are stored together; every band is in one of them. */
  readonly files: readonly OverviewFile[];
}

/**
 * `average` for measured values, `mode` for categories, `nearest` for complex numbers; what the output itself says goes
 * before that.
 */
export type OverviewResampling = 'average' | 'mode' | 'nearest' | 'bilinear' | 'cubic';

/** Size in pixels, and the factor of the output that it is. Every level spans the output from edge to edge. */
export interface RenderedLevel {
  readonly factor: number;
  readonly width: number;
  readonly height: number;
}

/** Bands that are stored together. */
export interface OverviewFile {
  /** 1-based. */
  readonly bands: readonly number[];
  readonly dataType: DataType;
  /** What readers are told of; null where holes are told by {@link validity}, or not at all. */
  readonly nodata: Nodata | null;
  /**
   * The sample behind the bands' that is not 0 where there is data: `mask`, the output's own mask; `coverage`, where a
   * source lies, which readers of the VRT are not told; `none` where the bands tell all that there is to know.
   */
  readonly validity: 'none' | 'mask' | 'coverage';
  /** The first three bands are red, green and blue. */
  readonly isRgb: boolean;
  /** The last band is the output's alpha band. */
  readonly hasAlpha: boolean;
}

/** The side of a piece of a level that readers ask for at once: a map tile, twice as large for fine displays. */
const WINDOW = 512;

/** A window of a level is rendered beforehand where readers would have to open more sources than this for it. */
const MAX_SOURCES_TOUCHED = 32;

/** Or where they would have to decode this many pixels along a side for each that they show. */
const MAX_OVERSAMPLING = 4;

/** Outputs of no more sources and pixels are read at once without any level (the limit of what a tile reads). */
const SMALL_PIXELS = 2 ** 22;

/** No level is larger than it has to be for the last one to be a picture of this size. */
const COARSEST_SIZE = 256;

/** Levels smaller than this in both directions are left out (gdalbuildvrt's limit). */
const LEAST_SIZE = 128;

/** Bands stored together: what is shown together lies together, and a stack of a hundred is not read for three. */
const MAX_BANDS_PER_FILE = 4;

/**
 * Which levels of an output are worth rendering; null where none is. They are powers of two: from the first one on at
 * which a window of 512 pixels has more than {@link MAX_SOURCES_TOUCHED} sources in one band, or at which no overview that
 * all sources have is within {@link MAX_OVERSAMPLING}, down to the first that is no larger than {@link COARSEST_SIZE}.
 * Null too where this version cannot resample as the output says.
 */
export function planOverviews(plan: VrtPlan): OverviewPlan | null {
  const resampling = resamplingOf(plan);
  const first = firstFactor(plan);
  if (resampling === null || first === null) return null;
  const levels: RenderedLevel[] = [];
  for (let factor = first; ; factor *= 2) {
    const level = sizeAt(plan, factor);
    levels.push(level);
    if (Math.max(level.width, level.height) <= COARSEST_SIZE) break;
  }
  return {
    resampling,
    levels,
    composed: plan.overviewDecimations.filter((factor) => factor < first),
    files: filesOf(plan),
  };
}

function sizeAt({ grid }: VrtPlan, factor: number): RenderedLevel {
  return { factor, width: Math.ceil(grid.width / factor), height: Math.ceil(grid.height / factor) };
}

function firstFactor(plan: VrtPlan): number | null {
  const { grid, placements, overviewDecimations: offered } = plan;
  const isSmall = grid.width * grid.height <= SMALL_PIXELS && densest(plan) <= MAX_SOURCES_TOUCHED;
  if (placements.count === 0 || isSmall) return null;
  const touched = sourcesTouched(plan);
  for (let factor = 2; ; factor *= 2) {
    const { width, height } = sizeAt(plan, factor);
    if (width < LEAST_SIZE && height < LEAST_SIZE) return null;
    const best = Math.max(1, ...offered.filter((known) => known <= factor));
    if (touched(factor) > MAX_SOURCES_TOUCHED || factor / best >= MAX_OVERSAMPLING) return factor;
  }
}

/** The most placements that one band has. */
function densest({ bands }: VrtPlan): number {
  return Math.max(...bands.map(({ placementCount }) => placementCount));
}

/** How many sources of the densest band a window of a level has on average, by the level's factor. */
function sourcesTouched(plan: VrtPlan): (factor: number) => number {
  const { grid, bands } = plan;
  const count = densest(plan);
  const band = bands.find(({ placementCount }) => placementCount === count)!;
  const [across, down] = meanSize(plan, band);
  return (factor) => {
    const share = (side: number, size: number): number => Math.min(1, (WINDOW * factor + side) / size);
    return count * share(across, grid.width) * share(down, grid.height);
  };
}

function meanSize({ placements: { dstRects } }: VrtPlan, { firstPlacement, placementCount }: BandSources) {
  let [across, down] = [0, 0];
  for (let placement = firstPlacement; placement < firstPlacement + placementCount; placement += 1) {
    across += dstRects[4 * placement + 2]!;
    down += dstRects[4 * placement + 3]!;
  }
  return [across / placementCount, down / placementCount] as const;
}

const FOLLOWED: readonly string[] = ['nearest', 'bilinear', 'cubic', 'average', 'mode'] satisfies OverviewResampling[];

function resamplingOf({ resampling, bands }: VrtPlan): OverviewResampling | null {
  if (resampling !== null) return FOLLOWED.includes(resampling) ? (resampling as OverviewResampling) : null;
  if (bands.some(({ dataType }) => isComplex(dataType))) return 'nearest';
  return bands.some(isCategorical) ? 'mode' : 'average';
}

/** Whether a band's values are names: the one between two of them is a third. */
function isCategorical({ colorInterp, colorTable, categories }: VrtBandPlan): boolean {
  return colorInterp === 'Palette' || colorTable !== null || categories !== null;
}

function filesOf({ bands, mask }: VrtPlan): OverviewFile[] {
  const hasAlphaBand = bands.some(isAlpha);
  const files: OverviewFile[] = [];
  for (let first = 0; first < bands.length;) {
    let end = first + 1;
    while (end < bands.length && end - first < MAX_BANDS_PER_FILE && isStoredLike(bands[first]!, bands[end]!)) end += 1;
    files.push(fileOf(bands.slice(first, end), first, mask !== null, hasAlphaBand));
    first = end;
  }
  return files;
}

function fileOf(
  bands: readonly VrtBandPlan[],
  bandOffset: number,
  hasMask: boolean,
  hasAlphaBand: boolean,
): OverviewFile {
  const { dataType, nodata } = bands[0]!;
  const tellsHoles = bands.some(isAlpha) || (!hasAlphaBand && bands.every(saysNodata));
  const validity = hasMask ? 'mask' : tellsHoles ? 'none' : 'coverage';
  const colors: (ColorInterp | null)[] = bands.slice(0, 3).map(({ colorInterp }) => colorInterp);
  return {
    bands: bands.map((_, index) => bandOffset + index + 1),
    dataType,
    nodata: validity === 'none' && saysNodata(bands[0]!) ? nodata : null,
    validity,
    isRgb: colors.join() === 'Red,Green,Blue' && (dataType === 'Byte' || dataType === 'UInt16'),
    hasAlpha: bands.length > 1 && isAlpha(bands.at(-1)!),
  };
}

function isStoredLike(a: VrtBandPlan, b: VrtBandPlan): boolean {
  return a.dataType === b.dataType && sameNodata(a.nodata, b.nodata) && a.hideNodata === b.hideNodata;
}

function isAlpha({ colorInterp }: VrtBandPlan): boolean {
  return colorInterp === 'Alpha';
}

/** Whether a hole in the band is told by its value, to all readers. */
function saysNodata({ nodata, hideNodata, dataType }: VrtBandPlan): boolean {
  return nodata !== null && !hideNodata && !isComplex(dataType) && isRepresentable(nodata, dataType);
}
