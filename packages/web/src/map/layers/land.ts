import type { FeatureCollection } from 'geojson';
import type { MapLayer } from '../map-layer.ts';
import type { Palette } from '../palette.ts';

/** Land, coasts and borders of one scale, as `load-land.ts` reads them; each feature's `kind` tells which it is. */
export type Land = FeatureCollection;

/** The basemap: land with its coasts and the borders of countries. */
export function landLayer(land: Land, palette: Palette): MapLayer {
  return {
    id: 'land',
    // Coasts are drawn far beyond the scale they were made for: no further tiles are needed for that.
    source: sourceOf(land),
    styles: [
      { type: 'fill', filter: ['==', ['get', 'kind'], 'land'], paint: { 'fill-color': palette.land } },
      {
        type: 'line',
        filter: ['==', ['get', 'kind'], 'border'],
        paint: { 'line-color': palette.border, 'line-width': ['interpolate', ['linear'], ['zoom'], 2, 0.6, 8, 1.4] },
      },
      {
        type: 'line',
        filter: ['==', ['get', 'kind'], 'coast'],
        paint: { 'line-color': palette.coast, 'line-width': ['interpolate', ['linear'], ['zoom'], 0, 0.5, 6, 1] },
      },
    ],
  };
}

const sources = new WeakMap<Land, MapLayer['source']>();

/** One source a collection: layers are compared by their source's identity. */
function sourceOf(land: Land): MapLayer['source'] {
  const known = sources.get(land);
  if (known !== undefined) return known;
  const source = { type: 'geojson', data: land, maxzoom: 8, tolerance: 0.3 } as const;
  sources.set(land, source);
  return source;
}
