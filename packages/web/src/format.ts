// Numbers and times as people read them. English, with a thin space between thousands, so that columns line up.

const THIN = '\u202f';

/** `12 345`. */
export function formatCount(value: number): string {
  return Math.round(value)
    .toString()
    .replaceAll(/\B(?=(\d{3})+(?!\d))/g, THIN);
}

/** `1 raster`, `12 345 rasters`. */
export function formatPlural(count: number, one: string, many: string = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `1.4 MB`; powers of 1000. */
export function formatBytes(bytes: number): string {
  const power = Math.min(BYTE_UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)}${THIN}${BYTE_UNITS[power]}`;
}

/** At most `digits` significant ones, without an exponent where it can be read without: `0.00028`, `10`, `1.2e-9`. */
export function formatNumber(value: number, digits = 6): string {
  if (!Number.isFinite(value)) return String(value);
  const rounded = Number(value.toPrecision(digits));
  const text =
    Math.abs(rounded) >= 1e15 || (rounded !== 0 && Math.abs(rounded) < 1e-6)
      ? rounded.toExponential()
      : String(rounded);
  const [whole = '', fraction] = text.split('.');
  const grouped = /^-?\d{5,}$/.test(whole) ? whole.replaceAll(/\B(?=(\d{3})+(?!\d))/g, THIN) : whole;
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** `10 980 × 10 980`. */
export function formatSize(width: number, height: number): string {
  return `${formatCount(width)}${THIN}×${THIN}${formatCount(height)}`;
}

/** What a resolution is in: metres, unless the CRS is in degrees. Codes 4000 to 4999 of EPSG are geographic 2D CRSs. */
export function resolutionUnit(epsg: number | null): 'm' | '°' | '' {
  if (epsg === null) return '';
  return epsg >= 4000 && epsg < 5000 ? '°' : 'm';
}

/** `10 m`, `0.00028°`, `10 × 20 m`; null where there is none. */
export function formatResolution(x: number | null, y: number | null, epsg: number | null): string | null {
  if (x === null || y === null) return null;
  const unit = resolutionUnit(epsg);
  const [across, down] = [formatNumber(x, 4), formatNumber(y, 4)];
  return `${across === down ? across : `${across}${THIN}×${THIN}${down}`}${unit === '°' ? unit : `${THIN}${unit}`}`.trimEnd();
}

const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
const MOMENT = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});

/** `3 Jun 2026`, in UTC, as acquisition dates are meant. */
export function formatDay(time: string): string {
  return DAY.format(new Date(time));
}

/** `3 Jun 2026, 14:05`, in the reader's time zone. */
export function formatMoment(time: string): string {
  return MOMENT.format(new Date(time));
}

const SPANS: readonly (readonly [seconds: number, unit: Intl.RelativeTimeFormatUnit])[] = [
  [60, 'second'],
  [3600, 'minute'],
  [86_400, 'hour'],
  [7 * 86_400, 'day'],
];
const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** `2 minutes ago`; the day where it is more than a week. */
export function formatAgo(time: string, nowMs: number = Date.now()): string {
  const seconds = (Date.parse(time) - nowMs) / 1000;
  let per = 1;
  for (const [limit, unit] of SPANS) {
    if (Math.abs(seconds) < limit) return RELATIVE.format(Math.round(seconds / per), unit);
    per = limit === 7 * 86_400 ? per : limit;
  }
  return formatDay(time);
}

/** `< 0.1 s`, `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 0.1) return `<${THIN}0.1${THIN}s`;
  if (seconds < 10) return `${seconds.toFixed(1)}${THIN}s`;
  if (seconds < 60) return `${Math.round(seconds)}${THIN}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}${THIN}min ${Math.round(seconds % 60)}${THIN}s`;
  return `${Math.floor(minutes / 60)}${THIN}h ${minutes % 60}${THIN}min`;
}
