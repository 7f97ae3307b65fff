import { unsupported } from './error.ts';
import type { SampleLayout } from './sample-layout.ts';

/** GDAL's names of TIFF compression schemes (gdal.org, GTiff driver, COMPRESS) by tag 259. */
const COMPRESSION_NAMES: Readonly<Record<number, string | null>> = {
  1: null,
  2: 'CCITTRLE',
  3: 'CCITTFAX3',
  4: 'CCITTFAX4',
  5: 'LZW',
  7: 'JPEG',
  8: 'DEFLATE',
  32773: 'PACKBITS',
  32946: 'DEFLATE',
  34887: 'LERC',
  34925: 'LZMA',
  50000: 'ZSTD',
  50001: 'WEBP',
  50002: 'JXL',
  52546: 'JXL',
};

/** LercParameters: version, then what wraps the LERC blob (gdal.org, GTiff driver, COMPRESS=LERC_DEFLATE). */
const LERC_WRAPPERS: Readonly<Record<number, string>> = { 1: '_DEFLATE', 2: '_ZSTD' };

/**
 * GDAL's COMPRESSION; null for none.
 * @param lercParameters Tag 50674, null where absent.
 * @throws GeoTiffError `unsupported` for schemes GDAL does not know either.
 */
export function compressionName(
  { compressionCode, isYCbCr }: SampleLayout,
  lercParameters: readonly number[] | null,
  name: string,
): string | null {
  const compression = COMPRESSION_NAMES[compressionCode];
  if (compression === undefined) {
    throw unsupported(name, `is compressed in an unknown way (TIFF compression ${compressionCode})`);
  }
  if (compression === 'JPEG' && isYCbCr) return 'YCbCr JPEG';
  return compression === 'LERC' ? `LERC${LERC_WRAPPERS[lercParameters?.[1] ?? 0] ?? ''}` : compression;
}
