import { JobAccepted } from '../job.ts';
import { operation } from '../operation.ts';
import { VrtCreate, VrtValidation } from '../virtual-raster.ts';

const tags = ['Virtual rasters'];

/** The request on the API page: the same shape for create and validate. */
const example = {
  source_dataset_ids: ['2489E9AD-2EE2-8E00-8EC9-32D5F69181C0', '7B1F0C52-9A3D-4E64-B0C8-51D2E6F7A983'],
  vrt_type: 'mosaic',
  resolution_strategy: 'finest',
  title: 'example',
  summary: 'example',
  visibility: 'private',
} as const;

export const createVrt = operation({
  id: 'createVrt',
  method: 'POST',
  path: '/api/ingest/vrt/create',
  summary: 'Create Vrt',
  description:
    'Create a VRT dataset by combining existing raster datasets. Validates sources synchronously, from the catalogue ' +
    'alone, then defers VRT assembly to an asynchronous job. Returns a job_id for polling.\n\n' +
    'All problems of all sources are answered at once, as items of the 422: `source_not_found` for a source that does not ' +
    'exist or that the caller cannot see, `crs_mismatch`, `dtype_mismatch`, `band_count_mismatch`, `grid_misaligned` and ' +
    'others for sources that do not fit the first one. `POST /api/ingest/vrt/validate` asks the same without creating.\n\n' +
    'Everything beyond `title`, `vrt_type`, `resolution_strategy` and the sources is optional. An option that makes no ' +
    'sense, by itself (`invalid_option`, `unknown_crs`) or with another (`conflicting_options`), is an item at its name.',
  tags,
  access: 'editor',
  body: { mediaType: 'application/json', schema: VrtCreate, example },
  responses: {
    202: {
      description: 'Successful Response',
      schema: JobAccepted,
      example: {
        job_id: '0198c4de-7d52-7c3f-9b0a-3a8f5f0c7a11',
        status: 'accepted',
        message: 'Building the mosaic "example" of 2 sources',
      },
    },
  },
  problems: { 503: 'The job queue cannot take the job; nothing was created.' },
});

export const validateVrt = operation({
  id: 'validateVrt',
  method: 'POST',
  path: '/api/ingest/vrt/validate',
  summary: 'Check what create would do',
  description:
    'A dry run: takes the body of create and answers with the problems, the warnings, the verdict on the sources and the ' +
    'plan. Sources that do not fit and options that make no sense are problems in a 200; a body that is not well-formed is ' +
    'a 422, as it is for create.',
  tags,
  access: 'editor',
  isRead: true,
  body: { mediaType: 'application/json', schema: VrtCreate, example },
  responses: { 200: { description: 'What create would do.', schema: VrtValidation } },
});
