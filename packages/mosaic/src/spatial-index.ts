import Flatbush from 'flatbush';
import { malformedBytes } from './error.ts';

/** Children of a node: flatbush's own default. */
const NODE_SIZE = 16;
const HEADER_BYTES = 8;
/** Flatbush's number for Int32Array, and the version of its format that {@link openIndex} checks. */
const INT32_TYPE = 5;
const FORMAT_VERSION = 3;

/**
 * The index of rectangles, four numbers each: [xOff, yOff, xSize, ySize]. Boxes are widened to whole pixels, which are
 * half as large as doubles: a search finds all that it should, and now and then a neighbour. Null for no rectangles.
 */
export function buildIndex(rects: Float64Array): Flatbush | null {
  const count = rects.length / 4;
  if (count === 0) return null;
  const index = new Flatbush(count, NODE_SIZE, Int32Array);
  for (let at = 0; at < rects.length; at += 4) {
    const [x, y] = [rects[at]!, rects[at + 1]!];
    index.add(Math.floor(x), Math.floor(y), Math.ceil(x + rects[at + 2]!), Math.ceil(y + rects[at + 3]!));
  }
  index.finish();
  return index;
}

/** Bytes of the index of some rectangles, as {@link buildIndex} makes it. */
export function indexBytes(count: number): number {
  if (count === 0) return 0;
  const nodes = levelEnds(count).at(-1)!;
  return HEADER_BYTES + nodes * (16 + indexElementBytes(nodes));
}

function indexElementBytes(nodes: number): number {
  return nodes < 16_384 ? 2 : 4;
}

/** Where each level of the tree ends, in boxes; leaves first. */
function levelEnds(count: number): number[] {
  const ends = [count];
  let level = count;
  do {
    level = Math.ceil(level / NODE_SIZE);
    ends.push(ends.at(-1)! + level);
  } while (level !== 1);
  return ends;
}

/**
 * An index again, of its bytes within others.
 * @throws {MosaicError} `mosaic/malformed-bytes` where following it could lead out of it or around in circles
 */
export function openIndex(bytes: Uint8Array, count: number): Flatbush | null {
  if (count === 0) return null;
  const header = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  const isOurs =
    header.getUint8(0) === 0xfb &&
    header.getUint8(1) === (FORMAT_VERSION << 4) + INT32_TYPE &&
    header.getUint16(2, true) === NODE_SIZE &&
    header.getUint32(4, true) === count;
  if (!isOurs) throw malformedBytes('its spatial index is not one of its placements');
  const ends = levelEnds(count);
  const nodes = ends.at(-1)!;
  const Elements = indexElementBytes(nodes) === 2 ? Uint16Array : Uint32Array;
  const elements = new Elements(bytes.buffer as ArrayBuffer, bytes.byteOffset + HEADER_BYTES + 16 * nodes, nodes);
  for (let leaf = 0; leaf < count; leaf += 1) {
    if (elements[leaf]! >= count) throw malformedBytes('its spatial index has an entry that is no placement');
  }
  // The children of each node follow those of the one before: there is only one right number for each.
  let child = 0;
  for (let level = 1; level < ends.length; level += 1) {
    for (let node = ends[level - 1]!; node < ends[level]!; node += 1) {
      if (elements[node] !== 4 * child) throw malformedBytes('its spatial index is no tree');
      child = Math.min(child + NODE_SIZE, ends[level - 1]!);
    }
  }
  return Flatbush.from(bytes.buffer, bytes.byteOffset);
}

/** A rectangle in pixels of the output. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Positions of the rectangles that may have pixels in a box, ascending. */
export function searchIndex(index: Flatbush | null, { left, top, right, bottom }: Box): Int32Array {
  return index === null ? new Int32Array() : Int32Array.from(index.search(left, top, right, bottom)).sort();
}
