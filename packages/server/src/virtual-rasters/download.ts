import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { escapeFileName, VrtError } from '@inlay/vrt';
import type { Kysely } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Actor } from '../access.ts';
import type { DatasetRow } from '../catalog/dataset-store.ts';
import type { Definitions } from '../catalog/definitions.ts';
import { isUrl } from '../catalog/source-roots.ts';
import type { Tables } from '../db/tables.ts';
import { isObject } from '../s3/object-place.ts';
import { notFound, ServerError } from '../error.ts';
import type { SendableObject } from '../http/send-object.ts';
import type { ByteRange, Storage } from '../storage/storage.ts';
import { chunkOfReference, overviewOfReference, renameSources } from './artifact.ts';
import {
  findDocument,
  type FoundGeneration,
  type MaskedMember,
  type SourceList,
  type SourcePlace,
  sourcePlaces,
  surveySources,
} from './document-store.ts';
import { maskedSourceXml } from './masked-source.ts';

export interface DownloadDeps {
  readonly db: Kysely<Tables>;
  readonly definitions: Definitions;
  readonly storage: Storage;
  readonly vrtMemory: VrtMemory;
}

/** What one request for a document has found out, for the next: GDAL sends a dozen to read one. */
export interface VrtMemory {
  /** Lengths of documents once counted, by ETag. */
  readonly lengths: LRUCache<string, number>;
}

export function createVrtMemory(): VrtMemory {
  return { lengths: new LRUCache({ max: 10_000 }) };
}

/** How sources are named: by this server's URLs, by their paths, or by their keys in buckets. */
export type SourceNaming = 'http' | 'local' | 's3';

/** How a document names what is in it, and for whom. */
export interface Naming {
  readonly sources: SourceNaming;
  /** What links to this server begin with. */
  readonly baseUrl: string;
  /** With whose eyes the sources are looked at. */
  readonly actor: Actor | null;
  /** Whether a link opened it: then nothing but links opens what it names. */
  readonly isByLink: boolean;
  /** What is added to the addresses of chunks: the link, with its question mark; or nothing. */
  readonly chunkSearch: string;
  /** What is added to the address of a source that its reader may have by this virtual raster alone. */
  readonly sourceSearch: (sourceId: string) => string;
  readonly signal: AbortSignal;
}

type NameOf = (reference: string) => string | null;

/** How a document of this caller names its sources; `variant` differs wherever the names may. */
interface Names {
  readonly nameOf: NameOf;
  readonly variant: string;
  /** Its rendered levels are named, too. */
  readonly hasOverviews?: boolean;
}

/**
 * A virtual raster as a VRT that GDAL opens: the artifact of the generation it shows, with every source named the way
 * the reader reaches it. A large mosaic is a root, whose chunks are read from this server; in one piece where `isFlat`
 * says so, and where sources are named by their paths: such a VRT is for where there may be no server.
 *
 * @throws ServerError `forbidden` where sources are hidden from its owner, or, for `local` and `s3`, who may not know where files lie
 */
export async function vrtDownload(
  deps: DownloadDeps,
  row: DatasetRow,
  naming: Naming,
  isFlat: boolean,
): Promise<SendableObject> {
  const generation =
    row.generation_id === null ? undefined : await findDocument(deps.db, row.id, row.generation_id, ROOT);
  if (generation === undefined) throw notFound('virtual raster');
  const { document: root } = generation;
  if (root !== null && !isFlat && naming.sources === 'http') {
    if (!row.shows_pixels) throw sourcesHidden();
    const names = withOverviews(deps, generation, naming, row.id, {
      nameOf: chunkNames(naming, row.id, generation.id),
      variant: `${naming.baseUrl}\n${naming.chunkSearch}`,
    });
    return await sendable(deps, generation, { ...root, name: 'root', filename: `${row.title}.vrt` }, names, naming);
  }
  const sources = await sourceNames(deps, row, { generationId: generation.id, document: null }, generation, naming);
  const names = withOverviews(deps, generation, naming, row.id, sources);
  const flat = { key: generation.flatKey, firstByte: 0, bytes: null, name: 'flat', filename: `${row.title}.vrt` };
  return await sendable(deps, generation, flat, names, naming);
}

/**
 * A chunk of a virtual raster. Only its own sources count, in who may have it as in what it costs.
 *
 * @param number the first is 1
 * @throws ServerError `generation_gone`, `forbidden` as above
 */
