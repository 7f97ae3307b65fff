import { CrsBounds, CrsBoundsQuery } from '../crs.ts';
import { operation } from '../operation.ts';

export const crsBounds = operation({
  id: 'crsBounds',
  method: 'GET',
  path: '/api/crs/bounds',
  summary: 'A box in another CRS',
  description:
    'The smallest box in a CRS around a box in degrees, as `bounds` of a virtual raster takes it: for boxes that were drawn on ' +
    'a map. 422 `unknown_crs` for a text that names no CRS that rasters lie in.',
  tags: ['General'],
  access: 'anonymous',
  query: CrsBoundsQuery,
  responses: {
    200: {
      description: 'The box.',
      schema: CrsBounds,
      example: { crs: 'EPSG:32633', bounds: [426_857.99, 5_427_937.52, 573_142.01, 5_539_109.82] },
    },
  },
});
