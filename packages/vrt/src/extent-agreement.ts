import type { Crs } from '@inlay/geo';
import { formatG } from './number-format.ts';
import { named, type Problem, type VrtSourceInput } from './problem.ts';
import { affineOf } from './source-place.ts';
import { foreignTo } from './warp-grid.ts';

/**
 * Two extents are the same where no edge differs by more than a hundredth of the finest pixel; the millionth on top
 * is for the rounding of coordinates.
 */
const EXTENT_TOLERANCE = 0.01 * (1 + 1e-6);

/**
 * The sources that do not cover the first one's extent. Their resolutions may differ, so the extents are compared
 * in CRS units: origin (the top-left corner) and size apart. Sources that have to be warped to the CRS are left out:
 * their edges are no straight lines in it.
 *
 * @param turn by whole turns of which extents are shifted to be compared; null for none
 */
export function extentProblems(sources: readonly VrtSourceInput[], crs: Crs, turn: number | null): Problem[] {
  const isForeign = foreignTo(crs);
  const compared = sources
    .map((source, index) => ({ source, index }))
    .filter(({ source }) => !isForeign(source.profile));
  const [first] = compared;
  if (first === undefined) return [];
  const reference = extentOf(first.source);
  let xTolerance = Infinity;
  let yTolerance = Infinity;
  for (const { source } of compared) {
    const [a, , , , e] = affineOf(source.profile);
    xTolerance = Math.min(xTolerance, a * EXTENT_TOLERANCE);
    yTolerance = Math.min(yTolerance, -e * EXTENT_TOLERANCE);
  }
  const agree = (dx: number, dy: number) => Math.abs(dx) <= xTolerance && Math.abs(dy) <= yTolerance;

  return compared.flatMap(({ source, index }): Problem[] => {
    const own = extentOf(source);
    const extent = shiftedTo(reference, own, turn);
    const sameOrigin = agree(extent.left - reference.left, extent.top - reference.top);
    const sameFarCorner = agree(extent.right - reference.right, extent.bottom - reference.bottom);
    if (sameOrigin && sameFarCorner) return [];
    const sameSize = agree(
      extent.right - extent.left - (reference.right - reference.left),
      extent.top - extent.bottom - (reference.top - reference.bottom),
    );
    const problems: Problem[] = [];
    if (!sameOrigin) {
      problems.push(misaligned(source, index, 'origin', 'begins at', showOrigin(own), showOrigin(reference)));
    }
    if (!sameSize || sameOrigin) {
      problems.push(misaligned(source, index, 'size', 'covers', showSize(extent), showSize(reference)));
    }
    return problems;
  });
}

interface Extent {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

function extentOf({ profile }: VrtSourceInput): Extent {
  const [a, , c, , e, f] = affineOf(profile);
  return { left: c, top: f, right: c + profile.width * a, bottom: f + profile.height * e };
}

function shiftedTo({ left }: Extent, extent: Extent, turn: number | null): Extent {
  const shift = turn === null ? 0 : Math.round((left - extent.left) / turn) * turn;
  return shift === 0 ? extent : { ...extent, left: extent.left + shift, right: extent.right + shift };
}

function misaligned(
  source: VrtSourceInput,
  index: number,
  field: 'origin' | 'size',
  verb: string,
  actual: string,
  expected: string,
): Problem {
  return {
    index,
    type: 'grid_misaligned',
    field,
    message: `${named(source)} ${verb} ${actual}, the band stack ${verb} ${expected}`,
    expected,
    actual,
    fix: 'cut or pad the source to the extent of the first one (gdalwarp -te), or make a mosaic',
  };
}

function showOrigin({ left, top }: Extent): string {
  return `${formatG(left, 12)}, ${formatG(top, 12)}`;
}

function showSize({ left, top, right, bottom }: Extent): string {
  return `${formatG(right - left, 12)} x ${formatG(top - bottom, 12)}`;
}
