import { type Static, Type } from 'typebox';
import { answer, defaulted, nullable, request } from './schema.ts';
import { outline } from './footprint.ts';
import { pageAnswer, pageQuery } from './paging.ts';
import { ValidationItem } from './problem.ts';
import {
  bbox,
  DataType,
  Nodata,
  pair,
  RequiresGdal,
  Summary,
  timestamp,
  Title,
  Uuid,
  uuidOf,
  Visibility,
} from './scalars.ts';
import { HealthCounts, SourceStatus } from './source-health.ts';
import { SourceFilter, VrtOptions, vrtRequestOptions } from './vrt-options.ts';

/** Fewest sources of a virtual raster, most that a request can name, and most that a filter can find. */
export const MIN_SOURCES = 2;
export const MAX_SOURCES = 100_000;
export const MAX_FILTERED_SOURCES = 1_000_000;

export const VrtType = Type.Enum(['mosaic', 'band_stack'], {
  description:
    'Type of VRT to create. `mosaic` tiles sources spatially; `band_stack` aligns same-extent sources as multi-band output.',
});
export type VrtType = Static<typeof VrtType>;

export const ResolutionStrategy = Type.Enum(['finest', 'coarsest', 'average'], {
  description:
    'How to resolve mismatched source resolutions: `finest` uses the highest, `coarsest` uses the lowest, `average` ' +
    'computes the mean.',
});
export type ResolutionStrategy = Static<typeof ResolutionStrategy>;

/** Rasters by id, in an order that counts, each once. */
export const sourceIdList = (description: string, minItems: number) =>
  Type.Array(Uuid, {
    minItems,
    maxItems: MAX_SOURCES,
    uniqueItems: true,
    description,
    'x-errors': {
      minItems: {
        type: 'too_few_sources',
        msg:
          minItems === MIN_SOURCES
            ? 'A virtual raster needs at least {min_length} sources, {actual_length} given'
            : 'Name at least one source',
      },
      maxItems: {
        type: 'too_many_sources',
        msg: 'A virtual raster has at most {max_length} sources, {actual_length} given',
      },
      uniqueItems: {
        type: 'duplicate_source',
        msg: 'The source is listed twice, first at index {first_index}: remove one of them',
      },
    },
  });

/** The request to create, or to check, a virtual raster. */
export const VrtCreate = request(
  {
    source_dataset_ids: Type.Optional(
      sourceIdList(
        'Source raster dataset IDs to include in the VRT mosaic or band stack: at least 2, no repeats. Their order ' +
          'counts. In a mosaic **the last one is on top** where sources overlap, unless `source_order` says otherwise; ' +
          'in a band stack the first one is band 1. The first is also the reference that the others are compared with. ' +
          'Required unless there is a `source_filter`.',
        MIN_SOURCES,
      ),
    ),
    source_filter: Type.Optional(SourceFilter),
    vrt_type: VrtType,
    resolution_strategy: ResolutionStrategy,
    title: Title,
    summary: Type.Optional(Summary),
    visibility: defaulted(Visibility, 'private'),
    ...vrtRequestOptions,
  },
  {
    title: 'VrtCreate',
    oneOf: [{ required: ['source_dataset_ids'] }, { required: ['source_filter'] }],
    'x-usual-choice': 'source_dataset_ids',
  },
);
export type VrtCreate = Static<typeof VrtCreate>;

/** Something to know about a virtual raster before it is built. */
export const VrtWarning = answer(
  {
    loc: Type.Optional(ValidationItem.properties.loc),
    type: Type.String({ description: 'Stable name of the warning.' }),
    msg: Type.String({ description: 'The warning in words.' }),
    ctx: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'The facts behind `msg`.' })),
  },
  { title: 'VrtWarning' },
);
export type VrtWarning = Static<typeof VrtWarning>;

/** A source that create would refuse. */
export const RefusedSource = answer(
  {
    index: Type.Integer({ minimum: 0, description: 'Position among the sources, from 0.' }),
    dataset_id: uuidOf('The source.'),
    title: Type.String(),
    rules: Type.Array(Type.String(), { description: 'The `type` of each problem that it has, each once.' }),
  },
  { title: 'VrtRefusedSource' },
);
export type RefusedSource = Static<typeof RefusedSource>;

