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
  const texts = members.map((member) => textOf(member, numberOf(member.layout)));
  for (const layout of layouts.keys()) texts.push(Buffer.from(JSON.stringify(layoutToJson(layout))));
  const textBytes = texts.reduce((sum, text) => sum + text.byteLength, 0);
  const table = startTable(members.length, texts.length, textBytes);
  for (const text of texts) table.write(text);
  return table.shared;
}

/**
 * The table of a mosaic most of whose sources are in another one's: those are copied as they are written there, so that
 * one source more of 100,000 costs a copy of bytes.
 *
 * @param from by position in the order sent: its position in `base`, or -1 for the next one of `others`
 */
export function deriveMembers(
  base: SharedArrayBuffer,
  from: Int32Array,
  others: readonly MosaicMember[],
): SharedArrayBuffer {
  const { memberCount, textCount, starts } = headerOf(base);
  const baseBytes = new Uint8Array(base);
  const layouts = new Map<string, number>();
  for (let index = memberCount; index < textCount; index += 1) {
    layouts.set(Buffer.from(baseBytes.subarray(starts[index], starts[index + 1])).toString(), index - memberCount);
  }
  const numberOf = (layout: RasterLayout): number => {
    const text = JSON.stringify(layoutToJson(layout));
    const known = layouts.get(text) ?? layouts.size;
    layouts.set(text, known);
    return known;
  };
  const texts = others.map((member) => textOf(member, numberOf(member.layout)));
  const layoutTexts = Array.from(layouts.keys(), (text) => Buffer.from(text));

  const lengthOf = (index: number): number => starts[index + 1]! - starts[index]!;
  const kept = from.reduce((sum, index) => sum + (index < 0 ? 0 : lengthOf(index)), 0);
  const written = [...texts, ...layoutTexts].reduce((sum, text) => sum + text.byteLength, 0);
  const table = startTable(from.length, from.length + layoutTexts.length, kept + written);
  let other = 0;
  for (let i = 0; i < from.length; i += 1) {
    const first = from[i]!;
    if (first < 0) {
      table.write(texts[other]!);
      other += 1;
      continue;
    }
    // Those that stand one behind the other there as well are copied at once.
    let last = first;
    for (; from[i + 1] === last + 1; i += 1) last += 1;
    table.writeAll(baseBytes, starts.subarray(first, last + 2));
  }
  for (const text of layoutTexts) table.write(text);
  return table.shared;
}

/** Texts that are written one behind the other. */
interface GrowingTable {
  readonly shared: SharedArrayBuffer;
  write(text: Uint8Array): void;
  /** Several at once: text `i` is `bytes` from `starts[i]` to `starts[i + 1]`. */
  writeAll(bytes: Uint8Array, starts: Uint32Array): void;
}

/** @param textBytes of all texts that will be written */
function startTable(memberCount: number, textCount: number, textBytes: number): GrowingTable {
  const headerBytes = 4 * (2 + textCount + 1);
  const shared = new SharedArrayBuffer(headerBytes + textBytes);
  const header = new Uint32Array(shared, 0, headerBytes / 4);
  header.set([memberCount, textCount, headerBytes]);
  const bytes = new Uint8Array(shared);
  let next = 3;
  let at = headerBytes;
  const end = (): void => {
    header[next] = at;
    next += 1;
  };
  return {
    shared,
    write(text) {
      bytes.set(text, at);
      at += text.byteLength;
      end();
    },
    writeAll(from, starts) {
      bytes.set(from.subarray(starts[0], starts.at(-1)), at);
      for (let index = 1; index < starts.length; index += 1) {
        at += starts[index]! - starts[index - 1]!;
        end();
      }
    },
  };
}

function headerOf(shared: SharedArrayBuffer) {
  const [memberCount, textCount] = new Uint32Array(shared, 0, 2) as unknown as [number, number];
  return { memberCount, textCount, starts: new Uint32Array(shared, 8, textCount + 1) };
}

function textOf(member: MosaicMember, layout: number): Uint8Array {
  return Buffer.from(JSON.stringify({ ...member, layout } satisfies StoredMember));
}

/** The sources of a mosaic. */
export interface MemberTable {
  readonly count: number;
  /** By position in the order sent. @throws RangeError where there is none */
  memberOf(sourceIndex: number): MosaicMember;
}

/** Reads what {@link writeMembers} wrote. */
export function readMembers(shared: SharedArrayBuffer): MemberTable {
  const { memberCount, starts } = headerOf(shared);
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
