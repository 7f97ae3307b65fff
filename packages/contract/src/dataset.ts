import { type Static, Type } from 'typebox';
import { answer, defaulted, notYet, nullable, request, withKeywords } from './schema.ts';
import { HealthCounts, SourceStatus } from './source-health.ts';
import { pageAnswer, pageQuery } from './paging.ts';
import { signedQuery } from './render-query.ts';
import { ConfirmPublicSources } from './sharing.ts';
import {
  bbox,
  CloudCover,
  DataType,
  intervalOf,
  Nodata,
  pair,
  RequiresGdal,
  Summary,
  Taken,
  timestamp,
  Title,
  Uuid,
  uuidOf,
  Visibility,
} from './scalars.ts';
import { VrtOptions } from './vrt-options.ts';

export const RECORD_TYPES = ['raster_dataset', 'vrt_dataset'] as const;

export const RecordType = Type.Enum(RECORD_TYPES, {
  description: '`raster_dataset`: a raster file. `vrt_dataset`: a virtual raster made of others.',
});
export type RecordType = Static<typeof RecordType>;

/** Statistics of a band's valid pixels. */
export const BandStatistics = answer(
  {
    minimum: Type.Number(),
    maximum: Type.Number(),
    mean: Type.Number(),
    stddev: Type.Number({ description: 'Population standard deviation.' }),
    valid_percent: nullable(Type.Number(), 'Share of valid pixels, 0 to 100; null where unknown.'),
    approximate: Type.Boolean({ description: 'From an overview or from members’ statistics, not from every pixel.' }),
  },
  { title: 'BandStatistics' },
);

export const Band = answer(
  {
    index: Type.Integer({ minimum: 1, description: 'Number of the band; the first is 1, as in GDAL.' }),
    name: nullable(Type.String(), 'The band’s description; null where it has none.'),
    dtype: DataType,
    nodata: nullable(Nodata, 'The band’s nodata value; null where it has none.'),
    color_interp: Type.String({ description: 'GDAL’s colour interpretation: `Gray`, `Red`, `Palette`, `Alpha`, ...' }),
    statistics: nullable(BandStatistics, 'Null where not known.'),
  },
  { title: 'Band' },
);
export type Band = Static<typeof Band>;

/** What is known of a dataset's pixels. */
export const Raster = answer(
  {
    status: Type.Enum(['processing', 'ready', 'regenerating', 'failed'], {
      description: '`ready`: can be used. `regenerating`: can be used while a newer version is built.',
    }),
    epsg: nullable(Type.Integer(), 'EPSG code of the CRS; null where it has none.'),
    crs_wkt: nullable(Type.String(), 'The CRS as WKT 1 in GDAL’s form; null where the raster has no CRS.'),
    geotransform: nullable(
      Type.Unsafe<[number, number, number, number, number, number]>({
        type: 'array',
        items: { type: 'number' },
        minItems: 6,
        maxItems: 6,
      }),
      'GDAL’s six numbers: x of the top-left corner, pixel width, row rotation, y of the top-left corner, column ' +
        'rotation, pixel height (negative where north is up). Null where the raster has no affine georeference.',
    ),
    width: Type.Integer({ description: 'Columns.' }),
    height: Type.Integer({ description: 'Rows.' }),
    res_x: nullable(Type.Number(), 'Width of a pixel in CRS units, positive.'),
    res_y: nullable(Type.Number(), 'Height of a pixel in CRS units, positive.'),
    band_count: Type.Integer(),
    dtype: DataType,
    nodata: nullable(Nodata, 'Nodata value of band 1; null where it has none. Each band’s own is in `bands`.'),
    compression: nullable(Type.String(), 'GDAL’s name (`DEFLATE`, `LZW`, ...); null where uncompressed or virtual.'),
    block_size: nullable(pair('Columns and rows.'), 'Size of a block (tile or strip) in pixels, `[width, height]`.'),
    overviews: Type.Array(
      answer({ width: Type.Integer({ description: 'Columns.' }), height: Type.Integer({ description: 'Rows.' }) }),
      { description: 'Reduced-resolution levels, finest first.' },
    ),
    size_bytes: nullable(Type.Integer(), 'Size of the file; of all that is stored of a virtual raster.'),
    checksum: nullable(Type.String(), 'Checksum of the file, `sha256:` and hexadecimal digits; null where not known.'),
    original: nullable(
      answer({
        filename: Type.String({ description: 'Its name when it was uploaded.' }),
        driver: Type.String({ description: 'Its format by GDAL’s short name: `GTiff`, `PNG`, `JPEG` or `AAIGrid`.' }),
        size_bytes: Type.Integer(),
        checksum: Type.String({ description: '`sha256:` and hexadecimal digits.' }),
        download_url: Type.String(),
      }),
      'The uploaded file, where a conversion of it is served and it is kept because it holds more; else null.',
    ),
    bands: Type.Array(Band, { description: 'In band order; `bands[0]` is band 1.' }),
    vrt_type: nullable(Type.Enum(['mosaic', 'band_stack']), 'Null for a raster file.'),
    resolution_strategy: nullable(Type.Enum(['finest', 'coarsest', 'average']), 'Null for a raster file.'),
    source_count: nullable(Type.Integer(), 'Number of sources; null for a raster file.'),
    options: nullable(VrtOptions, 'The options it was built with; null for a raster file.'),
    sources_confirmed_at: nullable(
      timestamp('Time.'),
      'When its owner last confirmed that it shows sources which fewer people see; null where they have not.',
    ),
    requires_gdal: RequiresGdal,
    health: nullable(HealthCounts, 'How its sources are; null for a raster file.'),
    auto_regenerate: nullable(
      Type.Boolean({ description: 'Whether it is built anew by itself once a source was replaced.' }),
      'Null for a raster file.',
    ),
    file_status: nullable(
      Type.Enum(['healthy', 'missing', 'inaccessible', 'changed'], {
        description:
          'How its file was found when it was last looked at. `changed`: it is not what the catalogue read; refresh it.',
      }),
      'Null for a virtual raster.',
    ),
    tile_url: nullable(Type.String(), 'Template of its map tiles; null where none are served.'),
    download_url: nullable(Type.String(), 'Where the file (GeoTIFF or VRT) is downloaded; null until it is ready.'),
  },
  { title: 'Raster' },
);
export type Raster = Static<typeof Raster>;

