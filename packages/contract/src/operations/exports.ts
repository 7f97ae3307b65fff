import { DatasetParams } from '../dataset.ts';
import { EXPORT_KEPT_HOURS, ExportBody, ExportPlan } from '../export.ts';
import { JobAccepted, JobParams } from '../job.ts';
import { operation } from '../operation.ts';

const tags = ['Exports'];

export const exportDataset = operation({
  id: 'exportDataset',
  method: 'POST',
  path: '/api/datasets/{id}/export',
  summary: 'Export a dataset',
  description:
    'Cuts, reprojects, resamples and converts a raster or a virtual raster, whatever its size, into a cloud-optimized or ' +
    'a tiled GeoTIFF. A job does it; its `result` says where the file is, which is kept for ' +
    `${EXPORT_KEPT_HOURS} hours. With \`as_dataset\` the job makes a dataset instead.`,
  tags,
  access: 'signed_in',
  params: DatasetParams,
  body: {
    mediaType: 'application/json',
    schema: ExportBody,
    example: { bbox: [11.5, 48.1, 11.7, 48.2], crs: 'EPSG:3857', resampling: 'bilinear' },
  },
  responses: { 202: { description: 'The job that makes it.', schema: JobAccepted } },
  problems: {
    403: 'Only editors may add an export to the catalogue (`as_dataset`).',
    404: 'There is no such dataset, or the caller may not see it; a virtual raster: not all of its sources.',
    409: 'The dataset has no place on the map, which cutting and reprojecting need.',
    501: 'This version cannot read the pixels of this virtual raster.',
  },
});

export const planExport = operation({
  id: 'planExport',
  method: 'POST',
  path: '/api/datasets/{id}/export/plan',
  summary: 'Check what an export would be',
  description:
    'A dry run: takes the body of an export and answers with its size, its CRS and its pixels, or with what is wrong with it. ' +
    'Nothing is read and no job is started.',
  tags,
  access: 'signed_in',
  isRead: true,
  params: DatasetParams,
  body: {
    mediaType: 'application/json',
    schema: ExportBody,
    example: { bbox: [11.5, 48.1, 11.7, 48.2], crs: 'EPSG:3857', resolution: 10 },
  },
  responses: { 200: { description: 'What it would be.', schema: ExportPlan } },
  problems: {
    403: 'Only editors may add an export to the catalogue (`as_dataset`).',
    404: 'There is no such dataset, or the caller may not see it; a virtual raster: not all of its sources.',
    409: 'The dataset has no place on the map, which cutting and reprojecting need.',
    501: 'This version cannot read the pixels of this virtual raster.',
  },
});

const result = {
  path: '/api/jobs/{id}/result',
  tags,
  access: 'signed_in',
  params: JobParams,
  requestHeaders: { Range: 'One range of bytes.', 'If-None-Match': 'An ETag: 304 where the file is still that one.' },
  responses: {
    200: {
      description: 'The file.',
      mediaType: 'image/tiff',
      headers: {
        ETag: 'Strong.',
        'Accept-Ranges': '`bytes`.',
        'Content-Disposition': 'A file name made of the title.',
      },
    },
    206: { description: 'A range of it.', mediaType: 'image/tiff' },
    304: { description: 'Not changed.' },
  },
  problems: {
    404: 'There is no such job, it is another user’s, or it makes no file.',
    409: 'The job has not made its file yet, or has not ended well.',
    410: 'The file is no longer kept: export again.',
    412: 'The file is another version than the one that `If-Match` names.',
    416: 'The range is outside of the file.',
  },
} as const;

export const downloadJobResult = operation({
  id: 'downloadJobResult',
  method: 'GET',
  summary: 'Download the file that a job has made',
  description: 'The file of an export, by ranges where asked for.',
  ...result,
});

export const headJobResult = operation({
  id: 'headJobResult',
  method: 'HEAD',
  summary: 'Ask about the file that a job has made',
  description: 'Its size and version, without its bytes.',
  ...result,
});
