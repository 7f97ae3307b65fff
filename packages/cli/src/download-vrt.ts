import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Client } from '@inlay/sdk';
import { escapeFileName } from '@inlay/vrt';
import { mapConcurrently } from './map-concurrently.ts';
import { refuseOtherFiles, replaceVrtFile } from './vrt-file.ts';

/** How to save a virtual raster. */
export interface VrtDownloadOptions {
  /** How sources are named: as URLs of the server, or as paths on it. */
  readonly sources: 'http' | 'local';
  /** A large mosaic as one file, and not as a root and a folder of chunks. */
  readonly isFlat: boolean;
}

/** What was written. */
export interface SavedVrt {
  /** UTF-8, of all files. */
  readonly bytes: number;
  /** The folder with the chunks; null where there is one file. */
  readonly folder: string | null;
  readonly chunkCount: number;
}

type DownloadCalls = Pick<Client, 'downloadVrt' | 'downloadVrtChunk'>;

const CONCURRENCY = 4;

/**
 * Downloads a virtual raster into a file. The chunks of a large mosaic are saved beside it, in a folder that is named
 * like it, below the build that they are of: so the file that is there stays whole until the new one has all its
 * chunks, and reads none of another build.
 *
 * @throws CliError `cli/refused` where `output` is a file that is not a VRT
 */
export async function downloadVrt(
  client: DownloadCalls,
  id: string,
  output: string,
  { sources, isFlat }: VrtDownloadOptions,
  signal: AbortSignal,
): Promise<SavedVrt> {
  await refuseOtherFiles(output);
  const root = isFlat ? null : await client.downloadVrt(id, {}, { signal });
  const chunks = root === null ? [] : chunksOf(root);
  const [first] = chunks;
  if (root === null || first === undefined) {
    const document =
      root !== null && sources === 'http' ? root : await client.downloadVrt(id, { sources, flat: true }, { signal });
    await replaceVrtFile(output, [document], signal);
    return { bytes: Buffer.byteLength(document), folder: null, chunkCount: 0 };
  }

  const folderName = `${basename(output).replace(/\.vrt$/i, '')}.chunks`;
  const folder = join(dirname(output), folderName);
  await mkdir(join(folder, first.generationId), { recursive: true });
  const sizes = await mapConcurrently(chunks, CONCURRENCY, async ({ generationId, number }) => {
    const document = await client.downloadVrtChunk(id, generationId, number, { sources }, { signal });
    await replaceVrtFile(join(folder, generationId, `${number}.vrt`), [document], signal);
    return Buffer.byteLength(document);
  });
  const written = root.replaceAll(CHUNK_NAME, (_name: string, generationId: string, number: string) =>
    relativeName(`${folderName}/${generationId}/${number}.vrt`),
  );
  await replaceVrtFile(output, [written], signal);
  await removeOtherBuilds(folder, first.generationId);
  return {
    bytes: sizes.reduce((sum, bytes) => sum + bytes, Buffer.byteLength(written)),
    folder,
    chunkCount: chunks.length,
  };
}

/** A chunk's URL in a root, as the server writes it. */
const CHUNK_NAME =
  /<SourceFilename relativeToVRT="0">[^<]*\/download\/vrt\/generations\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/chunks\/(\d+)\.vrt<\/SourceFilename>/g;

/** Each chunk once: every band names all of them. */
function chunksOf(root: string): { generationId: string; number: number }[] {
  const chunks = new Map<number, { generationId: string; number: number }>();
  for (const [, generationId = '', digits] of root.matchAll(CHUNK_NAME)) {
    chunks.set(Number(digits), { generationId, number: Number(digits) });
  }
  return [...chunks.values()];
}

function relativeName(name: string): string {
  return `<SourceFilename relativeToVRT="1">${escapeFileName(name)}</SourceFilename>`;
}

const BUILD = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What earlier downloads to the same file have left; nothing that is not named like a build. */
async function removeOtherBuilds(folder: string, generationId: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (BUILD.test(name) && name !== generationId) await rm(join(folder, name), { recursive: true });
  }
}
