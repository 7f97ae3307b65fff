import type { BlockPosition } from './block-table.ts';
import { GeoTiffError } from './error.ts';
import type { PixelImage } from './pixel-image.ts';

/** The error with the name of the file, and of the block where that is what is damaged. */
export function withPlace(image: PixelImage, block: BlockPosition | null, error: GeoTiffError): GeoTiffError {
  const { name } = image.source;
  if (error.code !== 'geotiff/damaged-block' || block === null) {
    return new GeoTiffError(error.code, `${name}: ${error.message}`, {
      details: { ...error.details, source: name },
      cause: error,
    });
  }
  const plane = image.format.planar ? ` of band ${block.plane + 1}` : '';
  const place = image.format.tiled ? `the tile in column ${block.col}, row ${block.row}` : `strip ${block.row}`;
  return new GeoTiffError('geotiff/damaged-block', `${name}: ${place}${plane} is damaged: ${error.message}`, {
    details: { source: name, plane: block.plane, col: block.col, row: block.row },
    cause: error,
  });
}
