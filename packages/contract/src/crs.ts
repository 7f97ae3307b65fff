import { type Static, Type } from 'typebox';
import { answer, nullable, request } from './schema.ts';
import { bbox } from './scalars.ts';

export const CrsBoundsQuery = request({
  crs: Type.String({ minLength: 1, maxLength: 10_000, description: 'CRS of the answer, `EPSG:n` or WKT.' }),
  bbox: bbox('`west,south,east,north` in WGS 84 degrees; west greater than east crosses the antimeridian.'),
});

export const CrsBounds = answer(
  {
    crs: Type.String({ description: 'What was asked for.' }),
    bounds: nullable(
      bbox('`[minx, miny, maxx, maxy]` in that CRS.'),
      'Null where part of the box has no place in that CRS.',
    ),
  },
  { title: 'CrsBounds' },
);
export type CrsBounds = Static<typeof CrsBounds>;
