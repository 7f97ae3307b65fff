import type { Polygon } from 'geojson';
import { type BBox, unwrapped } from '../bbox.ts';
import type { MapLayer } from '../map-layer.ts';
import type { Palette } from '../palette.ts';

/** Boxes in degrees, outlined; each can be picked by its id. */
export function boxesLayer(
  id: string,
  boxes: readonly { readonly id: string; readonly box: BBox }[],
  palette: Palette,
): MapLayer {
  return {
    id,
    isPickable: true,
    source: {
      type: 'geojson',
      promoteId: 'id',
      data: {
        type: 'FeatureCollection',
        features: boxes.map(({ id, box }) => ({ type: 'Feature', properties: { id }, geometry: polygonOf(box) })),
      },
    },
    styles: [
      { type: 'fill', paint: { 'fill-color': palette.accent, 'fill-opacity': 0.12 } },
      { type: 'line', paint: { 'line-color': palette.halo, 'line-width': 4 } },
      { type: 'line', paint: { 'line-color': palette.accent, 'line-width': 1.75 } },
    ],
  };
}

function polygonOf(box: BBox): Polygon {
  const [west, south, east, north] = unwrapped(box);
  const ring = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
  return { type: 'Polygon', coordinates: [ring] };
}
