import { DatasetParams, DatasetQuery, DownloadVrtQuery, VrtChunkParams, VrtChunkQuery } from '../dataset.ts';
import { operation } from '../operation.ts';
import { RasterVersionParams } from '../replacement.ts';

const tags = ['Downloads'];
const notFound = 'There is no such dataset, the caller may not see it, or it has no such file.';

/** What all downloads of files share: they are read in parts, as GDAL's /vsicurl/ and QGIS do. */
export const file = {
  tags,
  access: 'anonymous',
  params: DatasetParams,
  query: DatasetQuery,
  requestHeaders: {
    Range: 'Bytes to send, `bytes=0-16383`: one range.',
    'If-Range': 'An ETag: the range only if the file is still that one, else all of it.',
    'If-Match': 'An ETag: 412 where the file is no longer that one.',
    'If-None-Match': 'An ETag: 304 where the file is still that one.',
  },
  responses: {
    200: {
      description: 'The file.',
      mediaType: 'image/tiff',
      headers: { ETag: 'Strong: changes with the bytes.', 'Accept-Ranges': '`bytes`.' },
    },
    206: {
      description: 'The range of it.',
      mediaType: 'image/tiff',
      headers: { 'Content-Range': 'Which bytes these are.' },
    },
    304: { description: 'Not changed.' },
  },
  problems: {
    404: notFound,
    412: 'The file is no longer the one of `If-Match`.',
    416: 'The range lies outside of the file.',
  },
} as const;

const cog = {
  ...file,
  path: '/api/datasets/{id}/download/cog',
  summary: 'Download a raster',
  description: 'The GeoTIFF. GDAL reads it in place: `gdalinfo /vsicurl/<this URL>`.',
} as const;

const mask = {
  ...file,
  path: '/api/datasets/{id}/download/cog.msk',
  summary: 'Download a raster’s mask file',
  description: 'The `.msk` file beside the raster, where GDAL looks for it. 404 for rasters without one.',
} as const;

const overviews = {
  ...file,
  path: '/api/datasets/{id}/download/cog.ovr',
  summary: 'Download a raster’s overview file',
  description: 'The `.ovr` file beside the raster, where GDAL looks for it. 404 for rasters without one.',
} as const;

const original = {
  ...file,
  path: '/api/datasets/{id}/download/original',
  summary: 'Download the uploaded file',
  description:
    'The file as it was uploaded, in its own format, where a conversion is served in its place and it was kept ' +
    '(`raster.original`). 404 for all others: their upload is the raster itself, or held nothing more than it.',
  responses: {
    ...file.responses,
    200: { ...file.responses[200], mediaType: 'application/octet-stream' },
    206: { ...file.responses[206], mediaType: 'application/octet-stream' },
  },
} as const;

export const downloadOriginal = operation({ id: 'downloadOriginal', method: 'GET', ...original });
export const headOriginal = operation({ id: 'headOriginal', method: 'HEAD', ...original });
export const downloadCog = operation({ id: 'downloadCog', method: 'GET', ...cog });
export const headCog = operation({ id: 'headCog', method: 'HEAD', ...cog });
export const downloadMask = operation({ id: 'downloadMask', method: 'GET', ...mask });
export const headMask = operation({ id: 'headMask', method: 'HEAD', ...mask });
export const downloadOverviews = operation({ id: 'downloadOverviews', method: 'GET', ...overviews });
export const headOverviews = operation({ id: 'headOverviews', method: 'HEAD', ...overviews });

/** What the documents of virtual rasters share. */
const document = {
  tags,
  access: 'anonymous',
  requestHeaders: file.requestHeaders,
  responses: {
    200: {
      description: 'The document.',
      mediaType: 'application/xml',
      headers: {
        ETag: 'Strong: changes with each build.',
        'Accept-Ranges': '`bytes`.',
        'Content-Disposition': 'A file name made of the title.',
        'X-Requires-GDAL': 'The oldest GDAL that reads it as it is meant, `3.12`; not there where 3.6 and later do.',
      },
    },
    206: { ...file.responses[206], mediaType: 'application/xml' },
    304: { description: 'Not changed.' },
  },
} as const;

