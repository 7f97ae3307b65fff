import type { OverviewProfile, PixelGrid } from '@inlay/geo';
import type { VrtSourceInput } from './problem.ts';
import type { Placements } from './plan.ts';
import { affineOf } from './target-grid.ts';

/** Levels smaller than this in both directions are not worth listing (gdalbuildvrt's limit). */
const MIN_OVERVIEW_SIZE = 128;

/**
 * The factors 2, 4, 8, ... by which readers can reduce a mosaic with the help of its sources' overviews, as
 * gdalbuildvrt lists them in `<OverviewList>`: only where every placed source has the mosaic's own resolution,
 * and only factors that no placed source of a size to have them lacks.
 */
export function virtualOverviews(
  sources: readonly VrtSourceInput[],
  grid: PixelGrid,
  placements: Placements,
): number[] {
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
