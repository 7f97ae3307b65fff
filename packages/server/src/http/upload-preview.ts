import type { UploadPreview } from '@inlay/contract';
import { type Nodata, nodataToJson, resolution } from '@inlay/geo';
import { servingReport } from '@inlay/geotiff';
import { placeOnEarth } from '../catalog/place.ts';
import { rasterWarnings } from '../catalog/raster-checks.ts';
import { openUpload, readStoredHeader, type StoredUpload } from '../catalog/uploads.ts';
import { type ConvertedFormat, formatName } from '../conversion/formats.ts';
import { planConversion } from '../conversion/plan.ts';
import { ServerError } from '../error.ts';
import type { Storage } from '../storage/storage.ts';

interface Upload {
  readonly id: string;
  readonly filename: string;
}

/** What an uploaded file turned out to be, by its header. */
export async function previewOf(
  storage: Storage,
  upload: Upload,
  stored: StoredUpload,
  signal: AbortSignal,
): Promise<UploadPreview> {
  const { format = 'GTiff' } = stored;
  return format === 'GTiff'
    ? await geoTiffPreview(storage, upload, stored, signal)
    : await picturePreview(storage, upload, { ...stored, format }, signal);
}

async function geoTiffPreview(
  storage: Storage,
  { id, filename }: Upload,
  stored: StoredUpload,
  signal: AbortSignal,
): Promise<UploadPreview> {
  const raster = await openUpload(storage, stored.key, filename, signal);
  try {
    const { profile } = raster;
    const first = profile.layout.bands[0];
    const serving = servingReport(profile);
    const plan = planConversion(filename, profile, stored.bytes);
    const warnings = rasterWarnings(raster, profile);
    if (!plan.convert && plan.warning !== null) warnings.push(plan.warning);
    return {
      job_id: id,
      source_filename: filename,
      size_bytes: stored.bytes,
      driver: 'GTiff',
      crs: profile.crs === null ? null : { code: profile.crs.code, name: profile.crs.name, wkt: profile.crs.wkt },
      width: profile.width,
      height: profile.height,
      band_count: profile.layout.bands.length,
      dtype: first?.dataType ?? 'Byte',
      nodata: nodataJson(first?.nodata ?? null),
      resolution: profile.affine === null ? null : [...resolution(profile.affine)],
      extent_bbox: placeOnEarth(profile).bbox as UploadPreview['extent_bbox'],
      bands: profile.layout.bands.map((band, bandOffset) => ({
        index: bandOffset + 1,
        name: band.description,
        dtype: band.dataType,
        nodata: nodataJson(band.nodata),
        color_interp: band.colorInterp,
        statistics: null,
      })),
      conversion: plan.convert ? { to: 'COG', reasons: [...plan.reasons], keeps_original: false } : null,
      is_cog: serving.isCog,
      cog_issues: [...serving.reasons],
      warnings,
    };
  } finally {
    await raster.close();
  }
}

/** Colours of pictures by their number of bands. */
const PICTURE_COLORS: Readonly<Record<number, readonly string[]>> = {
  1: ['Gray'],
  2: ['Gray', 'Alpha'],
  3: ['Red', 'Green', 'Blue'],
  4: ['Red', 'Green', 'Blue', 'Alpha'],
};

async function picturePreview(
  storage: Storage,
  { id, filename }: Upload,
  stored: StoredUpload & { readonly format: ConvertedFormat },
  signal: AbortSignal,
): Promise<UploadPreview> {
  const { format } = stored;
  const header = await readStoredHeader(storage, stored.key, format, signal);
  if (header === null) throw new ServerError('upload_already_committed', 'The uploaded file is no longer kept.');
  const { width, height, bandCount, dataType, affine } = header;
  const colors = header.isPalette ? ['Palette'] : (PICTURE_COLORS[bandCount] ?? []);
  const nodata = nodataJson(header.nodata);
  const reason = `It is a ${formatName(format)}, which maps and virtual rasters cannot be made of.`;
  return {
    job_id: id,
    source_filename: filename,
    size_bytes: stored.bytes,
    driver: format,
    crs: null,
    width,
    height,
    band_count: bandCount,
    dtype: dataType,
    nodata,
    resolution: affine === null ? null : [...resolution(affine)],
    extent_bbox: null,
    bands: Array.from({ length: bandCount }, (_, bandOffset) => ({
      index: bandOffset + 1,
      name: null,
      dtype: dataType,
      nodata,
      color_interp: colors[bandOffset] ?? 'Undefined',
      statistics: null,
    })),
    conversion: { to: 'COG', reasons: [reason], keeps_original: true },
    is_cog: false,
    cog_issues: [reason],
    warnings:
      affine === null
        ? [`${filename} has no georeference: it cannot be placed on a map or in a mosaic.`]
        : [`${filename} has no coordinate reference system: set one with srid_override.`],
  };
}

function nodataJson(nodata: Nodata | null): UploadPreview['nodata'] {
  return nodata === null ? null : nodataToJson(nodata);
}
