import { fileURLToPath } from 'node:url';

/**
 * A picture of the whole earth in plate carree (EPSG:4326, longitude -180..180, latitude 90..-90), as the npm
 * package `three-globe` ships it.
 */
export interface EarthImage {
  readonly file: string;
  /** Columns; 360 degrees. Rows are half as many; 180 degrees. */
  readonly width: number;
  readonly credit: string;
}

/** One pixel is 360/4096 = 0.087890625 degrees: a binary fraction, so that every scene's corner is exact. */
export const BLUE_MARBLE: EarthImage = {
  file: 'earth-blue-marble.jpg',
  width: 4096,
  credit: 'NASA Blue Marble, as shipped in the npm package three-globe',
};

export const NIGHT_LIGHTS: EarthImage = {
  file: 'earth-night.jpg',
  width: 4096,
  credit: 'NASA Earth at Night, as shipped in the npm package three-globe',
};

/** Relative elevation, 0 (the sea) to 255, one band, at half the others' resolution. */
export const TOPOGRAPHY: EarthImage = {
  file: 'earth-topology.png',
  width: 2048,
  credit: 'Relative elevation, as shipped in the npm package three-globe',
};

/** Where the image lies in this installation. */
export function earthImagePath(image: EarthImage): string {
  // The package exports its entry only, so its other files are reached from there.
  const entry = import.meta.resolve('three-globe');
  return fileURLToPath(new URL(`../example/img/${image.file}`, entry));
}
