import type { Region } from './chunk-regions.ts';
import type { Placements } from './plan.ts';

/**
 * The placements of each region, in pixels of the region: rectangles keep their size and may begin before 0, as readers
 * scale by the whole of them (gdal.org, "VRT", DstRect). The columns of all regions are parts of the same few arrays.
 */
export function placementsByRegion(placements: Placements, regions: readonly Region[]): Placements[] {
  const columns = allocate(regions.reduce((sum, { members }) => sum + members.length, 0));
  let end = 0;
  return regions.map((region) => {
    const start = end;
    end += region.members.length;
    fill(columns, start, placements, region);
    return slice(columns, start, end);
  });
}

function allocate(count: number): Placements {
  return {
    count,
    sourceIndex: new Int32Array(count),
    variant: new Int32Array(count),
    sourceWidth: new Int32Array(count),
    sourceHeight: new Int32Array(count),
    srcRects: new Float64Array(4 * count),
    dstRects: new Float64Array(4 * count),
  };
}

function fill(columns: Placements, start: number, from: Placements, { window, members }: Region): void {
  for (let index = 0; index < members.length; index += 1) {
    const [to, member] = [start + index, members[index]!];
    columns.sourceIndex[to] = from.sourceIndex[member]!;
    columns.variant[to] = from.variant[member]!;
    columns.sourceWidth[to] = from.sourceWidth[member]!;
    columns.sourceHeight[to] = from.sourceHeight[member]!;
    for (let term = 0; term < 4; term += 1) {
      columns.srcRects[4 * to + term] = from.srcRects[4 * member + term]!;
    }
    columns.dstRects[4 * to] = offsetFrom(window.colOff, from.dstRects[4 * member]!);
    columns.dstRects[4 * to + 1] = offsetFrom(window.rowOff, from.dstRects[4 * member + 1]!);
    columns.dstRects[4 * to + 2] = from.dstRects[4 * member + 2]!;
    columns.dstRects[4 * to + 3] = from.dstRects[4 * member + 3]!;
  }
}

/**
 * An offset as counted from another whole pixel. Documents hold 15 digits: subtracting from those, and not from all that
 * a double has, leaves the same fraction of a pixel that a document in one piece would say.
 */
function offsetFrom(start: number, offset: number): number {
  return (Number.isInteger(offset) ? offset : Number(offset.toPrecision(15))) - start;
}

function slice(columns: Placements, start: number, end: number): Placements {
  return {
    count: end - start,
    sourceIndex: columns.sourceIndex.subarray(start, end),
    variant: columns.variant.subarray(start, end),
    sourceWidth: columns.sourceWidth.subarray(start, end),
    sourceHeight: columns.sourceHeight.subarray(start, end),
    srcRects: columns.srcRects.subarray(4 * start, 4 * end),
    dstRects: columns.dstRects.subarray(4 * start, 4 * end),
  };
}
