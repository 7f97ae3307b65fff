import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { LRUCache } from 'lru-cache';
import type { Kysely } from 'kysely';
import type { Actor } from '../access.ts';
import type { DatasetRow } from '../catalog/dataset-store.ts';
import type { Definitions } from '../catalog/definitions.ts';
import { isUrl } from '../catalog/source-state.ts';
import type { Tables } from '../db/tables.ts';
import { notFound, ServerError } from '../error.ts';
import type { SendableObject } from '../http/send-object.ts';
import type { Storage } from '../storage/storage.ts';
import { renameSources } from './artifact.ts';
import { maskedSourceXml } from './masked-source.ts';
import { findGeneration, type Member, visibleMembers } from './generation-store.ts';

export interface DownloadDeps {
  readonly db: Kysely<Tables>;
  readonly definitions: Definitions;
  readonly storage: Storage;
  /** Lengths of documents once counted, by ETag. */
  readonly vrtLengths: LRUCache<string, number>;
}

export function createVrtLengths(): LRUCache<string, number> {
  return new LRUCache({ max: 10_000 });
}

/**
 * A virtual raster as a VRT that GDAL opens: the artifact of the generation it shows, with every source named the way
 * the reader reaches it.
 *
 * @throws ServerError `forbidden` for callers who may not see every source or, for `local`, know where files lie
 */
export async function vrtDownload(
  deps: DownloadDeps,
  actor: Actor | null,
  row: DatasetRow,
  naming: { sources: 'http' | 'local'; baseUrl: string },
): Promise<SendableObject> {
  const generation = row.generation_id === null ? undefined : await findGeneration(deps.db, row.generation_id);
  if (generation === undefined) throw notFound('virtual raster');
  const members = await visibleMembers(deps.db, actor, generation.source_ids);
  if (members.size < generation.source_ids.length) {
    throw new ServerError(
      'forbidden',
      'You may not see all of its sources, so it cannot be downloaded. Ask its owner to share them.',
    );
  }
  const masked = naming.sources === 'local' ? new Map() : await maskedNames(deps, naming.baseUrl, members);
  const nameOf =
    naming.sources === 'local'
      ? localNames(deps.storage, actor, members)
      : (id: string): string => masked.get(id) ?? httpName(naming.baseUrl, id);
  const open = async (): Promise<Readable> => {
    const artifact = await deps.storage.get(generation.object_key, {});
    return Readable.from(renameSources(artifact, nameOf)).once('close', () => artifact.destroy());
  };
  const variant = createHash('sha256')
    .update([generation.id, naming.sources, naming.baseUrl, ...masked.values()].join('\n'))
    .digest('hex');
  const etag = `"${variant.slice(0, 32)}"`;
  const bytes = deps.vrtLengths.get(etag) ?? (await countBytes(await open()));
  deps.vrtLengths.set(etag, bytes);
  return {
    bytes,
    etag,
    lastModified: generation.completed_at,
    contentType: 'application/xml',
    filename: `${row.title}.vrt`,
    // A generator, because its end, however it comes, also ends the streams that it reads.
    stream: async (start, end) => Readable.from(byteRange(await open(), start, end)),
  };
}

function httpName(baseUrl: string, id: string): string {
  return `/vsicurl/${baseUrl}/api/datasets/${id}/download/cog`;
}

/** How the members are named whose mask is a file beside them, by id. */
async function maskedNames(
  { db, definitions }: Pick<DownloadDeps, 'db' | 'definitions'>,
  baseUrl: string,
  members: ReadonlyMap<string, Member>,
): Promise<ReadonlyMap<string, string>> {
  const withFiles = [...members.values()].filter((member) => member.sidecars.includes('.msk'));
  const layouts = await definitions.layouts(
    db,
    withFiles.map((member) => member.layout_id),
  );
  const names = new Map<string, string>();
  for (const { id, width, height, layout_id: layoutId } of withFiles) {
    const layout = layouts.get(layoutId);
    if (layout?.mask?.location !== 'sidecar') continue; // not used as a mask, as a warning has said
    const rasterName = httpName(baseUrl, id);
    names.set(id, maskedSourceXml({ width, height, layout, rasterName, maskName: `${rasterName}.msk` }));
  }
  return names;
}

function localNames(
  storage: Storage,
  actor: Actor | null,
  members: ReadonlyMap<string, Member>,
): (id: string) => string | null {
  const paths = new Map<string, string>();
  for (const member of members.values()) {
    if (actor === null || (actor.role !== 'admin' && member.created_by !== actor.userId)) {
      throw new ServerError(
        'forbidden',
        'Only administrators and whoever added all of the sources may have their paths. Use sources=http.',
      );
    }
    const path = member.object_key === null ? registeredName(member.location) : storage.localPath(member.object_key);
    if (path === null)
      throw new ServerError('not_implemented', 'The sources are not files on this server. Use sources=http.');
    paths.set(member.id, path);
  }
  return (id) => paths.get(id) ?? null;
}

function registeredName(location: string | null): string | null {
  return location !== null && isUrl(location) ? `/vsicurl/${location}` : location;
}

async function countBytes(stream: Readable): Promise<number> {
  let bytes = 0;
  for await (const chunk of stream) bytes += (chunk as Uint8Array).byteLength;
  return bytes;
}

/** The bytes from `start` to `end`, inclusive. */
async function* byteRange(stream: Readable, start: number, end: number): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    const from = Math.max(start - at, 0);
    const to = Math.min(end + 1 - at, chunk.byteLength);
    if (from < to) yield chunk.subarray(from, to);
    at += chunk.byteLength;
    if (at > end) return;
  }
}
