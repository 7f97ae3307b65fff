import type { PixelGrid } from '@inlay/geo';
import type { Placements } from './plan.ts';
import type { PlanOptions } from './plan-options.ts';
import { named, nameOf, type Problem, type VrtKind, type VrtSourceInput } from './problem.ts';

/** What to know about an output before it is built, although nothing stands in its way. */
export function placementWarnings(
  sources: readonly VrtSourceInput[],
  grid: PixelGrid,
  placements: Placements,
  isPlaced: Uint8Array,
  kind: VrtKind,
  options: PlanOptions,
): Problem[] {
  return [...outside(sources, placements, isPlaced, kind, options), ...missingOverviews(sources, grid, isPlaced, kind)];
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
  { bounds }: PlanOptions,
): Problem[] {
  const isInside = new Uint8Array(sources.length);
  for (const index of placements.sourceIndex) isInside[index] = 1;
  if (!isInside.includes(0)) return [];
  return sources.flatMap((source, index): Problem[] =>
    isInside[index] === 1 || isPlaced[index] === 0 ? [] : [outsideOutput(source, index, kind, bounds !== undefined)],
  );
}

function outsideOutput(source: VrtSourceInput, index: number, kind: VrtKind, hasBounds: boolean): Problem {
  return {
    index,
    type: 'source_outside_output',
    field: hasBounds ? 'bounds' : 'size',
    message: hasBounds
      ? `${named(source)} lies outside of the bounds of ${nameOf(kind)}, or covers less than half a pixel at their edge, and is not in it`
      : `${named(source)} covers less than half a pixel at the edge of ${nameOf(kind)} and is not in it`,
    expected: null,
    actual: null,
    fix: hasBounds
      ? 'choose larger bounds, or leave this source out'
      : 'choose a finer resolution_strategy, or leave this source out',
  };
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
