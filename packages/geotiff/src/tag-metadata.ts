import type { TagValues } from './tiff-directory.ts';
import { TAG } from './tiff-tag.ts';

/** TIFF's own texts, which GDAL lists as dataset metadata (gdal.org, GTiff driver, "Metadata"). */
const TEXT_TAGS: readonly (readonly [tag: number, key: string])[] = [
  [TAG.DocumentName, 'TIFFTAG_DOCUMENTNAME'],
  [TAG.ImageDescription, 'TIFFTAG_IMAGEDESCRIPTION'],
  [TAG.Software, 'TIFFTAG_SOFTWARE'],
  [TAG.DateTime, 'TIFFTAG_DATETIME'],
  [TAG.Artist, 'TIFFTAG_ARTIST'],
  [TAG.HostComputer, 'TIFFTAG_HOSTCOMPUTER'],
  [TAG.Copyright, 'TIFFTAG_COPYRIGHT'],
];

/** libtiff holds resolutions in single precision; GDAL prints them with `%.8g`. */
const FLOAT_TAGS: readonly (readonly [tag: number, key: string])[] = [
  [TAG.XResolution, 'TIFFTAG_XRESOLUTION'],
  [TAG.YResolution, 'TIFFTAG_YRESOLUTION'],
];

const INTEGER_TAGS: readonly (readonly [tag: number, key: string])[] = [
  [TAG.MinSampleValue, 'TIFFTAG_MINSAMPLEVALUE'],
  [TAG.MaxSampleValue, 'TIFFTAG_MAXSAMPLEVALUE'],
];

const RESOLUTION_UNITS: Readonly<Record<number, string>> = {
  1: '1 (unitless)',
  2: '2 (pixels/inch)',
  3: '3 (pixels/cm)',
};

/** The tags {@link readTagMetadata} needs. */
export const METADATA_TAGS: readonly number[] = [...TEXT_TAGS, ...FLOAT_TAGS, ...INTEGER_TAGS]
  .map(([tag]) => tag)
  .concat(TAG.ResolutionUnit);

/** TIFF's descriptive tags as GDAL's metadata items. */
export function readTagMetadata(tags: TagValues): Record<string, string> {
  const items: Record<string, string> = {};
  for (const [tag, key] of TEXT_TAGS) {
    const text = tags.text(tag);
    if (text !== null) items[key] = text;
  }
  for (const [tag, key] of FLOAT_TAGS) {
    const value = tags.number(tag);
    if (value !== null) items[key] = Number(Math.fround(value).toPrecision(8)).toString();
  }
  for (const [tag, key] of INTEGER_TAGS) {
    const value = tags.number(tag);
    if (value !== null) items[key] = String(value);
  }
  const unit = RESOLUTION_UNITS[tags.number(TAG.ResolutionUnit) ?? 0];
  if (unit !== undefined) items['TIFFTAG_RESOLUTIONUNIT'] = unit;
  return items;
}
