import { tileTemplate } from '../map/dataset-tiles.ts';
import { tilesLayer } from '../map/layers/tiles.ts';
import type { MapLayer } from '../map/map-layer.ts';
import type { PlacedFootprint } from './choose-imagery.ts';

/** The pixels of datasets, as the server draws them by itself. */
export function imageryLayers(chosen: readonly PlacedFootprint[]): MapLayer[] {
  return chosen.map(({ id, box }) =>
    tilesLayer(`imagery ${id}`, {
      tiles: [tileTemplate(id)],
      tileSize: 256,
      // A source has one box; around the antimeridian it is all longitudes.
      bounds: box[0] <= box[2] ? box : [-180, box[1], 180, box[3]],
    }),
  );
}
