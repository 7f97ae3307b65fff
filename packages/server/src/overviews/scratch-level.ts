import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { CogLevel } from '@inlay/geotiff';
import { explainFull } from '../storage/storage-error.ts';

/** The blocks of a level while it is being made, in a file: what is held of them is where they are. */
export class ScratchLevel implements CogLevel {
  readonly width: number;
  readonly height: number;
  readonly blockBytes: Float64Array;
  readonly #offsets: Float64Array;
  readonly #path: string;
  readonly #file: FileHandle;
  #end = 0;
  #count = 0;

  private constructor(path: string, file: FileHandle, size: { width: number; height: number }, blocks: number) {
    this.width = size.width;
    this.height = size.height;
    this.blockBytes = new Float64Array(blocks);
    this.#offsets = new Float64Array(blocks);
    this.#path = path;
    this.#file = file;
  }

  /** @param blocks how many there will be */
  static async create(path: string, size: { width: number; height: number }, blocks: number): Promise<ScratchLevel> {
    return new ScratchLevel(path, await open(path, 'wx+', 0o600), size, blocks);
  }

  /** Adds the next block; null for one that is not stored. @throws StorageError `storage/full` */
  async append(block: Uint8Array | null): Promise<void> {
    const index = this.#count;
    this.#count += 1;
    if (block === null) return;
    try {
      await this.#file.write(block, 0, block.byteLength, this.#end);
    } catch (error) {
      throw explainFull(error);
    }
    this.#offsets[index] = this.#end;
    this.blockBytes[index] = block.byteLength;
    this.#end += block.byteLength;
  }

  /** A block that was added, by its number; null for one that is not stored. */
  async read(index: number): Promise<Uint8Array | null> {
    const length = this.blockBytes[index]!;
    if (length === 0) return null;
    const bytes = new Uint8Array(length);
    await this.#file.read(bytes, 0, length, this.#offsets[index]);
    return bytes;
  }

  /** All blocks, one behind the other. */
  stream(signal: AbortSignal): AsyncIterable<Uint8Array> {
    return createReadStream(this.#path, { signal });
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
