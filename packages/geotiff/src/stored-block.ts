import { type BlockPosition, locateBlocks } from './block-table.ts';
import { GeoTiffError } from './error.ts';
import type { PixelImage } from './pixel-image.ts';

/**
 * A block's bytes as they are stored, to be copied: compressed, and with the predictor applied.
 * @returns null where the file does not store it
 * @throws GeoTiffError `geotiff/truncated` and those of the source; the signal's reason when aborted
 */
export async function readStoredBlock(
  { source, format, table }: PixelImage,
  position: BlockPosition,
  signal?: AbortSignal,
): Promise<Uint8Array | null> {
  const [stored] = await locateBlocks(table, format, [position], signal);
  const { offset, byteLength } = stored!;
  if (byteLength === 0) return null;
  const bytes = new Uint8Array(await source.fetch(offset, byteLength, { signal }));
  if (bytes.byteLength === byteLength) return bytes;
  throw new GeoTiffError('geotiff/truncated', `${source.name} ends before a block that it should have`, {
    details: { source: source.name, offset, byteLength },
  });
}
