import { crc32 } from 'node:zlib';
import { MosaicError, malformedBytes } from './error.ts';

/** How much of everything a compiled mosaic holds: all that its bytes' layout depends on. */
export interface MosaicCounts {
  readonly placements: number;
  readonly sources: number;
  readonly overviewSets: number;
  /** Levels of all overview sets. */
  readonly levels: number;
  readonly idBytes: number;
  /** Warped sources. */
  readonly warps: number;
  /** Bytes of the spatial index, and of the description in JSON. */
  readonly indexBytes: number;
  readonly metaBytes: number;
}

/** The parts of a compiled mosaic, as views into its bytes. */
export interface MosaicSections {
  readonly srcRects: Float64Array;
  readonly dstRects: Float64Array;
  readonly affines: Float64Array;
  /** A whole multiple of 8 bytes from the start, as flatbush wants it. */
  readonly index: Uint8Array;
  readonly sourceIndex: Int32Array;
  readonly variant: Int32Array;
  readonly sizes: Int32Array;
  readonly traits: Uint32Array;
  readonly overviewSets: Uint32Array;
  readonly maskOverviewSets: Uint32Array;
  readonly overviewSetStarts: Uint32Array;
  readonly levelSizes: Int32Array;
  readonly idStarts: Uint32Array;
  readonly warps: Int32Array;
  readonly warpCrs: Uint32Array;
  readonly warpSizes: Int32Array;
  readonly warpOverviewSets: Uint32Array;
  readonly warpMaskOverviewSets: Uint32Array;
  readonly warpLevels: Uint32Array;
  readonly warpTraits: Uint32Array;
  readonly idBytes: Uint8Array;
  readonly meta: Uint8Array;
}

type AnyBuffer = ArrayBuffer | SharedArrayBuffer;

/** "INLYMOSC" and a version: it goes up whenever bytes written before can no longer be read. */
const MAGIC = [0x49, 0x4e, 0x4c, 0x59, 0x4d, 0x4f, 0x53, 0x43];
const VERSION = 1;
/** Reads as another number where bytes have the other order: columns are used in place, and never swapped. */
const BYTE_ORDER = 0x01020304;

/** Words of 32 bits from the start: version, byte order, checksum, then the counts. */
const VERSION_WORD = 2;
const ORDER_WORD = 3;
const CHECKSUM_WORD = 4;
const COUNTS_WORD = 5;
const COUNT_NAMES = [
  'placements',
  'sources',
  'overviewSets',
  'levels',
  'idBytes',
  'warps',
  'indexBytes',
  'metaBytes',
] as const satisfies readonly (keyof MosaicCounts)[];
const HEADER_BYTES = 64;

/** Bytes of a checksum's first part: what stands before it is checked by itself. */
const CHECKED_FROM = 4 * COUNTS_WORD;

interface Section {
  readonly name: keyof MosaicSections;
  readonly type: Float64ArrayConstructor | Int32ArrayConstructor | Uint32ArrayConstructor | Uint8ArrayConstructor;
  readonly length: number;
}

/** In the order in which they stand: wider elements first, so that all of them are aligned. */
function sectionsOf(counts: MosaicCounts): Section[] {
  const { placements, sources, overviewSets, levels, warps } = counts;
  const warpRows = warps === 0 ? 0 : sources;
  return [
    { name: 'srcRects', type: Float64Array, length: 4 * placements },
    { name: 'dstRects', type: Float64Array, length: 4 * placements },
    { name: 'affines', type: Float64Array, length: 6 * warps },
    { name: 'index', type: Uint8Array, length: 8 * Math.ceil(counts.indexBytes / 8) },
    { name: 'sourceIndex', type: Int32Array, length: placements },
    { name: 'variant', type: Int32Array, length: placements },
    { name: 'sizes', type: Int32Array, length: 2 * sources },
    { name: 'traits', type: Uint32Array, length: sources },
    { name: 'overviewSets', type: Uint32Array, length: sources },
    { name: 'maskOverviewSets', type: Uint32Array, length: sources },
    { name: 'overviewSetStarts', type: Uint32Array, length: overviewSets + 1 },
    { name: 'levelSizes', type: Int32Array, length: 2 * levels },
    { name: 'idStarts', type: Uint32Array, length: sources + 1 },
    { name: 'warps', type: Int32Array, length: warpRows },
    { name: 'warpCrs', type: Uint32Array, length: warps },
    { name: 'warpSizes', type: Int32Array, length: 2 * warps },
    { name: 'warpOverviewSets', type: Uint32Array, length: warps },
    { name: 'warpMaskOverviewSets', type: Uint32Array, length: warps },
    { name: 'warpLevels', type: Uint32Array, length: warps },
    { name: 'warpTraits', type: Uint32Array, length: warps },
    { name: 'idBytes', type: Uint8Array, length: counts.idBytes },
    { name: 'meta', type: Uint8Array, length: counts.metaBytes },
  ];
}

