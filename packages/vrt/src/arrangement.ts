import type { PixelGrid } from '@inlay/geo';
import { groupByLayout, type LayoutGroups } from './bands.ts';
import type { Placements, WarpPlan } from './plan.ts';
import type { Problem, VrtKind, VrtSourceInput } from './problem.ts';

/** Where the output lies, and each source in it. */
export interface Arrangement {
  readonly grid: PixelGrid;
  /** By position in the order sent, as they are read: warped ones with the profile that they have then. */
  readonly sources: readonly VrtSourceInput[];
  /** Of `sources`. In a mosaic, a placement's variant is its layout's position. */
  readonly groups: LayoutGroups;
  readonly placements: Placements;
  readonly warp: WarpPlan | null;
}

/** An arrangement, or why there is none, and what to know about it. */
export interface Arranged {
  /** Null exactly where `problems` is not empty. */
  readonly arrangement: Arrangement | null;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** The layouts of sources, and their variants; negative ones for sources that are not placed. */
export function groupSources(
  sources: readonly VrtSourceInput[],
  isPlaced: Uint8Array,
  kind: VrtKind,
): { readonly groups: LayoutGroups; readonly variants: Int32Array } {
  if (kind === 'mosaic') {
    const groups = groupByLayout(sources, isPlaced);
    return { groups, variants: groups.layoutOf };
  }
  // In a stack, each band has a source to itself, so that there is nothing to tell apart by variant.
  const groups = { layouts: sources.map(({ profile }) => profile.layout), layoutOf: Int32Array.from(sources.keys()) };
  return { groups, variants: Int32Array.from(isPlaced, (placed) => placed - 1) };
}
