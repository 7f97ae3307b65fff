import { compileMosaic, MosaicError } from '@inlay/mosaic';
import {
  chunkPlan,
  type OverviewPlan,
  type SourceFile,
  type VrtDocument,
  type VrtPlan,
  writeChunkedVrt,
  writeVrt,
} from '@inlay/vrt';
import type { Storage } from '../storage/storage.ts';
import { chunkHref, overviewHref } from './artifact.ts';
import type { CatalogueSource } from './source-table.ts';

/** What a build has stored. */
export interface StoredArtifact {
  /** The VRT in one piece. */
  readonly key: string;
  readonly sha256: string;
  /** Of all that is stored. */
  readonly bytes: number;
  /** The same mosaic as a VRT of VRTs; null where one piece is all there is. */
  readonly chunked: StoredChunks | null;
}

export interface StoredChunks {
  readonly key: string;
  readonly documents: readonly StoredDocument[];
}

/** A document's place in the object that it shares with the others, and whose names stand in it. */
export interface StoredDocument {
  /** 0 for the root; the first chunk is 1. */
  readonly number: number;
  readonly firstByte: number;
  readonly bytes: number;
  /** Positions in the order sent, each once; none for the root. */
  readonly sourceIndexes: readonly number[];
}

/** Where an attempt stores its artifact: never twice the same place, so a late writer overwrites nothing. */
export function artifactKeys(jobId: string, attempt: number): ArtifactKeys {
  const base = `vrts/${jobId}/${attempt}`;
  return { flat: `${base}.vrt`, chunks: `${base}.chunks`, mosaic: `${base}.mosaic` };
}

/** The VRT in one piece, the same in chunks, and what its pixels are read by. */
export interface ArtifactKeys {
  readonly flat: string;
  readonly chunks: string;
  readonly mosaic: string;
}

/**
 * Makes a plan ready for reading its pixels, and stores that.
 * @returns false where this version cannot read what the plan asks for, and nothing was stored
 */
export async function storeMosaic(
  storage: Storage,
  { mosaic: key }: ArtifactKeys,
  plan: VrtPlan,
  sources: readonly CatalogueSource[],
  signal: AbortSignal,
): Promise<boolean> {
  let bytes: ArrayBuffer | SharedArrayBuffer;
  try {
    ({ bytes } = compileMosaic(
      plan,
      sources.map(({ id, profile }) => ({ id, layout: profile.layout })),
    ));
  } catch (error) {
    if (error instanceof MosaicError && error.code === 'mosaic/unsupported') return false;
    throw error;
  }
  await storage.put(key, pieces(new Uint8Array(bytes)), { signal });
  return true;
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** What an artifact names. */
export interface ArtifactNames {
  /** A source, by its position in the order sent. */
  readonly sourceFile: (sourceIndex: number) => SourceFile;
  /** The levels that will be rendered of it: it names them from the start, and whoever sends it leaves them out until
   * they are there (`renameSources`). Null where there will be none. */
  readonly overviews: OverviewPlan | null;
}

/** Writes the VRT of a plan, and, for a mosaic that GDAL opens quicker so, once more in chunks. */
export async function storeArtifact(
  storage: Storage,
  keys: ArtifactKeys,
  plan: VrtPlan,
  { sourceFile, overviews }: ArtifactNames,
  signal: AbortSignal,
): Promise<StoredArtifact> {
  const links = overviews === null ? null : { plan: overviews, fileName: overviewHref };
  const flat = await storage.put(keys.flat, utf8(writeVrt(plan, sourceFile, links)), { signal });
  const chunked = chunkPlan(plan);
  if (chunked.chunks.length === 0) return { key: keys.flat, ...flat, chunked: null };

  const chunkFile = (chunk: number): SourceFile => ({ filename: chunkHref(chunk + 1), relativeToVrt: false });
  const written = writeChunkedVrt(chunked, sourceFile, chunkFile, links);
  const documents: StoredDocument[] = [];
  const all = await storage.put(
    keys.chunks,
    oneBehindTheOther(written, (chunk, firstByte, bytes) => {
      const placements = chunk === null ? null : chunked.chunks[chunk]?.plan.placements;
      const sourceIndexes = [...new Set(placements?.sourceIndex)];
      documents.push({ number: chunk === null ? 0 : chunk + 1, firstByte, bytes, sourceIndexes });
    }),
    { signal },
  );
  return {
    key: keys.flat,
    sha256: flat.sha256,
    bytes: flat.bytes + all.bytes,
    chunked: { key: keys.chunks, documents },
  };
}

async function* oneBehindTheOther(
  documents: Iterable<VrtDocument>,
  onWritten: (chunk: number | null, firstByte: number, bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let end = 0;
  for (const { chunk, text } of documents) {
    const firstByte = end;
    for await (const piece of utf8(text)) {
      end += piece.byteLength;
      yield piece;
    }
    onWritten(chunk, firstByte, end - firstByte);
  }
}

async function* utf8(texts: Iterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for (const text of texts) yield encoder.encode(text);
}
