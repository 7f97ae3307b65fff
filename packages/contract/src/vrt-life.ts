import { type Static, Type } from 'typebox';
import { uuidOf } from './scalars.ts';
import { request } from './schema.ts';
import { MIN_SOURCES, ResolutionStrategy, sourceIdList } from './virtual-raster.ts';
import { vrtOptionsToBuildWith } from './vrt-options.ts';

const expectedGeneration = Type.Optional(
  Type.String({
    format: 'uuid',
    description:
      'The build that the caller knows (`generation_id` of the state): the call is refused with 412 where another one is ' +
      'shown by now. `If-Match` says the same.',
  }),
);

/** Rasters to add to a virtual raster: one, or several at once. */
export const VrtSourcesAdd = request(
  {
    source_dataset_id: Type.Optional(uuidOf('The raster to add.')),
    source_dataset_ids: Type.Optional(sourceIdList('The rasters to add, in this order: at least one, no repeats.', 1)),
    position: Type.Optional(
      Type.Integer({
        minimum: 0,
        description:
          'Where they go in the order of the sources, from 0, which is the lowest; left out, or beyond the end: on top of ' +
          'all others, or behind the last band. Not where a `source_order` decides.',
      }),
    ),
    expected_generation: expectedGeneration,
  },
  {
    title: 'VrtSourcesAdd',
    oneOf: [{ required: ['source_dataset_id'] }, { required: ['source_dataset_ids'] }],
    'x-usual-choice': 'source_dataset_id',
  },
);
export type VrtSourcesAdd = Static<typeof VrtSourcesAdd>;

/** All sources of a virtual raster, in order. */
export const VrtSourcesSet = request(
  {
    source_dataset_ids: sourceIdList(
      'All sources that it is to have, in order, the last one on top: at least 2, no repeats. Where a `source_order` ' +
        'decides on the order, it does of these.',
      MIN_SOURCES,
    ),
    expected_generation: expectedGeneration,
  },
  { title: 'VrtSourcesSet' },
);
export type VrtSourcesSet = Static<typeof VrtSourcesSet>;

/** How to build a virtual raster anew; as it was built, where nothing is said. */
export const VrtRegenerate = request(
  {
    options: Type.Optional(vrtOptionsToBuildWith),
    resolution_strategy: Type.Optional(ResolutionStrategy),
    expected_generation: expectedGeneration,
  },
  { title: 'VrtRegenerate' },
);
export type VrtRegenerate = Static<typeof VrtRegenerate>;

export const VrtRollback = request(
  { generation_id: uuidOf('The build to show again.'), expected_generation: expectedGeneration },
  { title: 'VrtRollback' },
);
export type VrtRollback = Static<typeof VrtRollback>;

export const VrtSourceParams = request({ id: uuidOf('The virtual raster.'), source_id: uuidOf('The source.') });
