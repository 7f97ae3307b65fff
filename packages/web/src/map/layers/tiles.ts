import type { BBox } from '../bbox.ts';
import type { MapLayer } from '../map-layer.ts';

export interface TilesState {
  /** Templates with `{z}`, `{x}` and `{y}`. */
  readonly tiles: readonly string[];
  readonly tileSize: number;
  readonly minzoom?: number;
  readonly maxzoom?: number;
  /** Where there are any. */
  readonly bounds?: BBox;
  /** 0 to 1. */
  readonly opacity?: number;
  /** Pixels as squares rather than blended, where they are drawn larger than they are. */
  readonly isCrisp?: boolean;
}

/** Map tiles of pixels. */
export function tilesLayer(
  id: string,
  { tiles, opacity = 1, isCrisp = false, bounds, ...state }: TilesState,
): MapLayer {
  return {
    id,
    source: {
      type: 'raster',
      tiles: [...tiles],
      ...state,
      ...(bounds === undefined ? {} : { bounds: [...bounds] as [number, number, number, number] }),
    },
    styles: [
      {
        type: 'raster',
        paint: {
          'raster-opacity': opacity,
          'raster-fade-duration': 120,
          'raster-resampling': isCrisp ? 'nearest' : 'linear',
        },
      },
    ],
  };
}
