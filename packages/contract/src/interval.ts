/** From `start` to `end`, both included, as RFC 3339 times; null where it is open. */
export interface Interval {
  readonly start: string | null;
  readonly end: string | null;
}

const DATE_TIME = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/i;

/**
 * Whether a text is a time as RFC 3339 writes it, with an offset, of the years 1 to 9999 in UTC: what databases and
 * JavaScript read alike.
 */
export function isDateTime(text: string): boolean {
  const [, year, month, day] = DATE_TIME.exec(text) ?? [];
  if (year === undefined) return false;
  // JavaScript takes 30 February for 1 March.
  const isDay = new Date(`${year}-${month}-${day}T00:00:00Z`).getUTCDate() === Number(day);
  const utcYear = new Date(text).getUTCFullYear();
  return isDay && utcYear >= 1 && utcYear <= 9999;
}

/**
 * Reads a moment, or an interval `start/end` in which `..` or nothing stands for an open end (OGC API - Features
 * 17-069r4, 7.15.3). Null for what is neither, what is open at both ends, and what ends before it begins.
 */
export function parseInterval(text: string): Interval | null {
  const [start = '', end = start, ...rest] = text.split('/');
  const isOpen = (part: string) => part === '' || part === '..';
  if (rest.length > 0 || (isOpen(start) && isOpen(end))) return null;
  if (![start, end].every((part) => isOpen(part) || isDateTime(part))) return null;
  if (Date.parse(end) < Date.parse(start)) return null;
  return { start: isOpen(start) ? null : start, end: isOpen(end) ? null : end };
}