export const ACCESS_LEVELS = ['view', 'edit', 'manage'] as const;
export const ACCESS_GROUNDS = ['owner', 'administrator', 'grant', 'visibility', 'link'] as const;

/** What whoever asks may do with a dataset, and why they see it. */
export const DatasetAccess = answer(
  {
    level: Type.Enum(ACCESS_LEVELS, {
      description:
        'What the caller may do, with the credential that they came with. `view`: look at it. `edit`: also change what is ' +
        'stated of it and what it is made of. `manage`: also say who sees it, and delete it.',
    }),
    by: Type.Enum(ACCESS_GROUNDS, {
      description:
        'Why they see it: it is theirs, they are an administrator, it was granted to them, its visibility lets them, or ' +
        'they hold a link.',
    }),
    pixels: Type.Boolean({
      description:
        'Whether tiles, pictures and values are theirs to have: all but those of a virtual raster of theirs, one of whose ' +
        'sources was hidden from them.',
    }),
    files: Type.Boolean({ description: 'Whether its files are theirs to download: not by every link.' }),
  },
  { title: 'DatasetAccess' },
);
export type DatasetAccess = Static<typeof DatasetAccess>;

export const Dataset = answer(
  {
    id: uuidOf('Identifier of the dataset.'),
    title: Type.String({ description: 'Human-readable title.' }),
    summary: nullable(Type.String(), 'What it shows.'),
    visibility: Visibility,
    record_type: RecordType,
    srid: nullable(Type.Integer(), 'EPSG code of the CRS; null where it has none.'),
    extent_bbox: nullable(
      bbox('West, south, east, north.'),
      'Bounding box in WGS 84 degrees, `[west, south, east, north]`; west is greater than east where it crosses the ' +
        'antimeridian. Null where the raster is not georeferenced.',
    ),
    datetime: nullable(
      timestamp('Time.'),
      'When its pixels were taken: what was stated, else what the file says; null where neither does.',
    ),
    cloud_cover: nullable(
      Type.Number({ minimum: 0, maximum: 100 }),
      'Share of it under clouds in percent; null where it was not stated.',
    ),
    created_by: nullable(uuidOf('User.'), 'The user who made it; null where the user was removed.'),
    created_by_name: nullable(
      Type.String(),
      'What its owner is called; null for callers who are not signed in, whom it is not for.',
    ),
    access: DatasetAccess,
    created_at: timestamp('When it was catalogued.'),
    updated_at: timestamp('When it or its pixels last changed.'),
    raster: nullable(Raster, 'Null until the pixels have been looked at.'),
  },
  { title: 'Dataset' },
);
export type Dataset = Static<typeof Dataset>;

