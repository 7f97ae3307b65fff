/** How many of a file's first bytes {@link sniffRefusal} wants. */
export const SNIFF_BYTES = 512;

const TIFF_NAME = /\.(tiff?|gtiff?|geotiff)$/i;

/**
 * Why a file is not taken, judged by its first bytes and its name; null where it may be a GeoTIFF. A virtual raster can
 * name any file on the server, so XML is refused whatever it calls itself.
 */
export function sniffRefusal(head: Uint8Array, filename: string): { type: string; message: string } | null {
  if (head.byteLength === 0) {
    return { type: 'empty_file', message: 'The file is empty (0 bytes). Check that the copy you upload is complete.' };
  }
  const text = new TextDecoder('latin1').decode(head);
  if (/\.vrt$/i.test(filename) || text.includes('<VRTDataset')) {
    return {
      type: 'vrt_not_accepted',
      message:
        'VRT files are not accepted, because a VRT can name any file. Upload its rasters, then create the virtual raster from them.',
    };
  }
  if (isTiff(head)) {
    return TIFF_NAME.test(filename)
      ? null
      : {
          type: 'name_mismatch',
          message: `"${filename}" holds a TIFF but is not named like one. Rename it to end in .tif and upload it again.`,
        };
  }
  const actual = FORMATS.find((format) => format.test(head, text))?.name;
  return {
    type: 'unsupported_format',
    message: `"${filename}" is ${actual ?? 'not a format this server knows'}. Upload a GeoTIFF.`,
  };
}

/** Classic TIFF or BigTIFF, either byte order (TIFF 6.0, page 13; BigTIFF design, "header"). */
function isTiff(head: Uint8Array): boolean {
  const little = head[0] === 0x49 && head[1] === 0x49;
  const big = head[0] === 0x4d && head[1] === 0x4d;
  const version = little ? (head[2] ?? 0) | ((head[3] ?? 0) << 8) : ((head[2] ?? 0) << 8) | (head[3] ?? 0);
  return (little || big) && (version === 42 || version === 43);
}

const FORMATS: readonly { name: string; test(head: Uint8Array, text: string): boolean }[] = [
  { name: 'XML, not a raster', test: (_, text) => /^(\u00ef\u00bb\u00bf)?\s*<[?!a-z]/i.test(text) },
  { name: 'a PNG picture', test: (_, text) => text.startsWith('\u0089PNG') },
  { name: 'a JPEG picture', test: (head) => head[0] === 0xff && head[1] === 0xd8 },
  { name: 'a ZIP archive; unpack it first', test: (_, text) => text.startsWith('PK') },
  { name: 'a gzip archive; unpack it first', test: (head) => head[0] === 0x1f && head[1] === 0x8b },
  { name: 'JPEG 2000, which is not supported yet', test: (_, text) => text.slice(4, 8) === 'jP  ' },
  {
    name: 'HDF5 or netCDF, which is not supported yet',
    test: (_, text) => text.startsWith('\u0089HDF') || text.startsWith('CDF'),
  },
  { name: 'a PDF document', test: (_, text) => text.startsWith('%PDF') },
];
