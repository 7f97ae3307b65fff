import { type Static, Type } from 'typebox';
import { renderQuery, signedQuery, versionQuery } from './render-query.ts';
import { defaulted, request } from './schema.ts';
import { uuidOf } from './scalars.ts';
import { ImageFormat } from './tile.ts';

/** Longest side of a picture that is made on request, in pixels. */
export const MAX_PICTURE_SIDE = 2048;

const side = (description: string) => Type.Integer({ minimum: 1, maximum: MAX_PICTURE_SIDE, description });

const pictureSize = {
  max_size: defaulted(side('Longest side of the picture in pixels; never more than the raster has there.'), 1024),
  width: Type.Optional(side('Width in pixels, with `height`, in place of `max_size`.')),
  height: Type.Optional(side('Height in pixels, with `width`, in place of `max_size`.')),
};

const crsText = (description: string) =>
  Type.Optional(Type.String({ pattern: '^(EPSG:[0-9]{1,6}|OGC:CRS84)$', description }));

const crsQuery = {
  coord_crs: crsText('CRS of the coordinates sent, as `EPSG:32633`; WGS 84 longitude and latitude unless given.'),
  dst_crs: crsText('CRS of the picture; that of the coordinates unless given.'),
};

export const PreviewQuery = request({
  ...renderQuery,
  ...pictureSize,
  dst_crs: crsText('CRS of the picture; the dataset’s own unless given.'),
  format: defaulted(ImageFormat, 'png'),
  ...versionQuery,
  ...signedQuery,
});

const coordinate = (description: string) => Type.Number({ description });

export const BboxParams = request({
  id: uuidOf('The dataset.'),
  minx: coordinate('West, or least x.'),
  miny: coordinate('South, or least y.'),
  maxx: coordinate('East, or greatest x.'),
  maxy: coordinate('North, or greatest y.'),
  format: ImageFormat,
});

export const BboxQuery = request({
  ...renderQuery,
  ...pictureSize,
  ...crsQuery,
  ...versionQuery,
  ...signedQuery,
});

export const FeatureQuery = request({
  ...renderQuery,
  ...pictureSize,
  ...crsQuery,
  format: defaulted(ImageFormat, 'png'),
  ...signedQuery,
});

/** Vertices of a shape, all rings together. */
export const MAX_VERTICES = 10_000;

const Coordinates = Type.Array(Type.Unknown(), {
  description: 'Rings of positions; of a MultiPolygon, lists of them (RFC 7946, 3.1.6 and 3.1.7).',
});

/** A GeoJSON Polygon or MultiPolygon, or a Feature of one (RFC 7946). */
export const FeatureBody = request(
  {
    type: Type.Enum(['Feature', 'Polygon', 'MultiPolygon']),
    geometry: Type.Optional(
      request({
        type: Type.Enum(['Polygon', 'MultiPolygon']),
        coordinates: Coordinates,
        bbox: Type.Optional(Type.Unknown()),
      }),
    ),
    coordinates: Type.Optional(Coordinates),
    properties: Type.Optional(Type.Unknown({ description: 'Of no consequence.' })),
    id: Type.Optional(Type.Unknown({ description: 'Of no consequence.' })),
    bbox: Type.Optional(Type.Unknown({ description: 'Of no consequence.' })),
  },
  {
    title: 'FeatureBody',
    description: `A GeoJSON Polygon or MultiPolygon, or a Feature of one; at most ${MAX_VERTICES} vertices.`,
  },
);
export type FeatureBody = Static<typeof FeatureBody>;
