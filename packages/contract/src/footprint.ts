import { type Static, Type } from 'typebox';
import { DatasetListQuery, RecordType } from './dataset.ts';
import { pageAnswer } from './paging.ts';
import { answer, defaulted, request } from './schema.ts';
import { uuidOf } from './scalars.ts';

/** Most footprints of one answer: about 2 MB, which a browser draws without a pause. */
export const MAX_FOOTPRINTS = 10_000;

const { q, bbox, datetime, record_type, visibility, health, job_id, ids } = DatasetListQuery.properties;

export const FootprintListQuery = request({
  limit: defaulted(
    Type.Integer({
      minimum: 1,
      maximum: MAX_FOOTPRINTS,
      description: `Most footprints to return, 1 to ${MAX_FOOTPRINTS}.`,
    }),
    MAX_FOOTPRINTS,
  ),
  skip: DatasetListQuery.properties.skip,
  q,
  bbox,
  datetime,
  record_type,
  visibility,
  health,
  job_id,
  ids,
});

/** Outer rings in few points. */
export const outline = (description: string) =>
  Type.Array(
    Type.Array(
      Type.Unsafe<[lon: number, lat: number]>({ type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 2 }),
    ),
    {
      description: `Closed rings of \`[longitude, latitude]\` in WGS 84 degrees, off by at most a two hundredth of their size. ${description}`,
    },
  );

/** Where a dataset lies, in as few points as a map needs. */
export const Footprint = answer(
  {
    id: uuidOf('The dataset.'),
    title: Type.String(),
    record_type: RecordType,
    outline: outline('Two rings where it crosses the antimeridian.'),
  },
  { title: 'Footprint' },
);
export type Footprint = Static<typeof Footprint>;

export const FootprintList = answer({ footprints: Type.Array(Footprint), ...pageAnswer }, { title: 'FootprintList' });
export type FootprintList = Static<typeof FootprintList>;
