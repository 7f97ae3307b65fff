import type { Footprint } from '@inlay/contract';
import { boxOfFootprint } from '../map/layers/footprints.ts';
import { type BBox, touches, unwrapped } from '../map/bbox.ts';
import type { Sight } from '../map/viewport.ts';

/** Datasets shown with their pixels at a time: more are more tiles than a screen is worth. */
const MOST = 12;
/** Smaller ones, in CSS pixels, show as outlines only. */
const LEAST_PIXELS = 40;

/** Footprints with their boxes, computed once. */
export interface PlacedFootprint {
  readonly id: string;
  readonly box: BBox;
}

export function placeFootprints(footprints: readonly Footprint[]): readonly PlacedFootprint[] {
  return footprints.map((footprint) => ({ id: footprint.id, box: boxOfFootprint(footprint) }));
}

/**
 * The datasets whose pixels to show: those in sight that are large enough to be made out, the largest of them, in an order in
 * which small ones lie on top, and what is selected above all.
 */
export function chooseImagery(
  placed: readonly PlacedFootprint[],
  sight: Sight,
  selected: ReadonlySet<string>,
): readonly PlacedFootprint[] {
  const pixelsPerDegree = (512 * 2 ** sight.zoom) / 360;
  const sizeOf = ({ box }: PlacedFootprint): number => unwrapped(box)[2] - box[0];
  const shown = placed.filter((one) => sizeOf(one) * pixelsPerDegree >= LEAST_PIXELS && touches(one.box, sight.bbox));
  const rank = ({ id }: PlacedFootprint): number => (selected.has(id) ? 1 : 0);
  return shown
    .toSorted((a, b) => rank(b) - rank(a) || sizeOf(b) - sizeOf(a))
    .slice(0, MOST)
    .toSorted((a, b) => rank(a) - rank(b) || sizeOf(b) - sizeOf(a));
}
