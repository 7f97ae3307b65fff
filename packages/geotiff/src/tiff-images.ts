import { type Tag, Tiff, TiffImage, TiffTag, type TiffTagValueType } from '@cogeotiff/core';
import type { HeaderReader } from './header-reader.ts';
import { TAG, decodeNumbers, decodeText } from './tiff-tag.ts';
import type { TagEntry, TiffStructure } from './tiff-directory.ts';

/** Values up to this size that came with the header are at hand; others are fetched on first use. */
const INLINE_BYTES = 64 * 1024;

const BLOCK_ARRAYS: ReadonlySet<number> = new Set([
  TAG.StripOffsets,
  TAG.StripByteCounts,
  TAG.TileOffsets,
  TAG.TileByteCounts,
]);

/** Tags that @cogeotiff/core presents as arrays even when they hold one value. */
const ALWAYS_ARRAYS: ReadonlySet<number> = new Set([
  ...BLOCK_ARRAYS,
  TAG.BitsPerSample,
  TAG.SampleFormat,
  TAG.GeoKeyDirectory,
  TAG.GeoDoubleParams,
]);

/**
 * The directories as @cogeotiff/core's images, which read blocks from `reader`. They are put together from the
 * entries already checked, instead of letting `Tiff.init` parse the file again without those checks.
 */
export function toTiffImages(reader: HeaderReader, structure: TiffStructure): TiffImage[] {
  const tiff = new Tiff({
    // Only ever printed; the name is all that a reader may know of where the bytes are.
    url: new URL(`raster:${encodeURIComponent(reader.name)}`),
    ...(reader.size === null ? {} : { metadata: { size: reader.size } }),
    fetch: (offset, length, options) => reader.fetch(offset, length ?? (reader.size ?? 0) - offset, options),
  });
  tiff.isLittleEndian = structure.littleEndian;
  tiff.isInitialized = true;
  tiff.images = structure.directories.map((directory, index) => {
    const tags = new Map<TiffTag, Tag>();
    for (const entry of directory.entries.values()) {
      if (reader.size !== null && entry.offset + entry.byteLength > reader.size) continue;
      tags.set(entry.tag, toTag(reader, entry, structure.littleEndian));
    }
    return new TiffImage(tiff, index, tags);
  });
  return tiff.images;
}

function toTag(reader: HeaderReader, entry: TagEntry, littleEndian: boolean): Tag {
  const base = {
    id: entry.tag as TiffTag,
    name: TiffTag[entry.tag] ?? String(entry.tag),
    count: entry.count,
    dataType: entry.fieldType as TiffTagValueType,
    tagOffset: entry.offset,
  };
  const bytes = entry.byteLength <= INLINE_BYTES ? reader.cached(entry.offset, entry.byteLength) : null;
  if (bytes !== null) {
    let value: ReturnType<typeof toValue> | null = null;
    return {
      ...base,
      type: 'inline',
      // Decoded when asked for: thousands of entries can point at the same bytes.
      get value() {
        value ??= toValue(bytes, entry, littleEndian);
        return value;
      },
    };
  }
  if (BLOCK_ARRAYS.has(entry.tag)) {
    return { ...base, type: 'offset', dataOffset: entry.offset, isLoaded: false, value: [] };
  }
  return { ...base, type: 'lazy', dataOffset: entry.offset };
}

function toValue(bytes: Uint8Array, entry: TagEntry, littleEndian: boolean): number | number[] | string {
  if (entry.fieldType === 2) return decodeText(bytes);
  const values = decodeNumbers(bytes, entry.fieldType, entry.count, littleEndian);
  return entry.count === 1 && !ALWAYS_ARRAYS.has(entry.tag) ? values[0]! : values;
}
