import { parseQuery, ReplaceFields } from '@inlay/contract';
import type { Kysely } from 'kysely';
import { refreshRaster, replaceUpload } from '../catalog/replace.ts';
import type { RefreshDeps } from '../catalog/refresh-job.ts';
import type { UploadDeps } from '../catalog/uploads.ts';
import { listVersions } from '../catalog/version-store.ts';
import type { Tables } from '../db/tables.ts';
import { notFound, ValidationError } from '../error.ts';
import { signedIn } from './auth.ts';
import type { Handlers } from './bind.ts';
import { baseUrlOf } from './caching.ts';
import { changeableDataset, shownDataset } from './dataset-calls.ts';
import { queueing } from './queueing.ts';
import { withUploadForm } from './upload-form.ts';

export interface ReplacementDeps extends UploadDeps, RefreshDeps {
  readonly db: Kysely<Tables>;
  readonly publicUrl: string | null;
}

type ReplacementHandlers = Pick<Handlers, 'replaceRaster' | 'refreshRaster' | 'listRasterVersions'>;

export function replacementHandlers(deps: ReplacementDeps): ReplacementHandlers {
  const { db } = deps;
  return {
    replaceRaster: async ({ actor, params, request, requestId, signal }) => {
      const caller = signedIn(actor);
      const row = await changeableDataset(db, actor, params.id);
      return await withUploadForm(request, async ({ fields, filename, bytes }) => {
        const parsed = parseQuery(ReplaceFields, fields, ['body']);
        if (!parsed.ok) throw new ValidationError(parsed.items);
        const upload = { filename, bytes, fields: parsed.value };
        const job = await queueing(() => replaceUpload(deps, caller, row, upload, { requestId, signal }));
        const name = job.source_filename ?? 'the file';
        return {
          job_id: job.id,
          status: 'accepted',
          message: `Uploaded ${name}; it takes the place of "${row.title}"`,
        };
      });
    },

    refreshRaster: async ({ actor, params, requestId }) => {
      const row = await changeableDataset(db, actor, params.id);
      const jobId = await queueing(() => refreshRaster(deps, signedIn(actor), row, requestId));
      return { job_id: jobId, status: 'accepted', message: `Reading the file behind "${row.title}" again` };
    },

    listRasterVersions: async ({ actor, params, query, request }) => {
      const row = await shownDataset(db, actor, params.id);
      if (row.record_type !== 'raster_dataset') throw notFound('raster');
      const { versions, total } = await listVersions(db, row.id, query);
      const base = `${baseUrlOf(request, deps.publicUrl)}/api/datasets/${row.id}/download/versions`;
      return {
        versions: versions.map((version) => ({
          version: version.version,
          since: version.since.toISOString(),
          replaced_at: version.replaced_at?.toISOString() ?? null,
          width: version.width,
          height: version.height,
          size_bytes: version.size_bytes,
          checksum: version.checksum === null ? null : `sha256:${version.checksum}`,
          download_url:
            version.object_key === null && version.replaced_at !== null ? null : `${base}/${version.version}/cog`,
        })),
        total,
        limit: query.limit,
        skip: query.skip,
      };
    },
  };
}
