import type { ColorEntry } from '@inlay/geo';
import type { ColorClasses } from '@inlay/raster';

/** Classes of one map. */
const MAX_CLASSES = 1024;

/**
 * Colours for values or intervals, as rio-tiler takes them in JSON: `{"1": "#ff0000", "2": [0, 255, 0, 255]}` or
 * `[[[0, 10], "#ff0000"], [[10, 20], [0, 255, 0]]]`. Text where it is neither, saying why.
 */
export function parseColorClasses(text: string): ColorClasses | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return 'is not JSON; write {"1": "#ff0000"} or [[[0, 10], "#ff0000"]]';
  }
  if (Array.isArray(json)) return intervals(json);
  if (typeof json === 'object' && json !== null) return values(json);
  return 'must be a JSON object of values and colours, or a list of intervals and colours';
}

function values(json: object): ColorClasses | string {
  const items = Object.entries(json);
  if (items.length === 0 || items.length > MAX_CLASSES) return `takes 1 to ${MAX_CLASSES} values, not ${items.length}`;
  const entries: { value: number; color: ColorEntry }[] = [];
  for (const [key, colorJson] of items) {
    const value = key.trim() === '' ? NaN : Number(key);
    if (!Number.isFinite(value)) return `"${key.slice(0, 50)}" is not a number`;
    const color = parseColor(colorJson);
    if (color === null) return `${key.slice(0, 50)} has no colour: write "#rrggbb", "#rrggbbaa" or [r, g, b, a]`;
    entries.push({ value, color });
  }
  return { kind: 'values', entries };
}

function intervals(json: readonly unknown[]): ColorClasses | string {
  if (json.length === 0 || json.length > MAX_CLASSES) return `takes 1 to ${MAX_CLASSES} intervals, not ${json.length}`;
  const entries: { from: number; to: number; color: ColorEntry }[] = [];
  for (const [index, item] of json.entries()) {
    const [range, colorJson] = Array.isArray(item) && item.length === 2 ? (item as unknown[]) : [];
    const [from, to] = Array.isArray(range) && range.length === 2 ? (range as unknown[]) : [];
    if (typeof from !== 'number' || typeof to !== 'number' || !(from < to)) {
      return `item ${index} is no interval: write [[from, to], colour] with from less than to`;
    }
    const color = parseColor(colorJson);
    if (color === null) return `item ${index} has no colour: write "#rrggbb", "#rrggbbaa" or [r, g, b, a]`;
    entries.push({ from, to, color });
  }
  return { kind: 'intervals', entries };
}

function parseColor(json: unknown): ColorEntry | null {
  if (typeof json === 'string') {
    if (!/^#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i.test(json)) return null;
    const digits = json.slice(1);
    const full = digits.length <= 4 ? digits.replace(/./g, '$&$&') : digits;
    const [r, g, b, a = 255] = (full.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
    return [r!, g!, b!, a];
  }
  if (!Array.isArray(json) || json.length < 3 || json.length > 4) return null;
  const parts = json as unknown[];
  const isByte = (part: unknown): part is number =>
    typeof part === 'number' && Number.isInteger(part) && part >= 0 && part <= 255;
  const [r, g, b, a = 255] = parts;
  return isByte(r) && isByte(g) && isByte(b) && isByte(a) ? [r, g, b, a] : null;
}
