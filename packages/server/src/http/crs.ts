import { type BBox, densify, fromLonLat } from '@inlay/geo';
import { ValidationError } from '../error.ts';
import { unknownCrs } from '../virtual-rasters/option-checks.ts';
import { placeableCrs } from '../virtual-rasters/recipe.ts';
import type { Handlers } from './bind.ts';

export function crsHandlers(): Pick<Handlers, 'crsBounds'> {
  return {
    crsBounds: async ({ query }) => {
      const crs = await placeableCrs(query.crs);
      if (crs === null) throw new ValidationError([{ ...unknownCrs(query.crs), loc: ['query', 'crs'] }]);
      const transform = fromLonLat(crs);
      const [west, south, east, north] = query.bbox;
      // The edges of the box bend, so that its extremes may lie between corners.
      const points = densify([west, south, west > east ? east + 360 : east, north]).map(([lon, lat]) =>
        transform === null ? null : transform(lon, lat),
      );
      const bounds = points.reduce<BBox | null>(
        (box, point) =>
          box === null || point === null
            ? null
            : [
                Math.min(box[0], point[0]),
                Math.min(box[1], point[1]),
                Math.max(box[2], point[0]),
                Math.max(box[3], point[1]),
              ],
        [Infinity, Infinity, -Infinity, -Infinity],
      );
      return { crs: query.crs, bounds: bounds === null ? null : [...bounds] };
    },
  };
}
