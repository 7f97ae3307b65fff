/** A kind of file that can be uploaded, by GDAL's short name of its driver. */
export type UploadFormat = 'GTiff' | ConvertedFormat;

/**
 * What is read by GDAL, and by it alone, to become a GeoTIFF. Each is one file that says all of its pixels itself: no
 * driver of this list opens what a file names, and both `gdal_translate` and gdal3.js have all of them.
 */
export const CONVERTED_FORMATS = ['PNG', 'JPEG', 'AAIGrid'] as const;
export type ConvertedFormat = (typeof CONVERTED_FORMATS)[number];

interface FormatFacts {
  /** As messages call it. */
  readonly name: string;
  /** Endings of its files' names, in lower case. */
  readonly endings: readonly string[];
}

const FACTS: Readonly<Record<UploadFormat, FormatFacts>> = {
  GTiff: { name: 'TIFF', endings: ['.tif', '.tiff', '.gtif', '.gtiff', '.geotif', '.geotiff'] },
  PNG: { name: 'PNG picture', endings: ['.png'] },
  JPEG: { name: 'JPEG picture', endings: ['.jpg', '.jpeg', '.jpe'] },
  AAIGrid: { name: 'Esri ASCII grid', endings: ['.asc', '.agr', '.grd', '.txt'] },
};

/** The format of a file by its first bytes alone; null where they are those of none that is taken. */
export function formatOf(head: Uint8Array): UploadFormat | null {
  if (isTiff(head)) return 'GTiff';
  const text = Buffer.from(head).toString('latin1');
  if (text.startsWith('\u0089PNG\r\n\u001a\n')) return 'PNG';
  if (text.startsWith('\u00ff\u00d8\u00ff')) return 'JPEG';
  return /^\s{0,8}(ncols|nrows|xll(corner|center)|yll(corner|center)|dx|dy|cellsize)\s/i.test(text) ? 'AAIGrid' : null;
}

/** `TIFF`, `PNG picture`, ... */
export function formatName(format: UploadFormat): string {
  return FACTS[format].name;
}

/** Whether a file is named as files of this format are; what it holds decides, but a wrong name misleads people. */
export function isNamedLike(format: UploadFormat, filename: string): boolean {
  return FACTS[format].endings.some((ending) => filename.toLowerCase().endsWith(ending));
}

/** The usual ending of such files' names. */
export function usualEnding(format: UploadFormat): string {
  return FACTS[format].endings[0] ?? '';
}

const MEDIA_TYPES: Readonly<Record<UploadFormat, string>> = {
  GTiff: 'image/tiff',
  PNG: 'image/png',
  JPEG: 'image/jpeg',
  AAIGrid: 'text/plain; charset=utf-8',
};

export function mediaTypeOf(format: UploadFormat): string {
  return MEDIA_TYPES[format];
}

/** Classic TIFF or BigTIFF, either byte order (TIFF 6.0, page 13; BigTIFF design, "header"). */
function isTiff(head: Uint8Array): boolean {
  const little = head[0] === 0x49 && head[1] === 0x49;
  const big = head[0] === 0x4d && head[1] === 0x4d;
  const version = little ? (head[2] ?? 0) | ((head[3] ?? 0) << 8) : ((head[2] ?? 0) << 8) | (head[3] ?? 0);
  return (little || big) && (version === 42 || version === 43);
}
