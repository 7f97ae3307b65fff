import { type Static, Type } from 'typebox';
import { Band } from './dataset.ts';
import { answer, defaulted, nullable, request, withKeywords } from './schema.ts';
import { bbox, CloudCover, DataType, Nodata, pair, Summary, Taken, Title, uuidOf, Visibility } from './scalars.ts';

export const UploadQuery = request({
  commit: defaulted(
    Type.Boolean({ description: 'Catalogue the file at once, with the form fields as the commit’s body.' }),
    false,
  ),
});

/** What is said instead of what the file says. */
export const RasterOverrides = {
  srid_override: Type.Optional(
    nullable(Type.Integer({ minimum: 1, maximum: 998_999 }), 'EPSG code of the CRS to use instead of the file’s own.'),
  ),
  nodata_override: Type.Optional(nullable(Nodata, 'Nodata value to use instead of the file’s own.')),
};

/** What is said of a raster that its file may not say. */
const facts = { datetime: Type.Optional(Taken), cloud_cover: Type.Optional(CloudCover) };

/** The fields beside the file of an upload that is committed at once. */
export const UploadFields = request({
  title: Type.Optional(Title),
  summary: Type.Optional(Summary),
  visibility: defaulted(Visibility, 'private'),
  ...facts,
  ...RasterOverrides,
});
export type UploadFields = Static<typeof UploadFields>;

/** The whole form of an upload. */
export const UploadForm = request(
  {
    ...UploadFields.properties,
    title: Type.Optional(
      withKeywords(Title, {
        description: 'With `commit=true`: title of the dataset; the file’s name without its ending where left out.',
      }),
    ),
    file: Type.Unsafe<unknown>({
      type: 'string',
      contentMediaType: 'application/octet-stream',
      description:
        'The raster file: GeoTIFF, PNG, JPEG or Esri ASCII grid. The last part of the form: fields after it are refused.',
    }),
  },
  { title: 'UploadForm' },
);

export const UploadAccepted = answer(
  {
    job_id: uuidOf('Identifier to preview and commit the upload with.'),
    status: Type.Enum(['pending']),
    message: Type.String({ description: 'What to do next.' }),
  },
  { title: 'UploadAccepted' },
);
export type UploadAccepted = Static<typeof UploadAccepted>;

export const UploadParams = request({ job_id: uuidOf('The job that the upload was answered with.') });

export const CommitUpload = request(
  {
    title: Title,
    summary: Type.Optional(Summary),
    visibility: defaulted(Visibility, 'private'),
    ...facts,
    ...RasterOverrides,
  },
  { title: 'CommitUpload' },
);
export type CommitUpload = Static<typeof CommitUpload>;

/** What an uploaded file turned out to be. */
export const UploadPreview = answer(
  {
    job_id: uuidOf('The upload.'),
    source_filename: Type.String(),
    size_bytes: Type.Integer(),
    driver: Type.String({
      description: 'Format by GDAL’s short name, from the content: `GTiff`, `PNG`, `JPEG` or `AAIGrid`.',
    }),
    crs: nullable(
      answer({
        code: nullable(Type.String(), '`EPSG:n`; null for a CRS without a code.'),
        name: Type.String(),
        wkt: Type.String({ description: 'WKT 1 in GDAL’s form.' }),
      }),
      'Null where the file has none.',
    ),
    width: Type.Integer({ description: 'Columns.' }),
    height: Type.Integer({ description: 'Rows.' }),
    band_count: Type.Integer(),
    dtype: DataType,
    nodata: nullable(Nodata, 'Of band 1; null where it has none.'),
    resolution: nullable(
      pair('x and y.'),
      'Size of a pixel in CRS units, `[x, y]`; null without an affine georeference.',
    ),
    extent_bbox: nullable(bbox('West, south, east, north.'), 'In WGS 84 degrees; null where not georeferenced.'),
    bands: Type.Array(Band),
    conversion: nullable(
      answer({
        to: Type.Enum(['COG']),
        reasons: Type.Array(Type.String(), { description: 'Why, one sentence each.' }),
        keeps_original: Type.Boolean({
          description:
            'Whether the file itself is kept beside its conversion for certain; one that a conversion would lose ' +
            'something of is kept as well.',
        }),
      }),
      'What the file is converted to, without loss, once it is committed; null where it is kept byte for byte.',
    ),
    is_cog: Type.Boolean({ description: 'Whether it is a valid cloud-optimised GeoTIFF.' }),
    cog_issues: Type.Array(Type.String(), { description: 'Why it is not, or what it could do better.' }),
    warnings: Type.Array(Type.String()),
  },
  { title: 'UploadPreview' },
);
export type UploadPreview = Static<typeof UploadPreview>;

/** Most rasters one call registers by name. */
export const MAX_HREFS = 100_000;

export const RegisterRasters = request(
  {
    hrefs: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 4096 }), {
        minItems: 1,
        maxItems: MAX_HREFS,
        uniqueItems: true,
        description: 'The rasters: absolute paths on the server, `s3://` or `https://` URLs.',
      }),
    ),
    prefix: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 4096,
        description: 'A folder on the server or an `s3://` prefix: every raster below it.',
      }),
    ),
    visibility: defaulted(Visibility, 'private'),
    datetime: Type.Optional(
      withKeywords(Taken, { description: 'When all of them were taken, RFC 3339; else what each file says.' }),
    ),
    cloud_cover: Type.Optional(CloudCover),
  },
  {
    title: 'RegisterRasters',
    description:
      'Either `hrefs` or `prefix`. Both must lie below a root that the operator allows (INLAY_SOURCE_ROOTS).',
    oneOf: [{ required: ['hrefs'] }, { required: ['prefix'] }],
  },
);
export type RegisterRasters = Static<typeof RegisterRasters>;

/** Where rasters may be registered from. */
export const SourceRootList = answer(
  {
    roots: Type.Array(
      answer({
        kind: Type.Enum(['folder', 'url', 'bucket'], {
          description:
            'A folder of the server; a prefix of URLs, which no list can be had of; a bucket or a prefix of one.',
        }),
        location: Type.String({ description: 'What `hrefs` and `prefix` begin with.' }),
      }),
      { description: 'As the operator lists them (INLAY_SOURCE_ROOTS).' },
    ),
  },
  { title: 'SourceRootList' },
);
export type SourceRootList = Static<typeof SourceRootList>;
