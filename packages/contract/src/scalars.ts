import { type Static, Type } from 'typebox';

/** A UUID in its canonical, hyphenated form. Compared case-insensitively everywhere. */
export const Uuid = Type.String({ format: 'uuid' });

/** A UUID with a description of what it identifies. */
export const uuidOf = (description: string) => Type.String({ format: 'uuid', description });

/** A moment, RFC 3339, in UTC. */
export const timestamp = (description: string) => Type.String({ format: 'date-time', description });

/** `[minX, minY, maxX, maxY]` in the CRS that `description` states. */
export const bbox = (description: string) =>
  Type.Unsafe<[minX: number, minY: number, maxX: number, maxY: number]>({
    type: 'array',
    items: { type: 'number' },
    minItems: 4,
    maxItems: 4,
    description,
  });

/** Two numbers, `[x, y]`. */
export const pair = (description: string, options: object = {}) =>
  Type.Unsafe<[x: number, y: number]>({
    type: 'array',
    items: { type: 'number', ...options },
    minItems: 2,
    maxItems: 2,
    description,
  });

export const VISIBILITIES = ['private', 'restricted', 'internal', 'public'] as const;

/** Who may see a dataset. */
export const Visibility = Type.Enum(VISIBILITIES, {
  description:
    'Who may see the dataset. `private`: its creator and administrators. `restricted`: those it was shared with. ' +
    '`internal`: everyone who is signed in. `public`: everyone.',
});
export type Visibility = Static<typeof Visibility>;

/** The title of a dataset. */
export const Title = Type.String({
  minLength: 1,
  maxLength: 500,
  pattern: '\\S',
  description: 'Human-readable title of the dataset: 1 to 500 characters, not only blanks.',
  'x-errors': { pattern: { type: 'value_error', msg: 'Value error, must not be blank' } },
});

/** A longer text about a dataset. */
export const Summary = Type.Union([Type.String({ maxLength: 5000 }), Type.Null()], {
  description: 'What the dataset shows, where it is from; at most 5000 characters, or null.',
});

/** GDAL's data type names, spelled as `gdalinfo` prints them. */
export const DataType = Type.Enum(
  [
    'Byte',
    'Int8',
    'UInt16',
    'Int16',
    'UInt32',
    'Int32',
    'UInt64',
    'Int64',
    'Float16',
    'Float32',
    'Float64',
    'CInt16',
    'CInt32',
    'CFloat16',
    'CFloat32',
    'CFloat64',
  ],
  { description: 'Data type of the samples, by GDAL’s name.' },
);

/** What nodata values are in text, as a regular expression without its ends. */
export const NODATA_TEXT = 'nan|inf|-inf|-?[0-9]{1,20}';

/** A nodata value in JSON: a number, or text where JSON has no number for it. */
export const Nodata = Type.Union([Type.Number(), Type.String({ pattern: `^(${NODATA_TEXT})$` })], {
  description:
    'The value that marks pixels without data. A number, or text where JSON has none for it: `nan`, `inf`, `-inf`, ' +
    'and 64-bit integers in decimal.',
});

/** The least GDAL that reads a virtual raster as it is meant. */
export const RequiresGdal = Type.Union([Type.String(), Type.Null()], {
  description: 'The oldest version of GDAL that reads it as it is meant, `3.12`; null where 3.6 and later do.',
});

/** When pixels were taken, as a request states it. */
export const Taken = Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
  description: 'When the pixels were taken, RFC 3339; null: as the file says.',
});

/** How much of a raster is under clouds, as a request states it. */
export const CloudCover = Type.Union([Type.Number({ minimum: 0, maximum: 100 }), Type.Null()], {
  description: 'Share of it under clouds in percent, 0 to 100; null where it is not known.',
});

/** A moment or an interval to search in. */
export const intervalOf = (description: string) =>
  Type.String({
    maxLength: 100,
    format: 'date-time-interval',
    description: `${description}: \`2026-06-01T00:00:00Z/2026-09-01T00:00:00Z\`, \`..\` for an open end.`,
  });
