import type { Footprint } from '@inlay/contract';
import type { Feature } from 'geojson';
import type { FeatureState, MapLayer } from '../map-layer.ts';
import type { Palette } from '../palette.ts';

/** Below this many pixels a footprint is drawn as a dot, so that it can be seen and clicked. */
const LEAST_PIXELS = 9;
/** MapLibre's world is 512 pixels wide at zoom 0. */
const DOT_SIZE = (LEAST_PIXELS * 360) / 512;

const isDot = ['<', ['*', ['get', 'size'], ['^', 2, ['zoom']]], DOT_SIZE];
const isOutline = ['!', isDot];

/** Outlines of datasets as a GeoJSON source; make it once for each answer of the server. */
export function footprintSources(footprints: readonly Footprint[]): {
  readonly outlines: MapLayer['source'];
  readonly dots: MapLayer['source'];
} {
  const collection = (features: Feature[]): MapLayer['source'] => ({
    type: 'geojson',
    promoteId: 'id',
    // Footprints are plain shapes: simplifying them further would open gaps between neighbours.
    tolerance: 0.2,
    data: { type: 'FeatureCollection', features },
  });
  const outlines: Feature[] = [];
  const dots: Feature[] = [];
  for (const { id, outline } of footprints) {
    const [first] = outline;
    if (first === undefined) continue;
    const [west, south, east, north] = boxAround(first);
    const properties = { id, size: Math.max(east - west, north - south) };
    outlines.push({
      type: 'Feature',
      properties,
      geometry: { type: 'MultiPolygon', coordinates: outline.map((ring) => [ring]) },
    });
    dots.push({
      type: 'Feature',
      properties,
      geometry: { type: 'Point', coordinates: [(west + east) / 2, (south + north) / 2] },
    });
  }
  return { outlines: collection(outlines), dots: collection(dots) };
}

export interface FootprintsState {
  readonly sources: ReturnType<typeof footprintSources>;
  /** `selected`, `hovered`, `refused`: each true where it holds. */
  readonly states: ReadonlyMap<string, FeatureState>;
  /** Outlines only, where the pixels themselves are shown below. */
  readonly isHollow?: boolean;
  /** Those that are not selected stand back, where what is selected is drawn together. */
  readonly isFaint?: boolean;
}

/** Where datasets lie: outlines, and dots where they are too small for that. Both have the dataset's id. */
export function footprintLayers(
  { sources, states, isHollow = false, isFaint = false }: FootprintsState,
  palette: Palette,
): MapLayer[] {
  const color = ['case', is('refused'), palette.danger, palette.accent];
  return [
    {
      id: 'footprints',
      source: sources.outlines,
      states,
      isPickable: true,
      styles: [
        {
          type: 'fill',
          filter: isOutline as never,
          paint: {
            'fill-color': color,
            'fill-opacity': [
              'case',
              is('selected'),
              isHollow ? 0.001 : 0.22,
              is('hovered'),
              0.16,
              isHollow ? 0.001 : 0.05,
            ],
          },
        },
        {
          type: 'line',
          filter: isOutline as never,
          // A halo, so that lines are seen on imagery of any colour.
          paint: {
            'line-color': palette.halo,
            'line-width': ['case', is('selected'), 4.5, is('hovered'), 3.5, 0],
            'line-opacity': 0.85,
          },
        },
        {
          type: 'line',
          filter: isOutline as never,
          paint: {
            'line-color': color,
            'line-width': ['case', is('selected'), 2.25, is('hovered'), 1.75, 0.9],
            'line-opacity': ['case', is('selected'), 1, is('hovered'), 1, isFaint ? 0.35 : 0.7],
          },
        },
      ],
    },
    {
      id: 'footprint-dots',
      source: sources.dots,
      states,
      isPickable: true,
      styles: [
        {
          type: 'circle',
          filter: isDot as never,
          paint: {
            'circle-color': color,
            // From afar there are many: they are smaller and fainter, so that one sees where they gather.
            'circle-radius': ['interpolate', ['linear'], ['zoom'], 1, dotStates(4, 1.6), 5, dotStates(5, 3)],
            'circle-opacity': ['interpolate', ['linear'], ['zoom'], 1, dotStates(1, 0.45), 5, dotStates(1, 0.7)],
            'circle-stroke-color': palette.halo,
            'circle-stroke-width': ['case', is('selected'), 1.5, is('hovered'), 1.5, 0],
          },
        },
      ],
    },
  ];
}

/** One value for what is selected or hovered over, another for the rest. */
function dotStates(marked: number, plain: number): unknown[] {
  return ['case', is('selected'), marked, is('hovered'), marked, plain];
}

function is(state: string): unknown[] {
  return ['boolean', ['feature-state', state], false];
}

function boxAround(ring: readonly (readonly [number, number])[]): [number, number, number, number] {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [lon, lat] of ring) {
    west = Math.min(west, lon);
    south = Math.min(south, lat);
    east = Math.max(east, lon);
    north = Math.max(north, lat);
  }
  return [west, south, east, north];
}

/** The box of a footprint; west is greater than east where it crosses the antimeridian. */
export function boxOfFootprint({ outline }: Pick<Footprint, 'outline'>): readonly [number, number, number, number] {
  const boxes = outline.map(boxAround);
  const [first, second] = boxes;
  if (first === undefined) return [0, 0, 0, 0];
  if (second === undefined) return first;
  // Its parts touch the antimeridian from both sides: the eastern one is that in the west of the map.
  const [west, east] = first[0] > second[0] ? [first, second] : [second, first];
  return [west[0], Math.min(west[1], east[1]), east[2], Math.max(west[3], east[3])];
}
