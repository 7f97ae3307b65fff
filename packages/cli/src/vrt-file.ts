import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { CliError } from './error.ts';

/**
 * Writes a VRT document, replacing one that is there. Nothing is seen under its name before it is whole.
 *
 * @throws CliError `cli/refused` where `output` is a file that is not a VRT: it would be a raster named by mistake
 */
export async function replaceVrtFile(output: string, chunks: Iterable<string>, signal: AbortSignal): Promise<void> {
  await refuseOtherFiles(output);
  const partial = join(dirname(output), `.${basename(output)}.${randomUUID()}`);
  const file = await open(partial, 'wx');
  try {
    await file.writeFile(Readable.from(chunks), { signal });
    await file.close();
    await rename(partial, output);
  } catch (error) {
    await file.close();
    await rm(partial, { force: true });
    throw error;
  }
}

const VRT_START = Buffer.from('<VRTDataset');

/** @throws CliError `cli/refused` where there is a file of that name that is not a VRT */
export async function refuseOtherFiles(output: string): Promise<void> {
  const file = await open(output, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (file === null) return;
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(VRT_START.length), position: 0 });
    if (bytesRead === 0 || buffer.equals(VRT_START)) return;
  } finally {
    await file.close();
  }
  throw new CliError(
    'cli/refused',
    `${basename(output)} exists and is not a VRT; it is left as it is. Give -o another name.`,
  );
}