const vrt = {
  ...document,
  path: '/api/datasets/{id}/download/vrt',
  summary: 'Download a virtual raster',
  description:
    'A VRT that stock GDAL and QGIS open. Where its sources are not public, give GDAL the credential in ' +
    'GDAL_HTTP_HEADERS; opened by a link, it names its sources by links that end when that one does. Refused to an owner ' +
    'who may not see all of the sources any more. A large mosaic (5,000 sources in one ' +
    'band, or fewer in more) is a VRT of VRTs, which GDAL opens many times as fast; `flat=true` gives it in one piece.',
  params: DatasetParams,
  query: DownloadVrtQuery,
  problems: {
    ...file.problems,
    403: 'The caller may not have the paths (`sources=local`), or see all sources.',
    404: notFound,
  },
} as const;

const vrtChunk = {
  ...document,
  path: '/api/datasets/{id}/download/vrt/generations/{generation_id}/chunks/{number}.vrt',
  summary: 'Download a chunk of a virtual raster',
  description:
    'A window of a large mosaic, as the VRT that its root names. It is of one build for ever: a root and chunks of ' +
    'different builds never meet. Refused to callers who may not see all of the chunk’s sources.',
  params: VrtChunkParams,
  query: VrtChunkQuery,
  problems: {
    ...file.problems,
    403: 'The caller may not have the paths (`sources=local`), or see all sources of the chunk.',
    404: 'There is no such virtual raster, the caller may not see it, or it has no such chunk.',
    410: 'That build is not kept: download the VRT again.',
  },
} as const;

export const downloadVrt = operation({ id: 'downloadVrt', method: 'GET', ...vrt });
export const headVrt = operation({ id: 'headVrt', method: 'HEAD', ...vrt });
export const downloadVrtChunk = operation({ id: 'downloadVrtChunk', method: 'GET', ...vrtChunk });
export const headVrtChunk = operation({ id: 'headVrtChunk', method: 'HEAD', ...vrtChunk });

/** What a build was made of is read from these: their bytes never change. */
const version = {
  ...file,
  params: RasterVersionParams,
  problems: {
    ...file.problems,
    409: 'The registered file has changed since this version was read.',
    410: 'That version is not kept: another one has taken its place.',
  },
} as const;

const cogVersion = {
  ...version,
  path: '/api/datasets/{id}/download/versions/{version}/cog',
  summary: 'Download one version of a raster',
  description:
    'The GeoTIFF that the raster is or was. VRTs name their sources so, and never meet another one’s pixels.',
} as const;

const maskVersion = {
  ...version,
  path: '/api/datasets/{id}/download/versions/{version}/cog.msk',
  summary: 'Download the mask file of one version',
  description: 'The `.msk` file beside that version, where GDAL looks for it. 404 for versions without one.',
} as const;

const overviewsVersion = {
  ...version,
  path: '/api/datasets/{id}/download/versions/{version}/cog.ovr',
  summary: 'Download the overview file of one version',
  description: 'The `.ovr` file beside that version, where GDAL looks for it. 404 for versions without one.',
} as const;

export const downloadCogVersion = operation({ id: 'downloadCogVersion', method: 'GET', ...cogVersion });
export const headCogVersion = operation({ id: 'headCogVersion', method: 'HEAD', ...cogVersion });
export const downloadMaskVersion = operation({ id: 'downloadMaskVersion', method: 'GET', ...maskVersion });
export const headMaskVersion = operation({ id: 'headMaskVersion', method: 'HEAD', ...maskVersion });
export const downloadOverviewsVersion = operation({
  id: 'downloadOverviewsVersion',
  method: 'GET',
  ...overviewsVersion,
});
export const headOverviewsVersion = operation({ id: 'headOverviewsVersion', method: 'HEAD', ...overviewsVersion });