export async function chunkDownload(
  deps: DownloadDeps,
  row: DatasetRow,
  naming: Naming,
  { generationId, number }: { readonly generationId: string; readonly number: number },
): Promise<SendableObject> {
  const generation = await findDocument(deps.db, row.id, generationId, number);
  if (generation === undefined) {
    throw new ServerError(
      'generation_gone',
      'This build of the virtual raster is not kept. Download the VRT again: it names the chunks of the build that is.',
    );
  }
  const { document: chunk } = generation;
  if (chunk === null) throw notFound('chunk');
  const names = await sourceNames(deps, row, { generationId, document: number }, chunk, naming);
  const part = { ...chunk, name: `chunk ${number}`, filename: `${row.title} ${number}.vrt` };
  return await sendable(deps, generation, part, names, naming);
}

/** Number of the root among the documents of a generation. */
const ROOT = 0;

/** Where a document is, and what to call it. */
interface Part {
  readonly key: string;
  readonly firstByte: number;
  /** Null: to the object's end. */
  readonly bytes: number | null;
  /** Which of its generation's documents it is. */
  readonly name: string;
  readonly filename: string;
}

async function sendable(
  { storage, vrtMemory: { lengths } }: DownloadDeps,
  generation: FoundGeneration,
  part: Part,
  { nameOf, variant, hasOverviews = false }: Names,
  { sources, signal }: Naming,
): Promise<SendableObject> {
  const range: ByteRange = {
    start: part.firstByte,
    ...(part.bytes === null ? {} : { end: part.firstByte + part.bytes - 1 }),
  };
  const digest = createHash('sha256').update([generation.id, part.name, sources, variant].join('\n')).digest('hex');
  const etag = `"${digest.slice(0, 32)}"`;
  const bytes =
    lengths.get(etag) ??
    (await countBytes(renameSources(await storage.get(part.key, { ...range, signal }), nameOf, hasOverviews)));
  lengths.set(etag, bytes);
  return {
    bytes,
    etag,
    lastModified: generation.completedAt,
    contentType: 'application/xml',
    filename: part.filename,
    stream: async (start, end) => {
      const artifact = await storage.get(part.key, range);
      const sent = Readable.from(byteRange(renameSources(artifact, nameOf, hasOverviews), start, end));
      // What is broken off before it was read from has begun none of this, and would leave the file open. (The signal
      // would not do: a stream that it ends while nobody listens ends the process.)
      return sent.once('close', () => artifact.destroy());
    },
  };
}

function sourcesHidden(): ServerError {
  return new ServerError(
    'forbidden',
    'You may not see all of its sources, so it cannot be downloaded. Ask their owners to share them.',
  );
}

/** The names of a document that shows a whole virtual raster, with those of its levels, once they are rendered. */
function withOverviews(
  { storage }: Pick<DownloadDeps, 'storage'>,
  { id: generationId, overviews }: FoundGeneration,
  { sources, baseUrl, chunkSearch }: Naming,
  datasetId: string,
  names: Names,
): Names {
  // Levels are in this server's storage, which whoever reads buckets may not reach.
  if (overviews === null || sources === 's3') return names;
  const nameOfLevels = (file: number): string | null => {
    const object = overviews.objects[file];
    if (object === undefined) return null;
    if (sources === 'local') return storage.localPath(object.key);
    const folder = `/vsicurl/${baseUrl}/api/datasets/${datasetId}/download/vrt/generations/${generationId}/overviews`;
    return `${folder}/${file + 1}.tif${chunkSearch}`;
  };
  return {
    nameOf: (reference) => {
      const file = overviewOfReference(reference);
      return file === null ? names.nameOf(reference) : nameOfLevels(file);
    },
    variant: `${names.variant}\n${overviews.id}`,
    hasOverviews: true,
  };
}

function chunkNames({ baseUrl, chunkSearch }: Naming, datasetId: string, generationId: string): NameOf {
  const folder = `/vsicurl/${baseUrl}/api/datasets/${datasetId}/download/vrt/generations/${generationId}/chunks`;
  return (reference) => {
    const number = chunkOfReference(reference);
    return number === null ? null : `${folder}/${number}.vrt${chunkSearch}`;
  };
}