/** The verdict on each source, in few words however many there are. */
export const SourceVerdicts = answer(
  {
    total: Type.Integer({ description: 'Sources that were looked at.' }),
    accepted: Type.Integer(),
    refused: Type.Integer(),
    refused_sources: Type.Array(RefusedSource, {
      description: 'Those that break a rule, in their order, the first 1,000 of them; all others are accepted.',
    }),
  },
  { title: 'VrtSourceVerdicts' },
);
export type SourceVerdicts = Static<typeof SourceVerdicts>;

/** What would be built. */
export const VrtPlanSummary = answer(
  {
    source_count: Type.Integer(),
    width: Type.Integer({ description: 'Columns.' }),
    height: Type.Integer({ description: 'Rows.' }),
    bounds: bbox('`[minx, miny, maxx, maxy]` in the CRS of the output.'),
    resolution: pair('Size of a pixel in units of that CRS, positive, `[x, y]`.'),
    crs: answer({
      code: nullable(Type.String(), '`EPSG:n`; null for a CRS without a code.'),
      name: Type.String(),
    }),
    bands: Type.Array(
      answer({
        index: Type.Integer({ minimum: 1, description: 'The first band is 1.' }),
        dtype: DataType,
        nodata: nullable(Nodata),
        color_interp: Type.String(),
      }),
    ),
    outline: nullable(
      outline('Two rings where it crosses the antimeridian.'),
      'Where the output lies; null where its CRS cannot be expressed in degrees.',
    ),
    coverage: nullable(
      answer(
        {
          covered: Type.Number({
            minimum: 0,
            maximum: 1,
            description: 'Share of the output under at least one source.',
          }),
          overlapped: Type.Number({ minimum: 0, maximum: 1, description: 'Share under at least two.' }),
          gaps: outline('Rectangles of the output without a source.'),
          overlaps: outline('Rectangles of the output under several sources.'),
          exact: Type.Boolean({
            description:
              'Whether these are all such places to the pixel. Else they are a coarse picture; the shares are exact.',
          }),
        },
        { title: 'VrtCoverage' },
      ),
      'How the sources of a mosaic cover it; null for a band stack, and where sources are reprojected.',
    ),
    estimated_vrt_bytes: Type.Integer({ description: 'About the size of the VRT document.' }),
    requires_gdal: RequiresGdal,
  },
  { title: 'VrtPlan' },
);
export type VrtPlanSummary = Static<typeof VrtPlanSummary>;

/** The answer to a dry run. */
export const VrtValidation = answer(
  {
    valid: Type.Boolean({ description: 'Whether create would accept the same request.' }),
    problems: Type.Array(ValidationItem, {
      description: 'What create would refuse it for, as its 422 lists it: the first 1,000.',
    }),
    problem_count: Type.Integer({ description: 'How many there are in all.' }),
    warnings: Type.Array(VrtWarning, { description: 'The first 1,000.' }),
    warning_count: Type.Integer({ description: 'How many there are in all.' }),
    sources: nullable(
      SourceVerdicts,
      'Null where the sources were not looked at, because the request itself is wrong or names some that are not there.',
    ),
    paint_order: nullable(
      Type.Array(Type.Integer({ minimum: 0 })),
      'Positions among the sources, from 0, from the bottom to the top, where `source_order` decides: the 10,000 on top. ' +
        'Null where they are painted as sent.',
    ),
    plan: nullable(VrtPlanSummary, 'Null unless valid.'),
  },
  { title: 'VrtValidation' },
);
export type VrtValidation = Static<typeof VrtValidation>;

export const VrtSourceList = answer(
  {
    sources: Type.Array(
      answer(
        {
          dataset_id: uuidOf('The source.'),
          title: Type.String(),
          position: Type.Integer({
            minimum: 0,
            description:
              'Place in the order, from 0, as `source_order` has made it; the greatest is on top in a mosaic, unless its ' +
              '`pixel_function` says otherwise.',
          }),
          band_count: Type.Integer(),
          resolution_x: nullable(Type.Number(), 'Width of a pixel in CRS units.'),
          resolution_y: nullable(Type.Number(), 'Height of a pixel in CRS units.'),
          crs_epsg: nullable(Type.Integer()),
          extent_bbox: nullable(bbox('West, south, east, north.'), 'In WGS 84 degrees, `[west, south, east, north]`.'),
        },
        { title: 'VrtSource' },
      ),
      { description: 'In the order of positions. Sources that the caller may not see are left out.' },
    ),
  },
  { title: 'VrtSourceList' },
);
export type VrtSourceList = Static<typeof VrtSourceList>;

