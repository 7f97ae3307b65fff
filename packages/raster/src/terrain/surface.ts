import type { NumericSamples } from '../numeric-samples.ts';

/** Elevations with one pixel more on each side than the picture that is made of them. */
export interface Surface {
  /** Pixels of {@link samples} in each direction: the picture's and two more. */
  readonly width: number;
  readonly height: number;
  readonly samples: NumericSamples;
  /** Non-zero = valid. */
  readonly valid: Uint8Array;
  /** Metres on the ground that a pixel of each row spans: length = height. */
  readonly metresX: Float64Array;
  readonly metresY: Float64Array;
}

/** One value a pixel of the picture, (width - 2) * (height - 2) of the surface's; non-zero = valid. */
export interface SurfaceResult {
  readonly samples: Float32Array;
  readonly valid: Uint8Array;
}

/**
 * Derives a value from the slope of the surface at each pixel, by Horn's method on the eight around it (Horn 1981, and
 * GDAL's default): `dx` and `dy` are metres of height per metre to the east and to the south. Neighbours without an
 * elevation count as level with the pixel (`gdaldem -compute_edges`).
 */
export function deriveFromSlope(
  { width, height, samples, valid, metresX, metresY }: Surface,
  derive: (dx: number, dy: number) => number,
): SurfaceResult {
  const outWidth = width - 2;
  const result = { samples: new Float32Array(outWidth * (height - 2)), valid: new Uint8Array(outWidth * (height - 2)) };
  for (let row = 1; row < height - 1; row++) {
    const perX = 1 / (8 * metresX[row]!);
    const perY = 1 / (8 * metresY[row]!);
    for (let col = 1; col < width - 1; col++) {
      const at = row * width + col;
      if (valid[at] === 0) continue;
      const here = samples[at]!;
      const up = at - width;
      const down = at + width;
      const a = valid[up - 1] === 0 ? here : samples[up - 1]!;
      const b = valid[up] === 0 ? here : samples[up]!;
      const c = valid[up + 1] === 0 ? here : samples[up + 1]!;
      const d = valid[at - 1] === 0 ? here : samples[at - 1]!;
      const f = valid[at + 1] === 0 ? here : samples[at + 1]!;
      const g = valid[down - 1] === 0 ? here : samples[down - 1]!;
      const h = valid[down] === 0 ? here : samples[down]!;
      const i = valid[down + 1] === 0 ? here : samples[down + 1]!;
      const dx = (c + 2 * f + i - (a + 2 * d + g)) * perX;
      const dy = (g + 2 * h + i - (a + 2 * b + c)) * perY;
      const to = (row - 1) * outWidth + col - 1;
      result.samples[to] = derive(dx, dy);
      result.valid[to] = 1;
    }
  }
  return result;
}

/** Where the light comes from, in degrees, and how much steeper the land is made. */
export interface HillshadeOptions {
  /** Clockwise from north. */
  readonly azimuth: number;
  /** Above the horizon. */
  readonly altitude: number;
  readonly zFactor: number;
}

const DEGREE = Math.PI / 180;

/** Shaded relief, 1 (in the shade) to 255 (facing the light): the numbers of `gdaldem hillshade`. */
export function hillshade(surface: Surface, { azimuth, altitude, zFactor }: HillshadeOptions): SurfaceResult {
  const up = Math.sin(altitude * DEGREE);
  const east = Math.cos(altitude * DEGREE) * Math.sin(azimuth * DEGREE) * zFactor;
  const north = Math.cos(altitude * DEGREE) * Math.cos(azimuth * DEGREE) * zFactor;
  const square = zFactor * zFactor;
  return deriveFromSlope(surface, (dx, dy) => {
    const cosine = (up - dx * east + dy * north) / Math.sqrt(1 + square * (dx * dx + dy * dy));
    return cosine <= 0 ? 1 : Math.floor(1 + 254 * cosine + 0.5);
  });
}

/** Steepness in degrees, 0 to 90. */
export function slope(surface: Surface, { zFactor }: Pick<HillshadeOptions, 'zFactor'>): SurfaceResult {
  return deriveFromSlope(surface, (dx, dy) => Math.atan(Math.hypot(dx, dy) * zFactor) / DEGREE);
}
