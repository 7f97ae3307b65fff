// Web Mercator as a square of side 1: x grows eastwards from 180 degrees west, y southwards from 85.05 degrees north.

/** Longitude and latitude in degrees as a point of the square. */
export function toSquare(lon, lat) {
  const phi = (Math.max(-85.051_129, Math.min(85.051_129, lat)) * Math.PI) / 180;
  return { x: lon / 360 + 0.5, y: 0.5 - Math.asinh(Math.tan(phi)) / (2 * Math.PI) };
}

/** A point of the square as longitude and latitude in degrees. */
export function toLonLat({ x, y }) {
  return { lon: (x - 0.5) * 360, lat: (Math.atan(Math.sinh((0.5 - y) * 2 * Math.PI)) * 180) / Math.PI };
}

const EQUATOR_METRES = 2 * Math.PI * 6_378_137;

/** Metres on the ground that a pixel of the screen spans. */
export function metresPerPixel(lat, zoom) {
  return (EQUATOR_METRES * Math.cos((lat * Math.PI) / 180)) / (256 * 2 ** zoom);
}
