import { makeGeoTiff } from '@inlay/testing';

/** A raster of 8 x 8 bytes of one value and of one degree, the `index`-th in a row eastwards from 12 E, 48 to 49 N. */
export const square = (index: number, value = 1): Uint8Array<ArrayBuffer> =>
  makeGeoTiff({ width: 8, height: 8, origin: [12 + index, 49], resolution: 1 / 8, epsg: 4326, value: () => value });
