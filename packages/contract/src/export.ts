import { type Static, Type } from 'typebox';
import { FeatureBody } from './picture.ts';
import { bbox, DataType, NODATA_TEXT, pair, Summary, Title, Visibility } from './scalars.ts';
import { answer, defaulted, nullable, request } from './schema.ts';

/** What an export is written as: a cloud-optimized GeoTIFF, or a tiled one without overviews. */
export const EXPORT_FORMATS = ['cog', 'gtiff'] as const;

/** How its blocks are compressed; all but the last two keep every bit. */
export const EXPORT_COMPRESSIONS = ['deflate', 'zstd', 'lzw', 'none', 'jpeg', 'webp'] as const;

/** How its pixels are computed where they are not the dataset's own: GDAL's names. */
export const EXPORT_RESAMPLINGS = ['nearest', 'bilinear', 'cubic', 'average', 'mode'] as const;

/** Longest side of an export in pixels. */
export const MAX_EXPORT_SIDE = 10_000_000;

/** Hours for which the file of an export is kept. */
export const EXPORT_KEPT_HOURS = 24;

const crsName = (description: string) =>
  Type.Optional(Type.String({ pattern: '^(EPSG:[0-9]{1,6}|OGC:CRS84)$', description }));

const side = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_EXPORT_SIDE, description }));

/** What of a dataset is exported, on which pixels, and as what. */
export const ExportBody = request(
  {
    bbox: Type.Optional(bbox('The box to cut out, `[minx, miny, maxx, maxy]` in `coord_crs`; all of it unless given.')),
    feature: Type.Optional(FeatureBody),
    coord_crs: crsName('CRS of `bbox` and `feature`; WGS 84 longitude and latitude unless given.'),
    crs: crsName('CRS of the export; the dataset’s own unless given.'),
    resolution: Type.Optional(
      Type.Union([Type.Number({ exclusiveMinimum: 0 }), pair('x and y.', { exclusiveMinimum: 0 })], {
        description:
          'Size of a pixel in units of the export’s CRS: one number, or `[x, y]`. Left out, pixels are the dataset’s own, ' +
          'or, in another CRS, as large as gdalwarp would make them.',
      }),
    ),
    width: side('Width in pixels, in place of `resolution`. With `height` left out, pixels are square.'),
    height: side('Height in pixels, in place of `resolution`. With `width` left out, pixels are square.'),
    resampling: defaulted(
      Type.Enum(EXPORT_RESAMPLINGS, {
        description: 'How pixels are computed where they are not the dataset’s own ones.',
      }),
      'nearest',
    ),
    bidx: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1, maximum: 65_535 }), {
        minItems: 1,
        maxItems: 1000,
        description: 'Bands to export, from 1, in this order; all of them unless given.',
      }),
    ),
    nodata: Type.Optional(
      Type.Union([Type.Number(), Type.String({ pattern: `^(none|${NODATA_TEXT})$` })], {
        description:
          'The value that marks pixels without data in the export: a number, or text where JSON has none for it; `none` ' +
          'for no such value, and a mask in its place. Left out, the dataset’s own.',
      }),
    ),
    rescale: Type.Optional(
      Type.Array(pair('Values that become the least and the greatest of `dtype`.'), {
        minItems: 1,
        maxItems: 1000,
        description: 'One `[min, max]` for all bands, or one for each. Values beyond are cut off.',
      }),
    ),
    dtype: Type.Optional(
      Type.Enum([...DataType.enum], {
        description:
          'Data type of the export’s samples; the dataset’s own unless given, `Byte` with `rescale`. Values that it has ' +
          'not are rounded and cut off.',
      }),
    ),
    format: defaulted(
      Type.Enum(EXPORT_FORMATS, {
        description: '`cog`: a cloud-optimized GeoTIFF with overviews. `gtiff`: a tiled GeoTIFF without.',
      }),
      'cog',
    ),
    compression: defaulted(
      Type.Enum(EXPORT_COMPRESSIONS, {
        description: '`jpeg` and `webp` lose detail; they take one or three, and three or four, bands of bytes.',
      }),
      'deflate',
    ),
    quality: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100, description: 'Of `jpeg` and `webp`, 1 to 100; 75 unless given.' }),
    ),
    as_dataset: defaulted(
      Type.Boolean({
        description:
          'Adds the export to the catalogue as a dataset of its own, instead of keeping it as a file to download. Needs the role `editor`.',
      }),
      false,
    ),
    title: Type.Optional(Title),
    summary: Type.Optional(Summary),
    visibility: Type.Optional(Visibility),
  },
  { title: 'ExportBody' },
);
export type ExportBody = Static<typeof ExportBody>;

/** What an export would be, before it is asked for. */
export const ExportPlan = answer(
  {
    width: Type.Integer({ description: 'Columns.' }),
    height: Type.Integer({ description: 'Rows.' }),
    band_count: Type.Integer(),
    dtype: DataType,
    crs: nullable(Type.String(), 'Its CRS: `EPSG:n` where it has a code, else its name. Null where it has none.'),
    bbox: nullable(bbox('`[minx, miny, maxx, maxy]` in that CRS.'), 'Null where it lies nowhere.'),
    resolution: nullable(pair('x and y.'), 'Size of a pixel in units of that CRS; null where it lies nowhere.'),
    own_pixels: Type.Boolean({
      description: 'Whether its pixels are the dataset’s, bit for bit; otherwise they are computed.',
    }),
    bytes: Type.Integer({ description: 'Bytes of its samples before they are compressed.' }),
  },
  { title: 'ExportPlan' },
);
export type ExportPlan = Static<typeof ExportPlan>;
