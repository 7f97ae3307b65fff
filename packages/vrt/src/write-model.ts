import type { VrtDataset } from './model.ts';
import { DATASET } from './model-form.ts';
import { xmlPieces } from './xml-write.ts';

/** Chunks are a little larger than this many UTF-16 units. */
const CHUNK_LENGTH = 32_768;

/**
 * A model as a VRT document, in chunks of some ten kilobytes. What was parsed reads the same in GDAL when written; the
 * text differs in the order of elements (GDAL's own), in white space, and in the digits of numbers.
 *
 * @throws {VrtError} `vrt/unwritable-file-name`
 */
export function* writeModel(model: VrtDataset): Generator<string> {
  let chunk = '';
  for (const piece of xmlPieces(DATASET.write('VRTDataset', model))) {
    chunk += piece;
    if (chunk.length < CHUNK_LENGTH) continue;
    yield chunk;
    chunk = '';
  }
  yield `${chunk}\n`;
}
