import { type Static, Type } from 'typebox';
import { renderQuery, signedQuery, versionQuery } from './render-query.ts';
import { answer, defaulted, nullable, request } from './schema.ts';
import { bbox, uuidOf } from './scalars.ts';

export const IMAGE_FORMATS = ['png', 'webp', 'jpg', 'jpeg'] as const;

/** How a picture is packed. */
export const ImageFormat = Type.Enum(IMAGE_FORMATS, {
  description: '`png`: exact. `webp`: small, slightly lossy. `jpg`: small, lossy, white where nothing is.',
});
export type ImageFormat = Static<typeof ImageFormat>;

export const TILE_MATRIX_SETS = ['WebMercatorQuad', 'WorldCRS84Quad', 'native'] as const;

export const TileMatrixSetId = Type.Enum(TILE_MATRIX_SETS, {
  description:
    'How the plane is cut into tiles: `WebMercatorQuad` as web maps do, `WorldCRS84Quad` in degrees, or `native` in the ' +
    'dataset’s own CRS, aligned with its pixels.',
});
export type TileMatrixSetId = Static<typeof TileMatrixSetId>;

const index = (description: string) => Type.Integer({ minimum: 0, maximum: 2 ** 31, description });

const datasetId = { id: uuidOf('The dataset.') };
const matrixSet = { tile_matrix_set: TileMatrixSetId };
const zoom = { z: Type.Integer({ minimum: 0, maximum: 30, description: 'Zoom; 0 is the coarsest.' }) };
const column = { x: index('Column of the tile, from the left, the first is 0.') };
const row = { y: index('Row of the tile, from the top, the first is 0.') };
const scale = {
  scale: Type.Integer({
    minimum: 1,
    maximum: 4,
    description: 'Pixels for each of a plain tile: `@2x` for fine screens.',
  }),
};
const format = { format: ImageFormat };

export const TileParams = request({ ...datasetId, ...zoom, ...column, ...row, ...format });
export const TileScaledParams = request({ ...datasetId, ...zoom, ...column, ...row, ...scale, ...format });
export const MatrixTileParams = request({ ...datasetId, ...matrixSet, ...zoom, ...column, ...row, ...format });
export const MatrixTileScaledParams = request({
  ...datasetId,
  ...matrixSet,
  ...zoom,
  ...column,
  ...row,
  ...scale,
  ...format,
});

const tileSize = {
  tile_size: defaulted(
    Type.Enum([256, 512], { description: 'Pixels of a tile in each direction, before `@2x`.' }),
    256,
  ),
};

/** Every parameter of a tile but its address. */
export const TileQuery = request({
  ...renderQuery,
  ...tileSize,
  buffer: defaulted(
    Type.Integer({ minimum: 0, maximum: 64, description: 'Pixels added on each side of the tile.' }),
    0,
  ),
  empty: defaulted(
    Type.Enum(['204', 'image'], {
      description: 'What a tile is where the dataset is not: no content, or a transparent picture.',
    }),
    '204',
  ),
  ...versionQuery,
  ...signedQuery,
});
export type TileQuery = Static<typeof TileQuery>;

/** Parameters of documents that lead to tiles; those of rendering are handed on to the tiles. */
export const TileJsonQuery = request({
  ...renderQuery,
  ...tileSize,
  tile_matrix_set: defaulted(TileMatrixSetId, 'WebMercatorQuad'),
  format: defaulted(ImageFormat, 'png'),
  ...signedQuery,
});

export const WmtsQuery = request({
  ...renderQuery,
  // WMTS clients add these in capitals or not at all, and expect them to be taken (OGC 07-057r7, 8.2.1).
  service: Type.Optional(Type.String({ maxLength: 20, description: '`WMTS`; of no consequence.' })),
  request: Type.Optional(Type.String({ maxLength: 40, description: '`GetCapabilities`; of no consequence.' })),
  version: Type.Optional(Type.String({ maxLength: 20, description: '`1.0.0`; of no consequence.' })),
  ...signedQuery,
});

const TileBand = answer(
  {
    index: Type.Integer({ minimum: 1 }),
    name: nullable(Type.String(), 'The band’s description; null where it has none.'),
    dtype: Type.String(),
    color_interp: Type.String(),
  },
  { title: 'TileBand' },
);

/** TileJSON 3.0.0 (github.com/mapbox/tilejson-spec), with what a viewer of rasters wants to know beside it. */
export const TileJson = answer(
  {
    tilejson: Type.Enum(['3.0.0']),
    name: Type.String({ description: 'The dataset’s title.' }),
    description: Type.Optional(Type.String({ description: 'The dataset’s summary.' })),
    version: Type.String({ description: '`1.0.0`: the specification wants a semantic version of the tiles.' }),
    scheme: Type.Enum(['xyz']),
    tiles: Type.Array(Type.String(), { description: 'One template with `{z}`, `{x}` and `{y}`.' }),
    minzoom: Type.Integer({ description: 'The dataset is about one tile large.' }),
    maxzoom: Type.Integer({ description: 'Tiles have the dataset’s own resolution.' }),
    bounds: bbox('West, south, east, north, in WGS 84 degrees; never across the antimeridian: there, all longitudes.'),
    center: Type.Unsafe<[number, number, number]>({
      type: 'array',
      items: { type: 'number' },
      minItems: 3,
      maxItems: 3,
      description: 'Longitude, latitude and zoom to begin with.',
    }),
    tileSize: Type.Integer({ description: 'Pixels of a tile in each direction.' }),
    format: ImageFormat,
    crs: nullable(Type.String(), 'The dataset’s CRS: its code, else its name.'),
    bands: Type.Array(TileBand),
  },
  { title: 'TileJson' },
);
export type TileJson = Static<typeof TileJson>;

export const TileTokenParams = request(datasetId);

/** Longest life of a signed link, in seconds: a week. */
export const MAX_LINK_SECONDS = 7 * 24 * 3600;

export const TileTokenQuery = request({
  expires_in: defaulted(
    Type.Integer({ minimum: 60, maximum: MAX_LINK_SECONDS, description: 'Seconds until the link ends.' }),
    3600,
  ),
  downloads: defaulted(
    Type.Boolean({ description: 'Whether the link opens the dataset’s files, as well as what is made of them.' }),
    false,
  ),
});

/** A tile template that works without a header. */
export const TileToken = answer(
  {
    kind: Type.Enum(['raster']),
    tile_url: Type.String({ description: 'Template with `{z}`, `{x}` and `{y}`, signed.' }),
    download_url: nullable(
      Type.String(),
      'Where the file (GeoTIFF or VRT) is downloaded, signed; null unless asked for.',
    ),
    sig: Type.String({ description: 'The signature: good for this dataset, in the name of who asked for it.' }),
    exp: Type.Integer({ description: 'When it ends, in seconds since 1970.' }),
    expires_in: Type.Integer({ description: 'Seconds until then.' }),
    bounds: bbox('As in TileJSON.'),
    minzoom: Type.Integer(),
    maxzoom: Type.Integer(),
    tile_size: Type.Integer({ description: 'Pixels of a tile in each direction.' }),
    format: ImageFormat,
  },
  { title: 'TileToken' },
);
export type TileToken = Static<typeof TileToken>;
