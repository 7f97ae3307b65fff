// TIFFs that no program would write, from their tags (TIFF 6.0; "BigTIFF File Format" for the larger header).

/** Field types by name, and their bytes. */
const TYPES = { ascii: [2, 1], short: [3, 2], long: [4, 4], double: [12, 8] } as const;

export type RawField = readonly [tag: number, type: keyof typeof TYPES, values: readonly number[] | string];

/** Tags of a one-band 8-bit image that lies in one strip behind the directory, as EPSG:32633 at 10 m. */
export function stripFields(width: number, height: number): RawField[] {
  return [
    [256, 'long', [width]],
    [257, 'long', [height]],
    [258, 'short', [8]],
    [259, 'short', [1]],
    [262, 'short', [1]],
    [273, 'long', [0]],
    [277, 'short', [1]],
    [278, 'long', [height]],
    [279, 'long', [width * height]],
    ...GEOREFERENCE,
  ];
}

/** Tags of a one-band 8-bit image in tiles of 512 none of which is stored. */
export function sparseFields(width: number, height: number): RawField[] {
  const tiles = Array.from({ length: Math.ceil(width / 512) * Math.ceil(height / 512) }, () => 0);
  return [
    [256, 'long', [width]],
    [257, 'long', [height]],
    [258, 'short', [8]],
    [259, 'short', [1]],
    [262, 'short', [1]],
    [277, 'short', [1]],
    [322, 'long', [512]],
    [323, 'long', [512]],
    [324, 'long', tiles],
    [325, 'long', tiles],
    ...GEOREFERENCE,
  ];
}

const GEOREFERENCE: RawField[] = [
  [33550, 'double', [10, 10, 0]],
  [33922, 'double', [0, 0, 0, 500_000, 5_300_000, 0]],
  [34735, 'short', [1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 32_633]],
];

/**
 * A little-endian classic TIFF of these fields, which the caller gives in the order of their tags; StripOffsets (273)
 * is set to where `pixels` come to lie.
 */
export function rawTiff(fields: readonly RawField[], pixels: Uint8Array = new Uint8Array(0)): Uint8Array<ArrayBuffer> {
  const directory = 8 + 2 + fields.length * 12 + 4;
  const encoded = fields.map(encode);
  const pixelOffset = directory + encoded.reduce((sum, { data }) => sum + (data.length > 4 ? data.length : 0), 0);
  const bytes = Buffer.alloc(pixelOffset + pixels.length);
  bytes.write('II*\0\x08\0\0\0', 'latin1');
  bytes.writeUInt16LE(fields.length, 8);
  let free = directory;
  for (const [index, { tag, type, count, data }] of encoded.entries()) {
    const at = 10 + index * 12;
    bytes.writeUInt16LE(tag, at);
    bytes.writeUInt16LE(type, at + 2);
    bytes.writeUInt32LE(count, at + 4);
    if (tag === 273) data.writeUInt32LE(pixelOffset);
    if (data.length <= 4) data.copy(bytes, at + 8);
    else {
      bytes.writeUInt32LE(free, at + 8);
      data.copy(bytes, free);
      free += data.length;
    }
  }
  bytes.set(pixels, pixelOffset);
  return new Uint8Array(bytes);
}

function encode([tag, name, values]: RawField): { tag: number; type: number; count: number; data: Buffer } {
  const [type, size] = TYPES[name];
  if (typeof values === 'string') {
    const data = Buffer.from(`${values}\0`, 'latin1');
    return { tag, type, count: data.length, data };
  }
  const data = Buffer.alloc(values.length * size);
  for (const [index, value] of values.entries()) {
    if (name === 'double') data.writeDoubleLE(value, index * size);
    else data.writeUIntLE(value, index * size, size);
  }
  return { tag, type, count: values.length, data };
}
