import type { SidecarSuffix } from '@inlay/geotiff';
import type { Kysely } from 'kysely';
import type { DatasetRow } from '../catalog/dataset-store.ts';
import { type BytesDeps, originalBytes, rasterBytes } from '../catalog/raster-bytes.ts';
import { findFormerVersion } from '../catalog/version-store.ts';
import type { Tables } from '../db/tables.ts';
import { notFound, ServerError } from '../error.ts';
import { overviewDownload, type OverviewDownloadDeps } from '../overviews/overview-download.ts';
import { type AccessedDataset, accessDataset, type OpenedLink, type PixelAccessDeps } from '../pixels/pixel-access.ts';
import { linkSearch, type SentLink } from '../pixels/signed-links.ts';
import {
  chunkDownload,
  type DownloadDeps,
  type Naming,
  type SourceNaming,
  vrtDownload,
} from '../virtual-rasters/download.ts';
import { sourceLinks } from '../virtual-rasters/source-links.ts';
import { ANSWERED, type Call, type Handlers } from './bind.ts';
import { baseUrlOf, cacheFor } from './caching.ts';
import { type SendableObject, sendObject } from './send-object.ts';

export interface DownloadsDeps extends BytesDeps, DownloadDeps, OverviewDownloadDeps, PixelAccessDeps {
  readonly db: Kysely<Tables>;
  readonly publicUrl: string | null;
}

type DownloadHandlers = Pick<
  Handlers,
  | 'downloadVrt'
  | 'headVrt'
  | 'downloadVrtChunk'
  | 'headVrtChunk'
  | 'downloadVrtOverview'
  | 'headVrtOverview'
  | 'downloadCog'
  | 'headCog'
  | 'downloadMask'
  | 'headMask'
  | 'downloadOverviews'
  | 'headOverviews'
  | 'downloadOriginal'
  | 'headOriginal'
  | 'downloadCogVersion'
  | 'headCogVersion'
  | 'downloadMaskVersion'
  | 'headMaskVersion'
  | 'downloadOverviewsVersion'
  | 'headOverviewsVersion'
>;
type FileCall = Pick<Call<never>, 'actor' | 'request' | 'reply' | 'signal'> & {
  readonly params: { readonly id: string };
  readonly query: SentLink;
};
type VersionCall = FileCall & { readonly params: { readonly version: number } };
type DocumentCall = FileCall & { readonly query: { readonly sources: SourceNaming } };
type VrtCall = DocumentCall & { readonly query: { readonly flat: boolean } };
type OverviewCall = FileCall & { readonly params: { readonly generation_id: string; readonly number: number } };
type ChunkCall = DocumentCall & { readonly params: { readonly generation_id: string; readonly number: number } };

/** The link of one source opens nothing of the virtual raster that names it, and no upload that it was made of. */
function opensDocuments(link: OpenedLink): boolean {
  return link.opensFiles && link.terms.right !== 'source';
}

/** The link of one source opens the file that the virtual raster names, and those that GDAL looks for beside it. */
function opensFiles(link: OpenedLink): boolean {
  return link.opensFiles;
}

