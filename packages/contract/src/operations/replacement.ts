import { DatasetParams } from '../dataset.ts';
import { JobAccepted } from '../job.ts';
import { operation } from '../operation.ts';
import { RasterVersionList, RasterVersionsQuery, ReplaceForm } from '../replacement.ts';

const tags = ['Ingest'];
const notFound = 'There is no such dataset, or the caller may not see it.';

export const replaceRaster = operation({
  id: 'replaceRaster',
  method: 'POST',
  path: '/api/datasets/{id}/replace',
  summary: 'Replace a raster',
  description:
    'Puts another file in the place of an uploaded raster: the dataset keeps its id, its title, who may see it and what ' +
    'is made of it, and shows the new file from one moment to the next. Virtual rasters show the former one until they ' +
    'are regenerated, and say that it is `stale`. For the dataset’s creator and administrators.',
  tags,
  access: 'editor',
  params: DatasetParams,
  body: { mediaType: 'multipart/form-data', schema: ReplaceForm },
  responses: { 202: { description: 'Stored, and about to be catalogued.', schema: JobAccepted } },
  problems: {
    404: notFound,
    409: 'It was registered in place or is virtual (`not_replaceable`), or is being replaced already (`dataset_busy`).',
    413: 'The file is larger than the server takes.',
    415: 'The request is not a form with a file.',
    507: 'There is no room left to store it.',
  },
});

export const refreshRaster = operation({
  id: 'refreshRaster',
  method: 'POST',
  path: '/api/datasets/{id}/refresh',
  summary: 'Read a registered raster again',
  description:
    'Reads the header of a registered file again, if that has changed since the catalogue read it. Its old pixels are ' +
    'gone: virtual rasters made of it are transparent there until they are regenerated, and say that it is `stale`.',
  tags,
  access: 'editor',
  params: DatasetParams,
  responses: { 202: { description: 'Accepted.', schema: JobAccepted } },
  problems: { 404: notFound, 409: 'It was uploaded or is virtual (`not_replaceable`).' },
});

export const listRasterVersions = operation({
  id: 'listRasterVersions',
  method: 'GET',
  path: '/api/datasets/{id}/versions',
  summary: 'List the versions of a raster',
  description: 'What the raster is, and what it was before it was replaced.',
  tags: ['Datasets'],
  access: 'anonymous',
  params: DatasetParams,
  query: RasterVersionsQuery,
  responses: { 200: { description: 'One page of versions.', schema: RasterVersionList } },
  problems: { 404: 'There is no such raster, or the caller may not see it.' },
});