/** What a build of a virtual raster was for. */
export const VRT_CHANGES = ['created', 'sources_added', 'sources_removed', 'sources_set', 'regenerated'] as const;

export const VrtChange = Type.Enum(VRT_CHANGES, { description: 'What it was built for.' });
export type VrtChange = Static<typeof VrtChange>;

export const VrtStatus = answer(
  {
    status: Type.Enum(['ready', 'regenerating', 'failed'], {
      description:
        '`regenerating`: a build waits or runs. `failed`: the last one failed, as `last_failure` says. In each of them the ' +
        'build `generation_id` is what is served.',
    }),
    generation_id: uuidOf('The build that is served: what `expected_generation` and `If-Match` take.'),
    last_generation_at: nullable(
      timestamp('Time.'),
      'When what is served was built; null before the first build ends.',
    ),
    source_count: Type.Integer({ description: 'All sources, whether the caller may see them or not.' }),
    active_generation: nullable(
      answer({
        generation_id: uuidOf('The build that waits or runs: its identifier once it is served.'),
        started_at: timestamp('When it started; while it waits, when it was asked for.'),
        elapsed_seconds: Type.Number({ minimum: 0 }),
        change: VrtChange,
        job_id: uuidOf('Its job.'),
        progress: Type.Number({ minimum: 0, maximum: 1 }),
        current_step: nullable(Type.String(), 'What is being done, in words.'),
      }),
      'Null while none is running.',
    ),
    last_failure: nullable(
      answer({
        generation_id: uuidOf('The build that failed.'),
        change: VrtChange,
        job_id: uuidOf('Its job, which `POST /api/jobs/{id}/retry` tries again.'),
        error_message: Type.String(),
        failed_at: timestamp('When.'),
      }),
      'Null unless the last build has failed, and for who may not change it. What was served before it still is.',
    ),
    source_health: Type.Array(
      answer({
        dataset_id: uuidOf('The source.'),
        title: Type.String(),
        status: SourceStatus,
      }),
      {
        description:
          'Lowest first, a page of them (`limit`, `skip`). Sources that the caller may not see are left out. From what is ' +
          'known: no file is looked at for it.',
      },
    ),
    source_health_total: Type.Integer({ description: 'How many sources the caller may see, on all pages.' }),
    health: HealthCounts,
  },
  { title: 'VrtStatus' },
);
export type VrtStatus = Static<typeof VrtStatus>;

export const VrtGenerationsQuery = request(pageQuery);

export const VrtGenerationList = answer(
  {
    generations: Type.Array(
      answer(
        {
          id: uuidOf('Identifier of the generation.'),
          number: nullable(Type.Integer({ minimum: 1 }), 'Counts the completed ones; null for others.'),
          status: Type.Enum(['pending', 'running', 'completed', 'failed']),
          change: VrtChange,
          is_current: Type.Boolean({ description: 'Whether it is the one that is served.' }),
          job_id: nullable(uuidOf('Its job.'), 'Null for builds of older versions.'),
          started_at: nullable(timestamp('Time.'), 'Null before it starts.'),
          completed_at: nullable(timestamp('Time.'), 'Null before it ends.'),
          duration_seconds: nullable(Type.Number(), 'Null before it ends.'),
          error_message: nullable(Type.String(), 'Null unless it failed.'),
          source_count: Type.Integer(),
          options: VrtOptions,
          requires_gdal: RequiresGdal,
          triggered_by: nullable(uuidOf('User.'), 'The user who asked for it; null where the user was removed.'),
        },
        { title: 'VrtGeneration' },
      ),
      {
        description:
          'Newest first. A generation never changes once it is completed. The last ten completed ones are kept, and the ' +
          'one that is served.',
      },
    ),
    ...pageAnswer,
  },
  { title: 'VrtGenerationList' },
);
export type VrtGenerationList = Static<typeof VrtGenerationList>;
