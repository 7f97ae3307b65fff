import type { ImageFormat, TileJson } from '@inlay/contract';
import { crsLabel } from '@inlay/geo';
import type { MapPlace } from './map-place.ts';
import type { RasterSource } from './raster-source.ts';

/** Tiles of 512 pixels show at one zoom what those of 256 show at the next. */
export function zoomsForSize({ minZoom, maxZoom }: MapPlace, tileSize: number): { minzoom: number; maxzoom: number } {
  const fewer = Math.round(Math.log2(tileSize / 256));
  return { minzoom: Math.max(0, minZoom - fewer), maxzoom: Math.max(0, maxZoom - fewer) };
}

/** TileJSON 3.0.0 (github.com/mapbox/tilejson-spec/tree/master/3.0.0) of a dataset. */
export function tileJsonOf(
  source: Pick<RasterSource, 'crs' | 'layout'>,
  place: MapPlace,
  {
    title,
    summary,
    template,
    tileSize,
    format,
  }: {
    readonly title: string;
    readonly summary: string | null;
    readonly template: string;
    readonly tileSize: number;
    readonly format: ImageFormat;
  },
): TileJson {
  const zooms = zoomsForSize(place, tileSize);
  return {
    tilejson: '3.0.0',
    name: title,
    ...(summary === null ? {} : { description: summary }),
    version: '1.0.0',
    scheme: 'xyz',
    tiles: [template],
    ...zooms,
    bounds: [...place.bounds],
    center: [...place.center, zooms.minzoom],
    tileSize,
    format,
    crs: source.crs === null ? null : crsLabel(source.crs),
    bands: source.layout.bands.map(({ description, dataType, colorInterp }, bandOffset) => ({
      index: bandOffset + 1,
      name: description,
      dtype: dataType,
      color_interp: colorInterp,
    })),
  };
}