function bytesOf(sections: readonly Section[]): number {
  return sections.reduce((sum, { type, length }) => sum + type.BYTES_PER_ELEMENT * length, HEADER_BYTES);
}

function viewsOf(bytes: AnyBuffer, sections: readonly Section[]): MosaicSections {
  const views: Partial<Record<keyof MosaicSections, unknown>> = {};
  let offset = HEADER_BYTES;
  for (const { name, type: View, length } of sections) {
    views[name] = new View(bytes as ArrayBuffer, offset, length);
    offset += View.BYTES_PER_ELEMENT * length;
  }
  return views as unknown as MosaicSections;
}

/** Room for a mosaic, with its counts and empty sections. Call {@link sealMosaic} when they are filled. */
export function allocateMosaic(counts: MosaicCounts, shared: boolean): { bytes: AnyBuffer; sections: MosaicSections } {
  const sections = sectionsOf(counts);
  const Buffer = shared ? SharedArrayBuffer : ArrayBuffer;
  const bytes = new Buffer(bytesOf(sections));
  new Uint8Array(bytes).set(MAGIC);
  const words = new Uint32Array(bytes, 0, HEADER_BYTES / 4);
  words[VERSION_WORD] = VERSION;
  words[ORDER_WORD] = BYTE_ORDER;
  for (const [at, name] of COUNT_NAMES.entries()) words[COUNTS_WORD + at] = counts[name];
  return { bytes, sections: viewsOf(bytes, sections) };
}

/** Writes the checksum. */
export function sealMosaic(bytes: AnyBuffer): void {
  new Uint32Array(bytes, 4 * CHECKSUM_WORD, 1)[0] = checksumOf(bytes);
}

/**
 * The sections of a mosaic's bytes, whose length, version and checksum are right; what they say is not looked at.
 * @param isTrusted leaves the checksum out, which is most of the work
 * @throws {MosaicError} `mosaic/malformed-bytes`, `mosaic/unsupported-version`
 */
export function readSections(bytes: AnyBuffer, isTrusted: boolean): { counts: MosaicCounts; sections: MosaicSections } {
  if (bytes.byteLength < HEADER_BYTES) throw malformedBytes(`${bytes.byteLength} bytes are too few`);
  const start = new Uint8Array(bytes, 0, MAGIC.length);
  if (MAGIC.some((byte, at) => start[at] !== byte)) throw malformedBytes('it does not begin like one');
  const words = new Uint32Array(bytes, 0, HEADER_BYTES / 4);
  if (words[VERSION_WORD] !== VERSION || words[ORDER_WORD] !== BYTE_ORDER) {
    const isForeign = words[ORDER_WORD] !== BYTE_ORDER;
    const reason = isForeign ? 'another byte order' : `version ${words[VERSION_WORD]}, and ${VERSION} is read`;
    throw new MosaicError('mosaic/unsupported-version', `the compiled mosaic has ${reason}; compile it again`);
  }
  const entries = COUNT_NAMES.map((name, at) => [name, words[COUNTS_WORD + at]!] as const);
  const counts = Object.fromEntries(entries) as unknown as MosaicCounts;
  const sections = sectionsOf(counts);
  const expected = bytesOf(sections);
  if (bytes.byteLength !== expected) throw malformedBytes(`${bytes.byteLength} bytes, where ${expected} are declared`);
  if (!isTrusted && words[CHECKSUM_WORD] !== checksumOf(bytes)) throw malformedBytes('its checksum is wrong');
  return { counts, sections: viewsOf(bytes, sections) };
}

function checksumOf(bytes: AnyBuffer): number {
  return crc32(new Uint8Array(bytes as ArrayBuffer, CHECKED_FROM));
}
