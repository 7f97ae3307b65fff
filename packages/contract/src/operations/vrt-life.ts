import { DatasetParams } from '../dataset.ts';
import { JobAccepted } from '../job.ts';
import { operation } from '../operation.ts';
import { VrtStatus } from '../virtual-raster.ts';
import { VrtRegenerate, VrtRollback, VrtSourceParams, VrtSourcesAdd, VrtSourcesSet } from '../vrt-life.ts';

const tags = ['Virtual rasters'];

const ASYNCHRONOUS =
  'Checked from the catalogue alone, then built by a job. What is served, its list of sources included, stays as it is ' +
  'until the new build is published, all at once; where it fails, nothing has changed. For its creator and administrators; ' +
  'its sources have to be visible to its creator. Of several calls at once one is accepted, the others are 409 ' +
  '`regenerating`.';

const requestHeaders = {
  'If-Match': 'The build that the caller knows, its id in quotes: 412 where another one is served by now.',
};

const responses = { 202: { description: 'Accepted: `job_id` is to be polled.', schema: JobAccepted } } as const;

const problems = {
  404: 'There is no such virtual raster, or the caller may not see it.',
  409: 'A build is waiting or running (`regenerating`).',
  412: 'Another build than the expected one is served by now.',
  503: 'The job queue cannot take the job; nothing was changed.',
} as const;

const source = '7B1F0C52-9A3D-4E64-B0C8-51D2E6F7A983';

export const addVrtSources = operation({
  id: 'addVrtSources',
  method: 'POST',
  path: '/api/ingest/vrt/{id}/sources/',
  summary: 'Add sources to a virtual raster',
  description: `Adds one raster, or several at once. ${ASYNCHRONOUS}`,
  tags,
  access: 'editor',
  params: DatasetParams,
  requestHeaders,
  body: { mediaType: 'application/json', schema: VrtSourcesAdd, example: { source_dataset_id: source } },
  responses,
  problems: {
    ...problems,
    409: 'It is a source already (`already_linked`), or a build is waiting or running (`regenerating`).',
  },
});

export const setVrtSources = operation({
  id: 'setVrtSources',
  method: 'PUT',
  path: '/api/ingest/vrt/{id}/sources/',
  summary: 'Set and order the sources of a virtual raster',
  description: `Takes the whole list: to reorder, and to add and remove in one go. ${ASYNCHRONOUS}`,
  tags,
  access: 'editor',
  params: DatasetParams,
  requestHeaders,
  body: {
    mediaType: 'application/json',
    schema: VrtSourcesSet,
    example: { source_dataset_ids: [source, '2489E9AD-2EE2-8E00-8EC9-32D5F69181C0'] },
  },
  responses,
  problems,
});

export const removeVrtSource = operation({
  id: 'removeVrtSource',
  method: 'DELETE',
  path: '/api/ingest/vrt/{id}/sources/{source_id}/',
  summary: 'Remove a source from a virtual raster',
  description:
    `Takes a raster out of it; the raster itself stays in the catalogue. At least 2 have to remain (422 ` +
    `\`too_few_sources\`). ${ASYNCHRONOUS}`,
  tags,
  access: 'editor',
  params: VrtSourceParams,
  requestHeaders,
  responses,
  problems: {
    ...problems,
    404: 'There is no such virtual raster that the caller may see, or it is not a source of it.',
  },
});

export const regenerateVrt = operation({
  id: 'regenerateVrt',
  method: 'POST',
  path: '/api/datasets/{id}/vrt/regenerate/',
  summary: 'Build a virtual raster anew',
  description:
    'Builds it of the same sources as they are now, those that were replaced included, with the options it was created ' +
    `with or others. ${ASYNCHRONOUS}`,
  tags,
  access: 'editor',
  params: DatasetParams,
  requestHeaders,
  body: { mediaType: 'application/json', schema: VrtRegenerate, isOptional: true, example: {} },
  responses,
  problems,
});

export const rollBackVrt = operation({
  id: 'rollBackVrt',
  method: 'POST',
  path: '/api/datasets/{id}/vrt/rollback/',
  summary: 'Show an earlier build of a virtual raster again',
  description:
    'At once, without building: pixels, sources, options and facts are those of the earlier build. For its creator and ' +
    'administrators.',
  tags,
  access: 'editor',
  params: DatasetParams,
  requestHeaders,
  body: {
    mediaType: 'application/json',
    schema: VrtRollback,
    example: { generation_id: '0198c4de-7d52-7c3f-9b0a-3a8f5f0c7a11' },
  },
  responses: { 200: { description: 'Done; the state it is in now.', schema: VrtStatus } },
  problems: {
    ...problems,
    409:
      'A build is waiting or running (`regenerating`), or what the earlier one was built of is gone ' +
      '(`generation_incomplete`, with `missing_sources`).',
  },
});