export const DatasetParams = request({ id: uuidOf('The dataset.') });

/** A link may open it, in place of a credential or beside one. */
export const DatasetQuery = request(signedQuery);

export const DATASET_SORTS = ['-created_at', 'created_at', '-updated_at', 'updated_at', 'title', '-title'] as const;

/** Most ids that a list can be narrowed down to: as many as a URL of 4,000 characters holds. */
export const MAX_LISTED_IDS = 100;

export const DatasetListQuery = request({
  ...pageQuery,
  q: Type.Optional(
    Type.String({ maxLength: 200, description: 'Text that the title or the summary contains, whatever its case.' }),
  ),
  bbox: Type.Optional(
    bbox(
      'Datasets that touch this box: `west,south,east,north` in WGS 84 degrees; west greater than east crosses the antimeridian.',
    ),
  ),
  datetime: Type.Optional(intervalOf('Datasets taken at this moment or in this interval')),
  record_type: Type.Optional(RecordType),
  visibility: Type.Optional(Visibility),
  health: Type.Optional(
    withKeywords(SourceStatus, {
      description:
        'Virtual rasters with a source that is so, and rasters whose own file is; `healthy`: those that have nothing else.',
    }),
  ),
  job_id: Type.Optional(uuidOf('Datasets that this job catalogued or built.')),
  ids: Type.Optional(
    Type.Array(Uuid, {
      minItems: 1,
      maxItems: MAX_LISTED_IDS,
      description: `Datasets among these, separated by commas, at most ${MAX_LISTED_IDS}.`,
    }),
  ),
  collection: notYet(uuidOf('Datasets of this collection.')),
  sort: defaulted(
    Type.Enum(DATASET_SORTS, { description: 'Order; a minus sign means descending. Newest first by default.' }),
    '-created_at',
  ),
});

export const DatasetList = answer({ datasets: Type.Array(Dataset), ...pageAnswer }, { title: 'DatasetList' });
export type DatasetList = Static<typeof DatasetList>;

export const DatasetPatch = request(
  {
    title: Type.Optional(Title),
    summary: Type.Optional(Summary),
    visibility: Type.Optional(Visibility),
    datetime: Type.Optional(Taken),
    cloud_cover: Type.Optional(CloudCover),
    auto_regenerate: Type.Optional(
      Type.Boolean({
        description:
          'Of a virtual raster: whether it is built anew by itself, half a minute after a source was replaced.',
      }),
    ),
    confirm_public_sources: Type.Optional(ConfirmPublicSources),
  },
  { title: 'DatasetPatch', description: 'What is left out stays as it is.' },
);
export type DatasetPatch = Static<typeof DatasetPatch>;

export const DatasetDelete = request(
  {
    confirm_title: Type.String({ maxLength: 500, description: 'The title of the dataset, exactly, as confirmation.' }),
  },
  { title: 'DatasetDelete' },
);
export type DatasetDelete = Static<typeof DatasetDelete>;

export const QuicklookQuery = request({
  size: defaulted(
    Type.Integer({ minimum: 16, maximum: 2048, description: 'Longer side of the picture in pixels.' }),
    512,
  ),
  ...signedQuery,
});

const sources = defaulted(
  Type.Enum(['http', 'local', 's3'], {
    description:
      'How the VRT names its sources. `http`: as /vsicurl/ URLs of this server. `local`: as paths on the server, for ' +
      'administrators and whoever registered the files. `s3`: as /vsis3/ names of the objects, where all sources were ' +
      'registered in buckets, for the same.',
  }),
  'http',
);

export const DownloadVrtQuery = request({
  sources,
  flat: defaulted(
    Type.Boolean({
      description:
        'Whether a large mosaic is sent in one piece, as one with `sources=local` always is. Otherwise it is a root ' +
        'that names chunks, which GDAL fetches from here as it needs them. The pixels are the same.',
    }),
    false,
  ),
  ...signedQuery,
});

export const VrtChunkParams = request({
  id: uuidOf('The virtual raster.'),
  generation_id: uuidOf('The build that the chunk is of.'),
  number: Type.Integer({ minimum: 1, maximum: 2_147_483_647, description: 'Number of the chunk; the first is 1.' }),
});

export const VrtOverviewParams = request({
  id: uuidOf('The virtual raster.'),
  generation_id: uuidOf('The build that the levels are of.'),
  number: Type.Integer({ minimum: 1, maximum: 65_535, description: 'Number of the file; the first is 1.' }),
});

export const VrtChunkQuery = request({ sources, ...signedQuery });
