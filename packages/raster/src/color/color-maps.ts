import colorMaps from './color-maps.json' with { type: 'json' };

/** 256 colours, red, green, blue and alpha one after the other: length = 1024. Entry `i` is the colour of byte `i`. */
export type ColorRamp = Uint8Array;

const MAPS: Readonly<Record<string, string>> = colorMaps.maps;

/** Names by their lower-case form: callers write `rdylgn` and `RdYlGn` alike. */
const NAMES: ReadonlyMap<string, string> = new Map(Object.keys(MAPS).map((name) => [name.toLowerCase(), name]));

/** The names of all colour maps, matplotlib's, without their reversed forms (`_r`). */
export const COLOR_MAP_NAMES: readonly string[] = Object.keys(MAPS);

const decoded = new Map<string, ColorRamp>();

/**
 * A colour map of matplotlib by its name, whatever its case; `_r` at the end reverses it. Null for unknown names. The
 * array is shared: not to be written to.
 */
export function colorMapByName(name: string): ColorRamp | null {
  const key = name.toLowerCase();
  let ramp = decoded.get(key);
  if (ramp !== undefined) return ramp;
  const plain = NAMES.get(key);
  const reversed = plain === undefined && key.endsWith('_r') ? NAMES.get(key.slice(0, -2)) : undefined;
  const found = plain ?? reversed;
  if (found === undefined) return null;
  ramp = toRamp(decodeBase64(MAPS[found]!), reversed !== undefined);
  decoded.set(key, ramp);
  return ramp;
}

function toRamp(colors: Uint8Array, isReversed: boolean): ColorRamp {
  const ramp = new Uint8Array(1024).fill(255);
  for (let i = 0; i < 256; i++) {
    const from = 3 * (isReversed ? 255 - i : i);
    ramp.set(colors.subarray(from, from + 3), 4 * i);
  }
  return ramp;
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** RFC 4648 without padding: this package has neither `Buffer` nor `atob`, and 768 bytes need none. */
function decodeBase64(text: string): Uint8Array {
  const bytes = new Uint8Array((text.length / 4) * 3);
  for (let i = 0, at = 0; i < text.length; i += 4) {
    const [a, b, c, d] = [0, 1, 2, 3].map((k) => BASE64.indexOf(text[i + k]!)) as [number, number, number, number];
    bytes[at++] = (a << 2) | (b >> 4);
    bytes[at++] = (b << 4) | (c >> 2);
    bytes[at++] = (c << 6) | d;
  }
  return bytes;
}
