import type { BBox, Crs } from '@inlay/geo';
import { ValidationError } from '../error.ts';
import { bboxOfRings, projectRings, ringsOf, shapeIn } from '../pixels/feature-shape.ts';
import { notGeoreferenced, requirePlaced } from '../pixels/map-place.ts';
import { boxGrid, type PictureSize, projectedBBox, wholeGrid } from '../pixels/picture-grids.ts';
import { inOwnPlace } from '../pixels/placed-raster.ts';
import type { Handlers } from './bind.ts';
import { crsOf, faultOf, openCall, type PixelsDeps, renderOptionsOf } from './pixel-calls.ts';
import { sendPicture } from './send-picture.ts';

export function pictureHandlers(deps: PixelsDeps): Pick<Handlers, 'preview' | 'bboxPicture' | 'featurePicture'> {
  return {
    preview: async (call) => {
      const { query } = call;
      const { row, source } = await openCall(deps, call);
      const options = renderOptionsOf(query);
      const size = sizeOf(query);
      // Without a place of its own a raster is shown as it is stored.
      const placed = query.dst_crs === undefined ? inOwnPlace(source) : requirePlaced(source);
      const picture = wholeGrid(placed, await crsOf(query, 'dst_crs', placed.crs), size);
      if (picture === null) throw notGeoreferenced(`"${source.name}" cannot be shown in ${query.dst_crs} as a whole.`);
      const { format, v: version } = query;
      return await sendPicture(deps, call, { row, source, options, picture, format, empty: '204', version });
    },

    bboxPicture: async (call) => {
      const { params, query } = call;
      const { minx, miny, maxx, maxy, format } = params;
      const { row, source } = await openCall(deps, call);
      const options = renderOptionsOf(query);
      const size = sizeOf(query);
      const faults = [
        ...(minx < maxx ? [] : [faultOf(['path', 'maxx'], 'must be greater than minx', maxx)]),
        ...(miny < maxy ? [] : [faultOf(['path', 'maxy'], 'must be greater than miny', maxy)]),
      ];
      if (faults.length > 0) throw new ValidationError(faults);
      const placed = requirePlaced(source);
      const { from, to } = await crssOf(query);
      const bbox = from === to ? ([minx, miny, maxx, maxy] as const) : projected([minx, miny, maxx, maxy], from, to);
      const picture = boxGrid(placed, bbox, to, size);
      return await sendPicture(deps, call, { row, source, options, picture, format, empty: '204', version: query.v });
    },

    featurePicture: async (call) => {
      const { query, body } = call;
      const { row, source } = await openCall(deps, call);
      const options = renderOptionsOf(query);
      const size = sizeOf(query);
      const read = ringsOf(body);
      if ('items' in read) throw new ValidationError(read.items);
      const placed = requirePlaced(source);
      const { from, to } = await crssOf(query);
      const rings = projectRings(read.rings, from, to);
      const bbox = rings === null ? null : bboxOfRings(rings);
      if (rings === null || bbox === null) {
        const error = rings === null ? `the shape has no place in ${query.dst_crs}` : 'the shape has no area';
        throw new ValidationError([faultOf(['body'], error, null)]);
      }
      const picture = boxGrid(placed, bbox, to, size);
      return await sendPicture(deps, call, {
        row,
        source,
        options,
        picture,
        format: query.format,
        shape: shapeIn(picture, rings),
        empty: '204',
        version: undefined,
      });
    },
  };
}

/** @throws ValidationError where only one of width and height is given */
function sizeOf(query: { max_size: number; width?: number | undefined; height?: number | undefined }): PictureSize {
  const { max_size: maxSize, width, height } = query;
  if (width !== undefined && height !== undefined) return { width, height };
  if (width === undefined && height === undefined) return { maxSize };
  const name = width === undefined ? 'width' : 'height';
  throw new ValidationError([{ loc: ['query', name], msg: 'Field required', type: 'missing', input: null }]);
}

async function crssOf(query: object): Promise<{ from: Crs; to: Crs }> {
  const from = await crsOf(query, 'coord_crs');
  return { from, to: await crsOf(query, 'dst_crs', from) };
}

/** @throws ValidationError where the box has no place in the other CRS */
function projected(bbox: BBox, from: Crs, to: Crs): BBox {
  const found = projectedBBox(bbox, from, to);
  if (found !== null) return found;
  throw new ValidationError([faultOf(['query', 'dst_crs'], `the box has no place in ${to.name}`, to.code)]);
}
