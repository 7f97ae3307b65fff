import type { NumericSamples } from '../numeric-samples.ts';

/** How elevations are packed into colours, for clients that build terrain of them. */
export type ElevationCode =
  /** Mapbox Terrain-RGB: `base + interval * (65536 r + 256 g + b)`. */
  | { readonly kind: 'terrainrgb'; readonly base: number; readonly interval: number }
  /** Tilezen Terrarium: `256 r + g + b / 256 - 32768`. */
  | { readonly kind: 'terrarium' };

/**
 * Elevations in metres as RGBA, length = 4 * samples.length. Invalid pixels are transparent and say elevation 0, so that
 * clients that look at colours alone see the sea there and no abyss.
 */
export function encodeElevation(samples: NumericSamples, valid: Uint8Array, code: ElevationCode): Uint8Array {
  const data = new Uint8Array(4 * samples.length);
  const { base, interval } = code.kind === 'terrainrgb' ? code : { base: -32_768, interval: 1 / 256 };
  // Terrarium's reference encoder rounds down.
  const half = code.kind === 'terrainrgb' ? 0.5 : 0;
  for (let i = 0; i < samples.length; i++) {
    const elevation = valid[i] === 0 ? 0 : samples[i]!;
    const steps = Math.min(0xff_ff_ff, Math.max(0, Math.floor((elevation - base) / interval + half)));
    data[4 * i] = steps >> 16;
    data[4 * i + 1] = (steps >> 8) & 255;
    data[4 * i + 2] = steps & 255;
    data[4 * i + 3] = valid[i] === 0 ? 0 : 255;
  }
  return data;
}
