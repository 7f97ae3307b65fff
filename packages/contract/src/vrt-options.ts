import { type Static, Type } from 'typebox';
import { answer, notYet, request } from './schema.ts';
import { ConfirmPublicSources } from './sharing.ts';
import { bbox, DataType, intervalOf, NODATA_TEXT, pair, uuidOf } from './scalars.ts';

/** How pixels are computed where a source has another resolution, grid or CRS than the output: GDAL's names. */
export const RESAMPLINGS = [
  'nearest',
  'bilinear',
  'cubic',
  'cubicspline',
  'lanczos',
  'average',
  'rms',
  'mode',
] as const;

export const SOURCE_ORDERS = ['as_given', 'datetime', 'resolution', 'cloud_cover'] as const;

export const PIXEL_FUNCTIONS = ['last', 'first', 'min', 'max', 'mean', 'median'] as const;

/** Most bands that a selection, and most values that a list of nodata, can have. */
const MAX_BANDS = 1000;

const nodataValue = () =>
  Type.Union([Type.Number(), Type.String({ pattern: `^(${NODATA_TEXT})$` })], {
    description: 'As a dataset’s: a number, or text where JSON has none for it.',
  });

/**
 * What decides how sources become a virtual raster, beside its type and its strategy. An option that is left out is
 * decided by the sources.
 */
const options = {
  resampling: Type.Optional(
    Type.Enum(RESAMPLINGS, {
      description:
        'How pixels are computed where a source has another resolution, grid or CRS than the output. Left out, readers ' +
        'decide (GDAL’s default is `nearest`), and sources in another CRS are reprojected with `nearest`.',
    }),
  ),
  crs: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 10_000,
      description:
        'CRS of the output, `EPSG:n` or WKT. Sources in another one, rotated and south-up ones, and those whose pixels do ' +
        'not lie on the output’s are reprojected on the fly, without approximation, whenever pixels are read; all others ' +
        'are placed as they are. `resolution`, `bounds` and `align` are in this CRS.',
    }),
  ),
  bands: Type.Optional(
    Type.Array(
      Type.Union([Type.Integer({ minimum: 1, maximum: 65_535 }), Type.String({ minLength: 1, maxLength: 200 })]),
      {
        minItems: 1,
        maxItems: MAX_BANDS,
        description:
          'Bands to take of each source, in this order: by number, the first is 1, or by name (a band’s description, or ' +
          'a common name as `red`, `nir`), which is looked for in each source by itself. A band may be taken twice. All ' +
          'of them where left out; a band stack then takes sources of one band each.',
      },
    ),
  ),
  nodata: Type.Optional(
    Type.Union(
      [
        Type.Number(),
        Type.String({ pattern: `^(none|${NODATA_TEXT})$` }),
        Type.Array(nodataValue(), { minItems: 1, maxItems: MAX_BANDS }),
      ],
      {
        description:
          'The value that marks pixels without data in the output; each source keeps its own. One for all bands, or a ' +
          'list by output band, whose last one stands for all further bands. A number, or text where JSON has none for ' +
          'it: `nan`, `inf`, `-inf`, and 64-bit integers in decimal; `none` for no such value. Left out, the first ' +
          'source’s.',
      },
    ),
  ),
  resolution: Type.Optional(
    Type.Union([Type.Number({ exclusiveMinimum: 0 }), pair('x and y.', { exclusiveMinimum: 0 })], {
      description:
        'Size of a pixel in units of the output CRS, positive: one number, or `[x, y]`. It takes the place of what ' +
        '`resolution_strategy` would choose.',
    }),
  ),
  align: Type.Optional(
    Type.Boolean({
      description:
        'Target-aligned pixels: the output is widened until its edges are whole multiples of its resolution, so that ' +
        'outputs of one resolution fit each other.',
    }),
  ),
  size_rounding: Type.Optional(
    Type.Enum(['nearest', 'contain'], {
      description:
        'How many pixels an output has that is so many and a fraction long: `nearest` (the default, as gdalbuildvrt does) ' +
        'cuts up to half a pixel of the sources off at the right and lower edge, `contain` has one more.',
    }),
  ),
  snap: Type.Optional(
    Type.Boolean({
      description:
        'Moves each source whose pixels are whole numbers of the output’s onto the output’s grid, by up to half a pixel, ' +
        'so that every reader takes the same pixels. Not together with `crs`, which reprojects such sources instead.',
    }),
  ),
  bounds: Type.Optional(
    bbox(
      'Extent of the output, `[minx, miny, maxx, maxy]` in the output CRS. Left out, the union of all sources; sources ' +
        'beyond it are cut, or left out.',
    ),
  ),
  dtype: Type.Optional(
    Type.Enum(['promote', ...DataType.enum], {
      description:
        'Data type of the output’s bands, for sources of several types. `promote`: one that every source’s values fit ' +
        'into. A type by name: values that it has not are rounded and cut off, which is a warning. Left out, sources of ' +
        'different types are refused.',
    }),
  ),
  pixel_function: Type.Optional(
    Type.Enum(PIXEL_FUNCTIONS, {
      description:
        'Which value a pixel of a mosaic gets where several sources overlap. `last`, that of the source on top, is what is ' +
        'done where it is left out; `first` is that of the lowest. The others are GDAL’s built-in functions of all values ' +
        'that are data, and need a nodata value and a GDAL that has them: `requires_gdal` of the plan and of the dataset ' +
        'says which.',
    }),
  ),
  source_order: Type.Optional(
    Type.Enum(SOURCE_ORDERS, {
      description:
        'Which source of a mosaic lies on top where several overlap: `as_given` (the default), the last one sent; ' +
        '`datetime`, the newest; `resolution`, the finest; `cloud_cover`, the least cloudy. Sources of which that is not ' +
        'known lie beneath. The bands of a band stack follow each other in the same order, from the lowest on. Decided ' +
        'when the request is accepted, and again with each later build.',
    }),
  ),
  overviews: Type.Optional(
    Type.Enum(['auto', 'none'], {
      description:
        'Whether coarse levels of the whole output are rendered once it is there, by a job of their own, so that it is ' +
        'shown from afar without opening its sources. `auto` (the default) renders them where readers would otherwise ' +
        'have to open many sources, or to read far more pixels than they show; `none` never.',
    }),
  ),
};

