import { VrtOverviewParams } from '../dataset.ts';
import { operation } from '../operation.ts';
import { file } from './downloads.ts';

const overview = {
  ...file,
  path: '/api/datasets/{id}/download/vrt/generations/{generation_id}/overviews/{number}.tif',
  summary: 'Download the rendered levels of a virtual raster',
  description:
    'The coarse levels of a whole virtual raster, as the cloud-optimised GeoTIFF that its VRT names: its first image is the ' +
    'finest of them, its overviews are the others. It is of one build for ever. The bands of a virtual raster can be in ' +
    'several such files. Refused to callers who may not see all of the sources.',
  params: VrtOverviewParams,
  problems: {
    ...file.problems,
    403: 'The caller may not see all sources.',
    404: 'There is no such virtual raster, the caller may not see it, or it has no such file.',
    410: 'That build is not kept: download the VRT again.',
  },
} as const;

export const downloadVrtOverview = operation({ id: 'downloadVrtOverview', method: 'GET', ...overview });
export const headVrtOverview = operation({ id: 'headVrtOverview', method: 'HEAD', ...overview });
