import { abbreviate, type SourceFilter, type ValidationItem, type VrtCreate, type VrtOptions } from '@inlay/contract';
import { placeableCrs } from './recipe.ts';

/** What of a request makes no sense whatever its sources are: an item for each option, with what to do. */
export async function checkOptions(
  request: Pick<VrtCreate, 'vrt_type' | 'source_filter' | keyof VrtOptions>,
): Promise<ValidationItem[]> {
  const { bounds, crs, source_filter: filter } = request;
  const items: ValidationItem[] = [];
  if (crs !== undefined && (await placeableCrs(crs)) === null) items.push(unknownCrs(crs));
  if (bounds !== undefined && !(bounds[0] < bounds[2] && bounds[1] < bounds[3])) {
    const fix = 'give [minx, miny, maxx, maxy], the smaller coordinates first';
    items.push(invalid('bounds', bounds, `The bounds have no area: ${fix}`));
  }
  if (request.vrt_type === 'band_stack' && request.pixel_function !== undefined) {
    const msg = 'A band stack has one source per band, of which there is no function: leave pixel_function out';
    items.push(conflict('pixel_function', request.pixel_function, msg, 'vrt_type "mosaic"', 'vrt_type "band_stack"'));
  }
  if (request.snap === true && crs !== undefined) {
    const msg = 'With crs, sources off the grid are reprojected to it instead of being moved: leave snap out';
    items.push(conflict('snap', true, msg, 'no crs', `crs ${abbreviate(crs) as string}`));
  }
  if (filter !== undefined) items.push(...checkFilter(filter));
  return items;
}

/** A text that names no CRS, as the option `crs`. */
export function unknownCrs(crs: string): ValidationItem {
  const shown = crs.length > 60 ? 'This text' : `"${crs}"`;
  return {
    loc: ['body', 'crs'],
    msg: `${shown} is no CRS that a raster can have: give the code of a projected or geographic one, as EPSG:32633, or its WKT`,
    type: 'unknown_crs',
    input: abbreviate(crs),
    ctx: { field: 'crs', fix: 'look the code up at epsg.io, or take the WKT that gdalsrsinfo -o wkt1 prints' },
  };
}

function checkFilter(filter: SourceFilter): ValidationItem[] {
  if (Object.values(filter).some((term) => term !== undefined)) return [];
  const error = 'give at least one of bbox, datetime and q';
  return [
    {
      loc: ['body', 'source_filter'],
      msg: `Value error, ${error}`,
      type: 'value_error',
      input: filter,
      ctx: { error },
    },
  ];
}

function invalid(option: string, input: unknown, msg: string): ValidationItem {
  return { loc: ['body', option], msg, type: 'invalid_option', input, ctx: { field: option } };
}

function conflict(option: string, input: unknown, msg: string, expected: string, actual: string): ValidationItem {
  return { loc: ['body', option], msg, type: 'conflicting_options', input, ctx: { field: option, expected, actual } };
}
