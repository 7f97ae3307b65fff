import { layoutFromJson, type RasterLayout, type RasterLayoutJson, layoutToJson } from '@inlay/geo';
import type { OpenableRaster } from './opened-rasters.ts';

/** A source of a mosaic, as opening it goes. */
export interface MosaicMember extends OpenableRaster {
  /** It is another raster now than the one that the mosaic was built of. */
  readonly isReplaced: boolean;
}

type StoredMember = Omit<MosaicMember, 'layout'> & { readonly layout: number };

/**
 * The sources of a mosaic in shared memory, by their position in the order sent: 100,000 of them would take a second to
 * hand to each thread otherwise. Texts of JSON, one behind the other, behind a list of where each begins; the layouts, of
 * which many have the same, are the last ones.
 */
export function writeMembers(members: readonly MosaicMember[]): SharedArrayBuffer {
  const layouts = new Map<RasterLayout, number>();
  const numberOf = (layout: RasterLayout): number => {
    const known = layouts.get(layout) ?? layouts.size;
    layouts.set(layout, known);
    return known;
  };
  const texts = members.map((member) =>
    Buffer.from(JSON.stringify({ ...member, layout: numberOf(member.layout) } satisfies StoredMember)),
  );
  for (const layout of layouts.keys()) texts.push(Buffer.from(JSON.stringify(layoutToJson(layout))));
  const headerBytes = 4 * (2 + texts.length + 1);
  const total = texts.reduce((sum, text) => sum + text.byteLength, headerBytes);
  const shared = new SharedArrayBuffer(total);
  const header = new Uint32Array(shared, 0, headerBytes / 4);
  header.set([members.length, texts.length]);
  const bytes = new Uint8Array(shared);
  let at = headerBytes;
  for (const [index, text] of texts.entries()) {
    header[2 + index] = at;
    bytes.set(text, at);
    at += text.byteLength;
  }
  header[2 + texts.length] = at;
  return shared;
}

/** The sources of a mosaic. */
export interface MemberTable {
  readonly count: number;
  /** By position in the order sent. @throws RangeError where there is none */
  memberOf(sourceIndex: number): MosaicMember;
}

/** Reads what {@link writeMembers} wrote. */
export function readMembers(shared: SharedArrayBuffer): MemberTable {
  const [memberCount, textCount] = new Uint32Array(shared, 0, 2) as unknown as [number, number];
  const starts = new Uint32Array(shared, 8, textCount + 1);
  const textAt = (index: number): unknown =>
    JSON.parse(Buffer.from(new Uint8Array(shared, starts[index], starts[index + 1]! - starts[index]!)).toString());
  const layouts = new Map<number, RasterLayout>();
  const layoutOf = (number: number): RasterLayout => {
    let layout = layouts.get(number);
    if (layout === undefined) {
      layout = layoutFromJson(textAt(memberCount + number) as RasterLayoutJson);
      layouts.set(number, layout);
    }
    return layout;
  };
  const memberOf = (sourceIndex: number): MosaicMember => {
    if (!(sourceIndex >= 0 && sourceIndex < memberCount))
      throw new RangeError(`source ${sourceIndex} of ${memberCount}`);
    const stored = textAt(sourceIndex) as StoredMember;
    return { ...stored, layout: layoutOf(stored.layout) };
  };
  return { count: memberCount, memberOf };
}
