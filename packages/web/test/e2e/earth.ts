import { fileURLToPath } from 'node:url';
import { makeGeoTiff } from '@inlay/testing';
import sharp from 'sharp';

// Real pixels without GDAL: the picture of the Earth that the npm package three-globe ships (NASA Blue Marble), 360 by 180
// degrees in 4096 by 2048 pixels.

const DEGREES_PER_PIXEL = 360 / 4096;
const PICTURE = fileURLToPath(new URL('../example/img/earth-blue-marble.jpg', import.meta.resolve('three-globe')));

export interface Place {
  /** Degrees. */
  readonly west: number;
  readonly north: number;
  /** Pixels in each direction; 256 are 22.5 degrees. */
  readonly size: number;
}

/** A GeoTIFF of a part of the Earth: three bands of bytes in EPSG:4326. */
export async function earthAt({ west, north, size }: Place): Promise<Uint8Array<ArrayBuffer>> {
  const left = Math.round((west + 180) / DEGREES_PER_PIXEL);
  const top = Math.round((90 - north) / DEGREES_PER_PIXEL);
  const pixels = await sharp(PICTURE).extract({ left, top, width: size, height: size }).removeAlpha().raw().toBuffer();
  return makeGeoTiff({
    width: size,
    height: size,
    bands: 3,
    origin: [left * DEGREES_PER_PIXEL - 180, 90 - top * DEGREES_PER_PIXEL],
    resolution: DEGREES_PER_PIXEL,
    epsg: 4326,
    value: (col, row, band) => pixels[(row * size + col) * 3 + band - 1] ?? 0,
  });
}

/** Four that overlap, around the eastern Mediterranean. */
export const PLACES: Readonly<Record<string, Place>> = {
  'Italy and the Balkans': { west: 5, north: 50, size: 224 },
  'Anatolia and the Black Sea': { west: 22, north: 50, size: 224 },
  Libya: { west: 8, north: 36, size: 200 },
  'The Nile and the Red Sea': { west: 24, north: 36, size: 224 },
};
