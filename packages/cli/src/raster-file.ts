import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Writes what a response streams into a file, replacing one that is there. Nothing is seen under its name before it is
 * whole.
 *
 * @param onProgress told how many bytes are there
 * @returns how many bytes it has
 */
export async function replaceRasterFile(
  output: string,
  response: Response,
  signal: AbortSignal,
  onProgress: (bytes: number) => void,
): Promise<number> {
  const partial = join(dirname(output), `.${basename(output)}.${randomUUID()}`);
  const file = await open(partial, 'wx');
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      signal.throwIfAborted();
      await file.writeFile(chunk);
      bytes += chunk.byteLength;
      onProgress(bytes);
    }
    await file.close();
    await rename(partial, output);
    return bytes;
  } catch (error) {
    await file.close();
    await rm(partial, { force: true });
    throw error;
  }
}