async function sourceNames(
  deps: DownloadDeps,
  row: DatasetRow,
  list: SourceList,
  { sourceCount }: { readonly sourceCount: number },
  { sources, baseUrl, actor, isByLink, sourceSearch }: Naming,
): Promise<Names> {
  if (sources !== 'http') {
    const places = await sourcePlaces(deps.db, actor, list);
    if (places.length !== sourceCount) throw sourcesHidden();
    const versionSum = places.reduce((sum, { version }) => sum + version, 0);
    const pathOf = sources === 's3' ? bucketPath : (place: SourcePlace) => localPath(deps.storage, place);
    return { nameOf: placeNames(actor, places, pathOf), variant: `${versionSum}` };
  }
  const { visible, versionSum, builtVersions, masked } = await surveySources(deps.db, list, actor);
  // Sources that its owner shares are open to who may have it, as long as they are in the build that it shows.
  if (visible !== sourceCount && !(row.shows_pixels && row.generation_id === list.generationId)) throw sourcesHidden();
  const search = isByLink || visible !== sourceCount ? sourceSearch : (): string => '';
  const pathOf = (id: string): string => httpPath(baseUrl, id, builtVersions.get(id) ?? 1);
  const maskedNames = await namesWithMasks(deps, pathOf, masked, search);
  return {
    nameOf: (id) => maskedNames.get(id) ?? `${pathOf(id)}${search(id)}`,
    variant: `${baseUrl}\n${versionSum}\n${search(row.id)}`,
  };
}

/** A source by its version, in the path and not the query, where GDAL would look for `.msk` and `.ovr` behind it. */
function httpPath(baseUrl: string, id: string, version: number): string {
  return `/vsicurl/${baseUrl}/api/datasets/${id}/download/versions/${version}/cog`;
}

/** How the members are named whose mask is a file beside them, by id. */
async function namesWithMasks(
  { db, definitions }: Pick<DownloadDeps, 'db' | 'definitions'>,
  pathOf: (sourceId: string) => string,
  members: readonly MaskedMember[],
  search: (sourceId: string) => string,
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  if (members.length === 0) return names;
  const layouts = await definitions.layouts(
    db,
    members.map(({ layoutId }) => layoutId),
  );
  for (const { id, width, height, layoutId } of members) {
    const layout = layouts.get(layoutId);
    if (layout?.mask?.location !== 'sidecar') continue; // not used as a mask, as a warning has said
    const path = pathOf(id);
    const [rasterName, maskName] = [`${path}${search(id)}`, `${path}.msk${search(id)}`];
    names.set(id, maskedSourceXml({ width, height, layout, rasterName, maskName }));
  }
  return names;
}

function placeNames(
  actor: Actor | null,
  places: readonly SourcePlace[],
  pathOf: (place: SourcePlace) => string,
): NameOf {
  const paths = new Map<string, string>();
  for (const place of places) {
    const { id, title, created_by: owner, object_key: key, location } = place;
    if (actor === null || (actor.role !== 'admin' && owner !== actor.userId)) {
      throw new ServerError(
        'forbidden',
        'Only administrators and whoever added all of the sources may have their paths. Use sources=http.',
      );
    }
    if (key === null && location === null) {
      throw new ServerError(
        'source_changed',
        `The file that this was built of as "${title}" has been written over. Regenerate the virtual raster first.`,
      );
    }
    const path = pathOf(place);
    if (!isWritable(path))
      throw new ServerError(
        'not_implemented',
        'The path of a source has a character that XML cannot hold. Use sources=http.',
      );
    paths.set(id, path);
  }
  return (id) => paths.get(id) ?? null;
}

/** @throws ServerError `not_implemented` */
function localPath(storage: Storage, place: SourcePlace): string {
  const { object_key: key, location } = place;
  if (key === null && location !== null) {
    if (isObject(location)) return bucketPath(place);
    return isUrl(location) ? `/vsicurl/${location}` : location;
  }
  const path = storage.localPath(key ?? '');
  if (path !== null) return path;
  throw new ServerError('not_implemented', 'The sources are not files on this server. Use sources=http.');
}

/** As GDAL names objects ("GDAL Virtual File Systems", /vsis3/). @throws ServerError `not_implemented` */
function bucketPath({ title, location }: SourcePlace): string {
  if (location !== null && isObject(location)) return location.replace('s3://', '/vsis3/');
  throw new ServerError('not_implemented', `"${title}" lies in no bucket. Use sources=http.`);
}

function isWritable(path: string): boolean {
  try {
    escapeFileName(path);
    return true;
  } catch (error) {
    if (error instanceof VrtError) return false;
    throw error;
  }
}

async function countBytes(pieces: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const piece of pieces) bytes += piece.byteLength;
  return bytes;
}

/** The bytes from `start` to `end`, inclusive. */
async function* byteRange(pieces: AsyncIterable<Uint8Array>, start: number, end: number): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const piece of pieces) {
    const from = Math.max(start - at, 0);
    const to = Math.min(end + 1 - at, piece.byteLength);
    if (from < to) yield piece.subarray(from, to);
    at += piece.byteLength;
    if (at > end) return;
  }
}
