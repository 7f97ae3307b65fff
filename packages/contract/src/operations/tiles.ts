import { operation } from '../operation.ts';
import {
  MatrixTileParams,
  MatrixTileScaledParams,
  TileJson,
  TileJsonQuery,
  TileParams,
  TileQuery,
  TileScaledParams,
  TileToken,
  TileTokenParams,
  TileTokenQuery,
  WmtsQuery,
} from '../tile.ts';
import { DatasetParams } from '../dataset.ts';
import { pixelProblems, pictureAnswers, pictureHeaders, unplaced } from './pixel-answers.ts';

const tags = ['Tiles'];

const tile = {
  method: 'GET',
  tags,
  access: 'anonymous',
  query: TileQuery,
  requestHeaders: pictureHeaders,
  responses: {
    ...pictureAnswers,
    204: { description: 'The dataset is not there. `empty=image` asks for a transparent picture instead.' },
  },
  problems: { ...pixelProblems, ...unplaced },
} as const;

const what =
  'A map tile, reprojected to the grid of web maps. How it is shown is chosen from the dataset unless parameters say ' +
  'otherwise: three bands that are colours as colours, anything else stretched between its 2nd and 98th percentile.';

export const getTile = operation({
  ...tile,
  id: 'getTile',
  path: '/api/datasets/{id}/tiles/{z}/{x}/{y}.{format}',
  aliases: ['/api/tiles/raster-proxy/{id}/{z}/{x}/{y}.{format}'],
  summary: 'A tile',
  description: what,
  params: TileParams,
});

export const getTileScaled = operation({
  ...tile,
  id: 'getTileScaled',
  path: '/api/datasets/{id}/tiles/{z}/{x}/{y}@{scale}x.{format}',
  aliases: ['/api/tiles/raster-proxy/{id}/{z}/{x}/{y}@{scale}x.{format}'],
  summary: 'A tile for a fine screen',
  description: `${what} With \`@2x\` it has twice the pixels in each direction.`,
  params: TileScaledParams,
});

export const getMatrixTile = operation({
  ...tile,
  id: 'getMatrixTile',
  path: '/api/datasets/{id}/tiles/{tile_matrix_set}/{z}/{x}/{y}.{format}',
  summary: 'A tile of a tile matrix set',
  description: 'A tile of one of the grids that OGC 17-083r4 describes, or of the dataset’s own.',
  params: MatrixTileParams,
});

export const getMatrixTileScaled = operation({
  ...tile,
  id: 'getMatrixTileScaled',
  path: '/api/datasets/{id}/tiles/{tile_matrix_set}/{z}/{x}/{y}@{scale}x.{format}',
  summary: 'A tile of a tile matrix set for a fine screen',
  description: 'The same with several times the pixels in each direction.',
  params: MatrixTileScaledParams,
});

export const tileJson = operation({
  id: 'tileJson',
  method: 'GET',
  path: '/api/datasets/{id}/tilejson.json',
  aliases: ['/api/datasets/{id}/tiles/tilejson.json'],
  summary: 'TileJSON of a dataset',
  description:
    'TileJSON 3.0: what map libraries need to show the dataset. Parameters of rendering, and a signature, are handed on ' +
    'to the tiles.',
  tags,
  access: 'anonymous',
  params: DatasetParams,
  query: TileJsonQuery,
  responses: { 200: { description: 'The description.', schema: TileJson } },
  problems: { ...pixelProblems, ...unplaced },
});

export const wmtsCapabilities = operation({
  id: 'wmtsCapabilities',
  method: 'GET',
  path: '/api/datasets/{id}/WMTSCapabilities.xml',
  aliases: ['/api/datasets/{id}/tiles/WMTSCapabilities.xml'],
  summary: 'WMTS capabilities of a dataset',
  description:
    'WMTS 1.0.0 (OGC 07-057r7) with tiles by REST: add it to QGIS as a WMTS connection, or open it with GDAL as ' +
    '`WMTS:<this URL>`. Parameters of rendering, and a signature, are handed on to the tiles.',
  tags,
  access: 'anonymous',
  params: DatasetParams,
  query: WmtsQuery,
  responses: { 200: { description: 'The capabilities.', mediaType: 'application/xml' } },
  problems: { ...pixelProblems, ...unplaced },
});

export const tileToken = operation({
  id: 'tileToken',
  method: 'GET',
  path: '/api/tiles/token/{id}/',
  summary: 'A signed tile template',
  description:
    'A template for clients that cannot send a header: its signature stands for the caller, for this dataset alone, until ' +
    'it ends. The same `sig` and `exp` open TileJSON, WMTS, pictures and values of the dataset. A link gives what its ' +
    'maker may see at the time it is used, and takes nothing from who is signed in.',
  tags,
  access: 'anonymous',
  params: TileTokenParams,
  query: TileTokenQuery,
  responses: { 200: { description: 'The template.', schema: TileToken } },
  problems: { ...pixelProblems, ...unplaced },
});
