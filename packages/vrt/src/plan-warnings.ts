import type { PixelGrid } from '@inlay/geo';
import { formatPixels } from './number-format.ts';
import type { Placements } from './plan.ts';
import { named, nameOf, type Problem, type VrtKind, type VrtSourceInput } from './problem.ts';

/** What to know about an output before it is built, although nothing stands in its way. */
export function placementWarnings(
  sources: readonly VrtSourceInput[],
  grid: PixelGrid,
  placements: Placements,
  isPlaced: Uint8Array,
  kind: VrtKind,
): Problem[] {
  return [
    ...outside(sources, placements, isPlaced, kind),
    ...misaligned(sources, placements, kind),
    ...missingOverviews(sources, grid, isPlaced, kind),
  ];
}

/** What is wrong where none of the sources lies in the output. A mosaic is then empty, a stack has no band. */
export function nothingPlaced(kind: VrtKind): Problem {
  return {
    index: -1,
    type: 'empty_output',
    field: 'bounds',
    message: `None of the sources lies within the bounds of ${nameOf(kind)}, which would have no band`,
    expected: 'at least 1 source',
    actual: '0',
    fix: 'choose bounds that the sources lie in',
  };
}

/** A sliver that the rounding of the output's size cut off altogether, or a source beside the bounds. */
function outside(
  sources: readonly VrtSourceInput[],
  placements: Placements,
  isPlaced: Uint8Array,
  kind: VrtKind,
): Problem[] {
  if (placements.count === sources.length) return [];
  const placed = new Set(placements.sourceIndex);
  return sources.flatMap((source, index): Problem[] =>
    placed.has(index) || isPlaced[index] === 0
      ? []
      : [
          {
            index,
            type: 'source_outside_output',
            field: 'size',
            message: `${named(source)} covers less than half a pixel at the edge of ${nameOf(kind)} and is not in it`,
            expected: null,
            actual: null,
            fix: 'choose a finer resolution_strategy, or leave this source out',
          },
        ],
  );
}

/**
 * Sources whose corner lies between two pixels of the output. Which of the two pixels a reader takes there differs
 * between GDAL versions.
 */
function misaligned(sources: readonly VrtSourceInput[], placements: Placements, kind: VrtKind): Problem[] {
  const problems: Problem[] = [];
  for (let placement = 0; placement < placements.count; placement += 1) {
    const x = placements.dstRects[4 * placement] ?? 0;
    const y = placements.dstRects[4 * placement + 1] ?? 0;
    if (Number.isInteger(x) && Number.isInteger(y)) continue;
    const index = placements.sourceIndex[placement] ?? -1;
    const source = sources[index];
    if (source === undefined) continue;
    problems.push({
      index,
      type: 'misaligned_pixels',
      field: 'origin',
      message: `${named(source)} begins at pixel ${formatPixels(x)}, ${formatPixels(y)} of ${nameOf(kind)}, between whole pixels: its pixels shift by up to half a one`,
      expected: `${Math.round(x)}, ${Math.round(y)}`,
      actual: `${formatPixels(x)}, ${formatPixels(y)}`,
      fix: 'nothing if half a pixel does not matter; otherwise resample the source to the grid of the others (gdalwarp -tap)',
    });
  }
  return problems;
}

/** Up to this size a raster is quick to read whole. */
const SMALL_RASTER = 1024;

function missingOverviews(
  sources: readonly VrtSourceInput[],
  grid: PixelGrid,
  isPlaced: Uint8Array,
  kind: VrtKind,
): Problem[] {
  if (Math.max(grid.width, grid.height) <= SMALL_RASTER) return [];
  let count = 0;
  let example: VrtSourceInput | null = null;
  for (const [index, source] of sources.entries()) {
    if (isPlaced[index] === 0) continue;
    const { width, height, layout } = source.profile;
    if (layout.overviews.length > 0 || Math.max(width, height) <= SMALL_RASTER) continue;
    example ??= source;
    count += 1;
  }
  if (example === null) return [];
  const whose = count === 1 ? `${named(example)} has` : `${count} sources, "${example.label}" among them, have`;
  return [
    {
      index: -1,
      type: 'missing_overviews',
      field: 'overviews',
      message: `${whose} no overviews: ${nameOf(kind)} is slow to read at small scales`,
      expected: `overviews of every source over ${SMALL_RASTER} pixels`,
      actual: `${count} without`,
      fix: 'add overviews to them (gdaladdo), or register them as Cloud Optimized GeoTIFFs',
    },
  ];
}
