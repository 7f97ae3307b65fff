import type { ReactNode } from 'react';
import { formatCount } from '../format.ts';
import { useSight } from '../map/viewport.ts';

/** The Earth's circumference at the equator in metres, WGS 84 (2 pi times 6 378 137 m). */
const CIRCUMFERENCE = 40_075_016.685_578_5;
/** MapLibre's world is this wide at zoom 0, in CSS pixels. */
const WORLD_PIXELS = 512;
const LONGEST_PIXELS = 128;

/** How long a distance is on the map, at the latitude of its middle. */
export function ScaleBar(): ReactNode {
  const sight = useSight();
  if (sight === null || sight.zoom < 2) return null;
  const metresPerPixel = (Math.cos((sight.lat * Math.PI) / 180) * CIRCUMFERENCE) / (WORLD_PIXELS * 2 ** sight.zoom);
  const metres = roundDown(metresPerPixel * LONGEST_PIXELS);
  return (
    <span
      className="border-x border-b border-soft px-1 text-center text-xs leading-4 text-ink"
      style={{ width: metres / metresPerPixel }}
    >
      {metres >= 1000 ? `${formatCount(metres / 1000)}\u202fkm` : `${metres}\u202fm`}
    </span>
  );
}

/** The greatest of 1, 2 and 5 times a power of ten that is not greater. */
export function roundDown(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [5, 2, 1].find((factor) => factor * power <= value) ?? 1;
  return Number((step * power).toPrecision(1));
}
