import type { MapLayer } from '../map-layer.ts';
import type { Palette } from '../palette.ts';

/** A place in degrees, marked: a ring around it, so that the pixel itself is seen. */
export function placeLayer(
  id: string,
  { lon, lat }: { readonly lon: number; readonly lat: number },
  palette: Palette,
): MapLayer {
  return {
    id,
    source: {
      type: 'geojson',
      data: { type: 'Feature', properties: { id }, geometry: { type: 'Point', coordinates: [lon, lat] } },
    },
    styles: [
      {
        type: 'circle',
        paint: {
          'circle-radius': 7,
          'circle-opacity': 0,
          'circle-stroke-width': 5,
          'circle-stroke-color': palette.halo,
        },
      },
      {
        type: 'circle',
        paint: {
          'circle-radius': 7,
          'circle-opacity': 0,
          'circle-stroke-width': 2,
          'circle-stroke-color': palette.accent,
        },
      },
    ],
  };
}
