import {
  Dataset,
  DatasetDelete,
  DatasetList,
  DatasetListQuery,
  DatasetParams,
  DatasetPatch,
  DatasetQuery,
  QuicklookQuery,
} from '../dataset.ts';
import { operation } from '../operation.ts';
import { VrtStatusQuery } from '../source-health.ts';
import { VrtGenerationList, VrtGenerationsQuery, VrtSourceList, VrtStatus } from '../virtual-raster.ts';

const tags = ['Datasets'];
const notFound = 'There is no such dataset, or the caller may not see it.';
const notVirtual = 'There is no such virtual raster, or the caller may not see it.';

export const listDatasets = operation({
  id: 'listDatasets',
  method: 'GET',
  path: '/api/datasets/',
  summary: 'List datasets',
  description:
    'The datasets that the caller may see, newest first unless `sort` says otherwise. All filters must match.',
  tags,
  access: 'anonymous',
  query: DatasetListQuery,
  responses: { 200: { description: 'One page of datasets.', schema: DatasetList } },
});

export const getDataset = operation({
  id: 'getDataset',
  method: 'GET',
  path: '/api/datasets/{id}',
  summary: 'Get a dataset',
  description: 'A dataset with all that is known of its pixels. The link of a share opens it.',
  tags,
  access: 'anonymous',
  params: DatasetParams,
  query: DatasetQuery,
  responses: { 200: { description: 'The dataset.', schema: Dataset } },
  problems: { 404: notFound },
});

export const patchDataset = operation({
  id: 'patchDataset',
  method: 'PATCH',
  path: '/api/datasets/{id}',
  summary: 'Change a dataset',
  description:
    'Changes what is stated of the dataset, for its owner, administrators and those to whom it was granted to `edit`; its ' +
    'visibility, and what is confirmed of its sources, for its owner and administrators.',
  tags,
  access: 'editor',
  params: DatasetParams,
  body: { mediaType: 'application/json', schema: DatasetPatch, example: { title: 'Sentinel-2, spring' } },
  responses: { 200: { description: 'The dataset as it is now.', schema: Dataset } },
  problems: { 404: notFound },
});

export const deleteDataset = operation({
  id: 'deleteDataset',
  method: 'DELETE',
  path: '/api/datasets/{id}',
  summary: 'Delete a dataset',
  description:
    'Deletes a dataset and the files that were uploaded or built for it; files registered in place stay. For its creator ' +
    'and administrators.',
  tags,
  access: 'editor',
  params: DatasetParams,
  body: { mediaType: 'application/json', schema: DatasetDelete, example: { confirm_title: 'Sentinel-2, spring' } },
  responses: { 204: { description: 'Deleted.' } },
  problems: {
    400: '`confirm_title` is not its title.',
    404: notFound,
    409: 'A virtual raster is made of it, or is being built of it: `dependent_vrts` lists them.',
  },
});

export const listVrtSources = operation({
  id: 'listVrtSources',
  method: 'GET',
  path: '/api/datasets/{id}/vrt-sources/',
  summary: 'List the sources of a virtual raster',
  description: 'What it is made of, in order; sources that the caller may not see are left out.',
  tags: ['Virtual rasters'],
  access: 'anonymous',
  params: DatasetParams,
  responses: { 200: { description: 'The sources.', schema: VrtSourceList } },
  problems: { 404: notVirtual },
});

export const getVrtStatus = operation({
  id: 'getVrtStatus',
  method: 'GET',
  path: '/api/datasets/{id}/vrt/status/',
  summary: 'State of a virtual raster',
  description: 'Whether it can be used, what is being built, and how its sources are.',
  tags: ['Virtual rasters'],
  access: 'anonymous',
  params: DatasetParams,
  query: VrtStatusQuery,
  responses: { 200: { description: 'The state.', schema: VrtStatus } },
  problems: { 404: notVirtual },
});

export const listVrtGenerations = operation({
  id: 'listVrtGenerations',
  method: 'GET',
  path: '/api/datasets/{id}/vrt/generations/',
  summary: 'List the builds of a virtual raster',
  description: 'Every build, newest first.',
  tags: ['Virtual rasters'],
  access: 'anonymous',
  params: DatasetParams,
  query: VrtGenerationsQuery,
  responses: { 200: { description: 'One page of builds.', schema: VrtGenerationList } },
  problems: { 404: notVirtual },
});

export const quicklook = operation({
  id: 'quicklook',
  method: 'GET',
  path: '/api/datasets/{id}/quicklook',
  summary: 'A small picture of a dataset',
  description: 'The whole dataset as a PNG. Shared caches may keep it only where the dataset is public.',
  tags,
  access: 'anonymous',
  params: DatasetParams,
  query: QuicklookQuery,
  requestHeaders: { 'If-None-Match': 'An ETag: 304 where the picture is still that one.' },
  responses: {
    200: { description: 'The picture.', mediaType: 'image/png', headers: { ETag: 'Changes with the pixels.' } },
    304: { description: 'Not changed.' },
  },
  problems: { 404: notFound },
});
