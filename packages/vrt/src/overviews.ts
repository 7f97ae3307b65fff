import type { OverviewProfile, PixelGrid, RasterLayout, RasterProfile } from '@inlay/geo';
import type { VrtSourceInput } from './problem.ts';
import type { Placements } from './plan.ts';
import { affineOf } from './source-place.ts';

/** Levels smaller than this in both directions are not worth listing (gdalbuildvrt's limit). */
const MIN_OVERVIEW_SIZE = 128;

/**
 * The factors 2, 4, 8, ... by which readers can reduce a mosaic with the help of its sources' overviews, as
 * gdalbuildvrt lists them in `<OverviewList>`: only where every placed source has the mosaic's own resolution,
 * and only factors that no placed source of a size to have them lacks.
 */
export function gdalOverviews(sources: readonly VrtSourceInput[], grid: PixelGrid, placements: Placements): number[] {
  // Sources of one layout and one size have the same factors, and there are few of those.
  const offers = new Map<string, Offer>();
  for (let placement = 0; placement < placements.count; placement += 1) {
    const profile = sources[placements.sourceIndex[placement] ?? -1]?.profile;
    if (profile === undefined) throw new RangeError(`placement ${placement} names a source that does not exist`);
    const [a, , , , e] = affineOf(profile);
    if (!isSameResolution(a, grid.affine[0]) || !isSameResolution(e, grid.affine[4])) return [];
    const { width, height } = profile;
    const key = `${placements.variant[placement]} ${width} ${height}`;
    if (!offers.has(key))
      offers.set(key, { width, height, factors: factorsOf(width, height, profile.layout.overviews) });
  }
  const all = [...offers.values()];
  const factors = new Set(all.flatMap((offer) => offer.factors));
  return [...factors]
    .filter((factor) => all.every((offer) => offer.factors.includes(factor) || isTooSmallFor(offer, factor)))
    .filter((factor) => grid.width >= factor && grid.height >= factor)
    .sort((a, b) => a - b);
}

/** Levels of an output are whole factors; a source's own times its resolution is one to this part. */
const FACTOR_TOLERANCE = 1e-6;

/**
 * The factors by which readers can reduce an output with the help of its sources' overviews: those at which **every**
 * placed source has an overview, or is itself no finer, or is so small that it needs none. Factors are the output's: in one of
 * 10 m pixels, factor 4 is an overview of 4 in a source of 10 m, and one of 2 in a source of 20 m.
 */
export function sharedOverviews(sources: readonly VrtSourceInput[], grid: PixelGrid, placements: Placements): number[] {
  const supplies = new SupplySet();
  const { sourceIndex } = placements;
  for (let placement = 0; placement < placements.count; placement += 1) {
    const profile = sources[sourceIndex[placement] ?? -1]?.profile;
    if (profile === undefined) throw new RangeError(`placement ${placement} names a source that does not exist`);
    const [a, , , , e] = affineOf(profile);
    supplies.add(profile, a / grid.affine[0], e / grid.affine[4]);
  }
  const all = supplies.all();
  const factors = new Set(all.flatMap(({ factors }) => factors));
  return [...factors]
    .filter(
      (factor) => factor <= grid.width && factor <= grid.height && all.every((supply) => hasLevel(supply, factor)),
    )
    .sort((a, b) => a - b);
}

/** What sources of one layout, one size and one resolution have to offer. */
interface Supply {
  /** In output pixels; the larger of both. */
  readonly size: number;
  /** A source's pixel in output pixels, the smaller of both sides. */
  readonly ratio: number;
  /** Ascending factors of the output at which there is an overview. */
  readonly factors: readonly number[];
}

function hasLevel({ size, ratio, factors }: Supply, factor: number): boolean {
  if (factors.includes(factor) || factor <= ratio * (1 + FACTOR_TOLERANCE)) return true;
  // What would be read instead: the smallest of the images that are still fine enough, or the source itself.
  const best = Math.max(ratio, ...factors.filter((known) => known <= factor));
  return size / best < 2 * MIN_OVERVIEW_SIZE;
}

/** The distinct supplies of many sources. */
class SupplySet {
  readonly #byLayout = new Map<RasterLayout, Map<string, Supply>>();
  /** The last one that was added: most sources are like the one before. */
  #last: { readonly profile: RasterProfile; readonly xRatio: number; readonly yRatio: number } | null = null;

  add(profile: RasterProfile, xRatio: number, yRatio: number): void {
    const { layout, width, height } = profile;
    const last = this.#last;
    if (
      last !== null &&
      last.profile.layout === layout &&
      last.profile.width === width &&
      last.profile.height === height &&
      last.xRatio === xRatio &&
      last.yRatio === yRatio
    ) {
      return;
    }
    this.#last = { profile, xRatio, yRatio };
    // Rounding errors of the resolutions would make as many supplies as there are sources.
    const key = `${width} ${height} ${xRatio.toPrecision(9)} ${yRatio.toPrecision(9)}`;
    let supplies = this.#byLayout.get(layout);
    if (supplies === undefined) this.#byLayout.set(layout, (supplies = new Map()));
    if (!supplies.has(key)) supplies.set(key, supplyOf(profile, xRatio, yRatio));
  }

  all(): Supply[] {
    return [...this.#byLayout.values()].flatMap((supplies) => [...supplies.values()]);
  }
}

function supplyOf({ width, height, layout }: RasterProfile, xRatio: number, yRatio: number): Supply {
  const size = Math.max(width * xRatio, height * yRatio);
  const ratio = Math.min(xRatio, yRatio);
  // Overviews of pixels that are not square to the output's reduce it by two factors at once.
  const isEven = Math.abs(xRatio - yRatio) <= FACTOR_TOLERANCE * ratio;
  const factors = layout.overviews.flatMap((level) => {
    // The longer side is the one that the rounding of the level's size changes least.
    const reduction = Math.round(width >= height ? width / level.width : height / level.height);
    const isReduction = isReducedBy(reduction, width, level.width) && isReducedBy(reduction, height, level.height);
    const factor = Math.round(reduction * ratio);
    const isWhole = Math.abs(reduction * ratio - factor) <= FACTOR_TOLERANCE * factor;
    return isEven && isReduction && isWhole && factor >= 2 ? [factor] : [];
  });
  return { size, ratio, factors };
}

interface Offer {
  readonly width: number;
  readonly height: number;
  readonly factors: readonly number[];
}

/** 2, 4, 8, ... as far as the levels follow each other without a gap and are large enough. */
function factorsOf(width: number, height: number, overviews: readonly OverviewProfile[]): number[] {
  const factors: number[] = [];
  let factor = 2;
  for (const level of overviews) {
    const isLarge = level.width >= MIN_OVERVIEW_SIZE || level.height >= MIN_OVERVIEW_SIZE;
    if (!isLarge || !isReducedBy(factor, width, level.width) || !isReducedBy(factor, height, level.height)) break;
    factors.push(factor);
    factor *= 2;
  }
  return factors;
}

/** Writers round the size of a level up or down. */
function isReducedBy(factor: number, full: number, reduced: number): boolean {
  return Math.abs(reduced * factor - full) < factor || (reduced === 1 && full < factor);
}

function isTooSmallFor({ width, height }: Offer, factor: number): boolean {
  return width / factor < MIN_OVERVIEW_SIZE && height / factor < MIN_OVERVIEW_SIZE;
}

function isSameResolution(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-8 * Math.abs(b);
}