export function downloadHandlers(deps: DownloadsDeps): DownloadHandlers {
  const linksOf = ({ row, eyes, by }: AccessedDataset): Pick<Naming, 'sourceSearch' | 'isByLink'> => ({
    sourceSearch: sourceLinks(
      deps.linkSecret,
      row.id,
      by === null ? { kind: 'eyes', actor: eyes } : { kind: 'link', link: by },
    ),
    isByLink: by !== null,
  });

  const sendFile =
    (suffix: '' | SidecarSuffix | 'original') =>
    async ({ actor, params, query, request, reply, signal }: FileCall): Promise<typeof ANSWERED> => {
      const opens = suffix === 'original' ? opensDocuments : opensFiles;
      const { row } = await accessDataset(deps, params.id, { actor, link: query }, opens);
      if (row.record_type !== 'raster_dataset') throw notFound('raster');
      const object =
        suffix === 'original' ? await originalBytes(deps.storage, row) : await rasterBytes(deps, row, suffix, signal);
      if (object === null) throw notFound(`${suffix} file`);
      reply.header('cache-control', cacheFor(row.visibility));
      await sendObject(request, reply, object);
      return ANSWERED;
    };

  const sendVersion =
    (suffix: '' | SidecarSuffix) =>
    async ({ actor, params, query, request, reply, signal }: VersionCall): Promise<typeof ANSWERED> => {
      const { row } = await accessDataset(deps, params.id, { actor, link: query }, opensFiles, params.version);
      if (row.record_type !== 'raster_dataset') throw notFound('raster');
      const version = await versionOf(deps.db, row, params.version);
      const object = await rasterBytes(deps, version, suffix, signal, { isPinned: true });
      if (object === null) throw notFound(`${suffix} file`);
      reply.header('cache-control', cacheFor(row.visibility));
      await sendObject(request, reply, object);
      return ANSWERED;
    };

  const sendDocument =
    <C extends DocumentCall>(documentOf: (call: C, row: DatasetRow, naming: Naming) => Promise<SendableObject>) =>
    async (call: C): Promise<typeof ANSWERED> => {
      const { actor, params, query, request, reply, signal } = call;
      const accessed = await accessDataset(deps, params.id, { actor, link: query }, opensDocuments);
      const { row, by } = accessed;
      if (row.record_type !== 'vrt_dataset') throw notFound('virtual raster');
      const object = await documentOf(call, row, {
        sources: query.sources,
        baseUrl: baseUrlOf(request, deps.publicUrl),
        actor: by === null || query.sources === 'http' ? accessed.eyes : actor,
        chunkSearch: linkSearch(by),
        ...linksOf(accessed),
        signal,
      });
      // Whether it is sent depends on who asks (every source must be visible), whatever its own visibility.
      reply.header('cache-control', 'private, no-cache');
      if (row.requires_gdal !== null) reply.header('x-requires-gdal', row.requires_gdal);
      await sendObject(request, reply, object);
      return ANSWERED;
    };
  const sendVrt = sendDocument<VrtCall>(({ query }, row, naming) => vrtDownload(deps, row, naming, query.flat));
  const sendChunk = sendDocument<ChunkCall>(({ params }, row, naming) =>
    chunkDownload(deps, row, naming, { generationId: params.generation_id, number: params.number }),
  );

  const sendOverview = async ({ actor, params, query, request, reply }: OverviewCall): Promise<typeof ANSWERED> => {
    const { row, eyes } = await accessDataset(deps, params.id, { actor, link: query }, opensDocuments);
    if (row.record_type !== 'vrt_dataset') throw notFound('virtual raster');
    const { generation_id: generationId, number } = params;
    const object = await overviewDownload(deps, row, eyes, { generationId, number });
    // Whether it is sent depends on who asks, as for the VRT.
    reply.header('cache-control', 'private, no-cache');
    await sendObject(request, reply, object);
    return ANSWERED;
  };

  return {
    downloadVrt: sendVrt,
    headVrt: sendVrt,
    downloadVrtChunk: sendChunk,
    headVrtChunk: sendChunk,
    downloadVrtOverview: sendOverview,
    headVrtOverview: sendOverview,
    downloadCog: sendFile(''),
    headCog: sendFile(''),
    downloadMask: sendFile('.msk'),
    headMask: sendFile('.msk'),
    downloadOverviews: sendFile('.ovr'),
    headOverviews: sendFile('.ovr'),
    downloadOriginal: sendFile('original'),
    headOriginal: sendFile('original'),
    downloadCogVersion: sendVersion(''),
    headCogVersion: sendVersion(''),
    downloadMaskVersion: sendVersion('.msk'),
    headMaskVersion: sendVersion('.msk'),
    downloadOverviewsVersion: sendVersion('.ovr'),
    headOverviewsVersion: sendVersion('.ovr'),
  };
}

/** A raster as it is or was in a version. @throws ServerError `version_gone`, `not_found` for versions yet to come */
async function versionOf(db: Kysely<Tables>, row: DatasetRow, version: number): Promise<DatasetRow> {
  if (version === row.version) return row;
  if (version > row.version) throw notFound('version of this raster');
  const former = await findFormerVersion(db, row, version);
  if (former !== undefined && former.object_key !== null) return former;
  throw new ServerError(
    'version_gone',
    `Version ${version} of "${row.title}" is not kept: it is version ${row.version} now. Regenerate what was made of it, or download it again.`,
  );
}
