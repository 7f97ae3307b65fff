/**
 * Whose idea of a valid pixel counts.
 *
 * - `gdal`: what GDAL's reader takes for nodata and for a mask, so that pixels equal GDAL's. Bytes and 16-bit integers
 *   are compared with nodata exactly, all others with a tolerance of about 2.4e-7 of their size, be they integers or not;
 *   64-bit integers that are compared are rounded to doubles; NaN is nodata where Float32 becomes Float64; alpha bands of
 *   16 bits are read at full resolution.
 * - `exact`: a pixel is nodata where it has the very value, 64-bit integers keep all their digits, and alpha bands are
 *   read where the colours are.
 */
export type Fidelity = 'gdal' | 'exact';
