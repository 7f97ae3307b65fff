// When a raster was taken, as its metadata says it.

/**
 * Metadata items that say when the pixels were taken, the surest first: GDAL's own (gdal.org, "Raster data model",
 * IMAGERY domain), those of Sentinel-2 and Landsat products, and what people write.
 */
const ITEMS: readonly string[] = [
  'ACQUISITIONDATETIME',
  'ACQUISITION_DATETIME',
  'ACQUISITION_DATE_TIME',
  'DATATAKE_1_DATATAKE_SENSING_START',
  'SENSING_TIME',
  'PRODUCT_START_TIME',
  'DATE_ACQUIRED',
  'ACQUISITION_DATE',
  'DATETIME',
  // When the file was written, which for cameras is when its pixels were taken.
  'TIFFTAG_DATETIME',
];

/** `YYYY:MM:DD HH:MM:SS` (TIFF 6.0, page 31), or ISO 8601 with or without a time, a fraction and an offset. */
const TIME =
  /^(\d{4})[-:](\d{2})[-:](\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/i;

/**
 * When a raster was taken, in UTC, as RFC 3339; null where its metadata does not say, or not in a way that can be read.
 * Times without an offset are taken for UTC.
 */
export function takenAt(metadata: Readonly<Record<string, string>>): string | null {
  const items = new Map(Object.entries(metadata).map(([name, value]) => [name.toUpperCase(), value.trim()]));
  for (const name of ITEMS) {
    const text = items.get(name);
    const time = text === undefined ? null : readTime(text);
    if (time !== null) return time;
  }
  return null;
}

function readTime(text: string): string | null {
  const match = TIME.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '0', offset = 'Z'] = match;
  const zone = offset.length === 5 ? `${offset.slice(0, 3)}:${offset.slice(3)}` : offset.toUpperCase();
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3)}${zone}`);
  // Cameras whose clock was never set write 0000:00:00, a time that there is not.
  return Number.isNaN(time.getTime()) || time.getUTCFullYear() < 1 ? null : time.toISOString();
}
