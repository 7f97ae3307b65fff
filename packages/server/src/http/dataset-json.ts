import type { Dataset, DatasetAccess, HealthCounts } from '@inlay/contract';
import { type Affine, type Crs, nodataToJson, type RasterLayout, resolution, toGeoTransform } from '@inlay/geo';
import { offeredLevels } from '../overviews/stored-overviews.ts';
import { type DatasetRow, sridOf } from '../catalog/dataset-store.ts';

/** What the links in a dataset begin and end with; the end is a query that carries a right, or nothing. */
export interface LinkParts {
  readonly baseUrl: string;
  readonly search: string;
}

/** What of a dataset differs with who asks, and with the time. */
export interface Circumstances {
  /** How the sources of a virtual raster are; null for others. */
  readonly health: HealthCounts | null;
  readonly access: DatasetAccess;
  /** Whether the caller is signed in: others learn of nobody's name. */
  readonly isSignedIn: boolean;
}

/** A dataset as the API shows it. */
export function datasetJson(
  row: DatasetRow,
  crs: Crs | undefined,
  layout: RasterLayout,
  { baseUrl, search }: LinkParts,
  { health, access, isSignedIn }: Circumstances,
): Dataset {
  const affine = row.affine as Affine | null;
  const [resX, resY] = affine === null ? [null, null] : resolution(affine);
  const first = layout.bands[0];
  const isVrt = row.record_type === 'vrt_dataset';
  return {
    id: row.id,
    title: row.title,
    summary: row.summary,
    visibility: row.visibility,
    record_type: row.record_type,
    srid: sridOf(crs),
    extent_bbox: row.bbox as Dataset['extent_bbox'],
    datetime: row.taken_at?.toISOString() ?? null,
    cloud_cover: row.cloud_cover,
    created_by: row.created_by,
    created_by_name: isSignedIn ? row.created_by_name : null,
    access,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    raster: {
      status: 'ready',
      epsg: sridOf(crs),
      crs_wkt: crs?.wkt ?? null,
      geotransform: affine === null ? null : [...toGeoTransform(affine)],
      width: row.width,
      height: row.height,
      res_x: resX,
      res_y: resY,
      band_count: layout.bands.length,
      dtype: first?.dataType ?? 'Byte',
      nodata: first === undefined || first.nodata === null ? null : nodataToJson(first.nodata),
      compression: isVrt ? null : layout.storage.compression,
      block_size: isVrt || first === undefined ? null : [first.blockWidth, first.blockHeight],
      overviews: [...offeredLevels(layout.overviews, row.overviews)],
      size_bytes: row.size_bytes,
      checksum: row.checksum === null ? null : `sha256:${row.checksum}`,
      original:
        row.original === null
          ? null
          : {
              filename: row.original.filename,
              driver: row.original.format,
              size_bytes: row.original.bytes,
              checksum: `sha256:${row.original.sha256}`,
              download_url: `${baseUrl}/api/datasets/${row.id}/download/original${search}`,
            },
      bands: layout.bands.map((band, bandOffset) => ({
        index: bandOffset + 1,
        name: band.description,
        dtype: band.dataType,
        nodata: band.nodata === null ? null : nodataToJson(band.nodata),
        color_interp: band.colorInterp,
        // What the pixels are like is for those to know who may have them.
        statistics: statisticsJson(row.shows_pixels ? (row.statistics[bandOffset] ?? null) : null),
      })),
      vrt_type: row.vrt_type,
      resolution_strategy: row.resolution_strategy,
      source_count: row.source_count,
      options: row.options,
      sources_confirmed_at: row.sources_confirmed_at?.toISOString() ?? null,
      requires_gdal: row.requires_gdal,
      health: health === null ? null : { ...health },
      auto_regenerate: row.auto_regenerate,
      file_status: row.file_state,
      tile_url:
        affine === null || crs === undefined
          ? null
          : `${baseUrl}/api/datasets/${row.id}/tiles/{z}/{x}/{y}.png${search}`,
      download_url: `${baseUrl}/api/datasets/${row.id}/download/${isVrt ? 'vrt' : 'cog'}${search}`,
    },
  };
}

function statisticsJson(statistics: DatasetRow['statistics'][number]) {
  if (statistics === null) return null;
  const { minimum, maximum, mean, stddev, validPercent, approximate } = statistics;
  return { minimum, maximum, mean, stddev, valid_percent: validPercent, approximate };
}