/** The options as a virtual raster was built with them. Those that were left out are not there. */
export const VrtOptions = answer(options, {
  title: 'VrtOptions',
  description: 'The options that it was built with, as they were sent; those that were left out are not here.',
});
export type VrtOptions = Static<typeof VrtOptions>;

/** The same to build with from now on. */
export const vrtOptionsToBuildWith = request(options, {
  title: 'VrtOptionsToBuildWith',
  description: 'The options to build with from now on, all of them; left out: those it was built with.',
});

/** The names of {@link VrtOptions}, in the order of the API page. */
export const VRT_OPTION_NAMES = Object.keys(options) as readonly (keyof VrtOptions)[];

/** Takes the sources that a search finds. */
export const SourceFilter = request(
  {
    collection_id: notYet(uuidOf('The collection.')),
    bbox: Type.Optional(
      bbox(
        'Rasters that touch this box: `[west, south, east, north]` in WGS 84 degrees; west greater than east crosses the antimeridian.',
      ),
    ),
    datetime: Type.Optional(intervalOf('Rasters taken at this moment or in this interval')),
    q: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: 'Text that the title or the summary contains, whatever its case.',
      }),
    ),
  },
  {
    title: 'VrtSourceFilter',
    description:
      'Takes the rasters that match all of these instead of `source_dataset_ids`, among those that the caller may see; ' +
      'the newest in the catalogue is on top in a mosaic, and the last band in a band stack. At least one must be given. ' +
      'They are looked up once, when the request is accepted.',
  },
);
export type SourceFilter = Static<typeof SourceFilter>;

/** What a request to create or to check a virtual raster has beside its sources and its name. */
export const vrtRequestOptions = {
  ...options,
  confirm_public_sources: Type.Optional(ConfirmPublicSources),
  collection_id: notYet(uuidOf('Collection the output belongs to.')),
};
