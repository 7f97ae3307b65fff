import { type FileHandle, open } from 'node:fs/promises';

/** Encoded tiles of one image, in a file of their own until it is known where they will stand. */
export interface TileStore {
  /** Bytes of each tile, row by row; 0 for those that were not put. */
  readonly sizes: Float64Array;
  /** Stores a tile, once; in any order. */
  put(index: number, bytes: Uint8Array): Promise<void>;
  /** All tiles one behind the other, in the order of their indexes, some at a time. */
  inOrder(): AsyncGenerator<Uint8Array>;
  close(): Promise<void>;
}

/** Tiles are read back until they are as much as this. */
const CHUNK_BYTES = 2 ** 20;

/** @param path of a file that does not exist; removing it is the caller's business */
export async function createTileStore(path: string, count: number): Promise<TileStore> {
  const file: FileHandle = await open(path, 'wx+', 0o600);
  const sizes = new Float64Array(count);
  const offsets = new Float64Array(count);
  let end = 0;
  return {
    sizes,
    async put(index, bytes) {
      const offset = end;
      end += bytes.byteLength;
      await writeAll(file, bytes, offset);
      offsets[index] = offset;
      sizes[index] = bytes.byteLength;
    },
    async *inOrder() {
      let chunk: Uint8Array[] = [];
      let held = 0;
      for (let index = 0; index < count; index += 1) {
        if (sizes[index] === 0) continue;
        const bytes = new Uint8Array(sizes[index]!);
        await readAll(file, bytes, offsets[index]!);
        chunk.push(bytes);
        held += bytes.byteLength;
        if (held < CHUNK_BYTES) continue;
        yield Buffer.concat(chunk);
        [chunk, held] = [[], 0];
      }
      if (held > 0) yield Buffer.concat(chunk);
    },
    close: () => file.close(),
  };
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, position + done);
    done += bytesWritten;
  }
}

async function readAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength;) {
    const { bytesRead } = await file.read(bytes, done, bytes.byteLength - done, position + done);
    if (bytesRead === 0) throw new Error(`a tile that was written ends after ${done} of ${bytes.byteLength} bytes`);
    done += bytesRead;
  }
}
