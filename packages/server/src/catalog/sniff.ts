import { formatName, formatOf, isNamedLike, usualEnding } from '../conversion/formats.ts';

/** How many of a file's first bytes {@link sniffRefusal} wants. */
export const SNIFF_BYTES = 512;

/**
 * Why a file is not taken, judged by its first bytes and its name; null where it may be a raster of a format that is
 * taken. A virtual raster can name any file on the server, so XML is refused whatever it calls itself.
 */
export function sniffRefusal(head: Uint8Array, filename: string): { type: string; message: string } | null {
  if (head.byteLength === 0) {
    return { type: 'empty_file', message: 'The file is empty (0 bytes). Check that the copy you upload is complete.' };
  }
  const text = Buffer.from(head).toString('latin1'); // TextDecoder's latin1 is another code page
  if (/\.vrt$/i.test(filename) || text.includes('<VRTDataset')) {
    return {
      type: 'vrt_not_accepted',
      message:
        'VRT files are not accepted, because a VRT can name any file. Upload its rasters, then create the virtual raster from them.',
    };
  }
  const format = formatOf(head);
  if (format !== null) {
    return isNamedLike(format, filename)
      ? null
      : {
          type: 'name_mismatch',
          message: `"${filename}" holds a ${formatName(format)} but is not named like one. Rename it to end in ${usualEnding(format)} and upload it again.`,
        };
  }
  const actual = FORMATS.find(({ test }) => test(head, text))?.name;
  return {
    type: 'unsupported_format',
    message: `"${filename}" is ${actual ?? 'not a format this server knows'}. Upload a GeoTIFF, PNG, JPEG or Esri ASCII grid.`,
  };
}

const FORMATS: readonly { name: string; test(head: Uint8Array, text: string): boolean }[] = [
  { name: 'XML, not a raster', test: (_, text) => /^(\u00ef\u00bb\u00bf)?\s*<[?!a-z]/i.test(text) },
  { name: 'a ZIP archive; unpack it first', test: (_, text) => text.startsWith('PK') },
  { name: 'a gzip archive; unpack it first', test: (head) => head[0] === 0x1f && head[1] === 0x8b },
  { name: 'JPEG 2000; convert it with gdal_translate -of COG first', test: (_, text) => text.slice(4, 8) === 'jP  ' },
  {
    name: 'HDF5 or netCDF; convert its variables with gdal_translate -of COG first',
    test: (_, text) => text.startsWith('\u0089HDF') || text.startsWith('CDF'),
  },
  { name: 'a PDF document', test: (_, text) => text.startsWith('%PDF') },
];
