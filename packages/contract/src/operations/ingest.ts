import {
  CommitUpload,
  RegisterRasters,
  SourceRootList,
  UploadAccepted,
  UploadForm,
  UploadParams,
  UploadPreview,
  UploadQuery,
} from '../ingest.ts';
import { JobAccepted } from '../job.ts';
import { operation } from '../operation.ts';

const tags = ['Ingest'];

export const uploadRaster = operation({
  id: 'uploadRaster',
  method: 'POST',
  path: '/api/ingest/upload',
  summary: 'Upload a raster',
  description:
    'Stores a GeoTIFF, to be looked at (preview) and catalogued (commit) afterwards; with `commit=true` it is catalogued ' +
    'at once, as the form fields say. Fields come before the file, and none but the file without `commit=true`. The ' +
    'content decides what a file is, not its name; what is not a raster is refused with 422, and so are `.vrt` files, ' +
    'because they can name any file.',
  tags,
  access: 'editor',
  query: UploadQuery,
  body: { mediaType: 'multipart/form-data', schema: UploadForm },
  responses: {
    201: {
      description: 'Stored; commit it next.',
      schema: UploadAccepted,
      example: {
        job_id: '0198c4de-7d52-7c3f-9b0a-3a8f5f0c7a11',
        status: 'pending',
        message: 'Uploaded b04.tif. Commit the job to catalogue it.',
      },
    },
    202: { description: 'Stored, and being catalogued (`commit=true`).', schema: JobAccepted },
  },
  problems: {
    413: 'The file is larger than the server takes.',
    415: 'The request is not a form with a file.',
    507: 'There is no room left to store it.',
  },
});

export const previewUpload = operation({
  id: 'previewUpload',
  method: 'POST',
  path: '/api/ingest/preview/{job_id}',
  summary: 'Look at an upload',
  description: 'What the uploaded file is: its CRS, size, bands and resolution, and whether it is a good COG.',
  tags,
  access: 'editor',
  isRead: true,
  params: UploadParams,
  responses: { 200: { description: 'The facts of the file.', schema: UploadPreview } },
  problems: {
    404: 'The caller has no such upload.',
    409: 'The upload was cancelled, or has been committed and removed.',
  },
});

export const commitUpload = operation({
  id: 'commitUpload',
  method: 'POST',
  path: '/api/ingest/commit/{job_id}',
  summary: 'Catalogue an upload',
  description: 'Queues the work that makes a dataset of an uploaded file.',
  tags,
  access: 'editor',
  params: UploadParams,
  body: {
    mediaType: 'application/json',
    schema: CommitUpload,
    example: { title: 'Sentinel-2 B04, 33UXP', visibility: 'internal' },
  },
  responses: { 202: { description: 'Accepted.', schema: JobAccepted } },
  problems: { 404: 'The caller has no such upload.', 409: 'It has been committed or cancelled already.' },
});

export const registerRasters = operation({
  id: 'registerRasters',
  method: 'POST',
  path: '/api/ingest/register-rasters',
  summary: 'Catalogue rasters where they are',
  description:
    'Catalogues rasters without copying them, thousands in one job: those listed in `hrefs`, or all below `prefix`. ' +
    'Each becomes a dataset titled after its file; `GET /api/datasets/?job_id=` lists them.',
  tags,
  access: 'editor',
  body: {
    mediaType: 'application/json',
    schema: RegisterRasters,
    example: { hrefs: ['s3://imagery/2026/33UXP/B04.tif', 's3://imagery/2026/33UXP/B03.tif'], visibility: 'private' },
  },
  responses: { 202: { description: 'Accepted.', schema: JobAccepted } },
});

export const listSourceRoots = operation({
  id: 'listSourceRoots',
  method: 'GET',
  path: '/api/ingest/source-roots',
  summary: 'Where rasters may be registered from',
  description: 'The folders, URL prefixes and buckets that the operator allows; for those who may register rasters.',
  tags,
  access: 'editor',
  isRead: true,
  responses: {
    200: {
      description: 'The roots; none where nothing may be registered in place.',
      schema: SourceRootList,
      example: { roots: [{ kind: 'bucket', location: 's3://imagery/2026/' }] },
    },
  },
});
