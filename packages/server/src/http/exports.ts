import type { ExportPlan as ExportPlanJson } from '@inlay/contract';
import { bboxOfRaster, crsLabel, DATA_TYPE_BYTES, resolution } from '@inlay/geo';
import { ServerError } from '../error.ts';
import { findExportResult } from '../exports/export-store.ts';
import type { ExportPlan } from '../exports/export-plan.ts';
import { type ExportDeps, preparedExport, requestExport, requireEditorFor } from '../exports/request-export.ts';
import { findShownJob } from '../jobs/job-store.ts';
import type { Storage } from '../storage/storage.ts';
import { notFound } from '../error.ts';
import { signedIn } from './auth.ts';
import { ANSWERED, type Call, type Handlers } from './bind.ts';
import { sendObject } from './send-object.ts';

export interface ExportsDeps extends ExportDeps {
  readonly storage: Storage;
}

type ResultCall = Pick<Call<never>, 'actor' | 'request' | 'reply' | 'signal'> & {
  readonly params: { readonly id: string };
};

export function exportHandlers(
  deps: ExportsDeps,
): Pick<Handlers, 'exportDataset' | 'planExport' | 'downloadJobResult' | 'headJobResult'> {
  const sendResult = async ({ actor, params, request, reply, signal }: ResultCall): Promise<typeof ANSWERED> => {
    const caller = signedIn(actor);
    const job = await findShownJob(deps.db, caller, params.id);
    if (job === undefined || (job.owner !== caller.userId && caller.role !== 'admin')) throw notFound('job');
    if (job.kind !== 'export' || job.dataset_id !== null) throw notFound('file of that job');
    if (job.status !== 'complete') {
      throw new ServerError('result_not_ready', `The job has no file: it is ${job.status}.`);
    }
    // What they may not see of the dataset now, they may not have in a file either, whenever that was made.
    const { source_dataset_id: datasetId } = job;
    if (datasetId === null || (await deps.findPixels(caller, datasetId)) === undefined) {
      throw new ServerError('not_found', 'What was exported was removed or hidden since, and its file with it.');
    }
    const result = await findExportResult(deps.db, job.id);
    const found = result === undefined ? null : await deps.storage.stat(result.object_key);
    if (result === undefined || found === null) {
      throw new ServerError('result_gone', 'The file of this export is no longer kept. Export again.');
    }
    reply.header('cache-control', 'private, no-cache');
    await sendObject(request, reply, {
      bytes: found.bytes,
      etag: `"${result.sha256}"`,
      lastModified: found.modifiedAt,
      contentType: 'image/tiff',
      filename: result.filename,
      stream: (start, end) => deps.storage.get(result.object_key, { start, end, signal }),
    });
    return ANSWERED;
  };

  return {
    exportDataset: async ({ actor, params, body, requestId }) => {
      const { jobId, title, plan } = await requestExport(deps, signedIn(actor), params.id, body, requestId);
      const { width, height } = plan.grid;
      return {
        job_id: jobId,
        status: 'accepted',
        message: `Exporting ${width} x ${height} pixels of "${title}"`,
      };
    },
    planExport: async ({ actor, params, body }) => {
      const caller = signedIn(actor);
      requireEditorFor(body, caller);
      const { plan } = await preparedExport(deps, caller, params.id, body);
      return planJson(plan);
    },
    downloadJobResult: sendResult,
    headJobResult: sendResult,
  };
}

function planJson({ grid, georeference: { affine, crs }, origin, bands, dataType }: ExportPlan): ExportPlanJson {
  const { width, height } = grid;
  return {
    width,
    height,
    band_count: bands.length,
    dtype: dataType,
    crs: crs === null ? null : crsLabel(crs),
    bbox: affine === null ? null : [...bboxOfRaster(affine, width, height)],
    resolution: affine === null ? null : [...resolution(affine)],
    own_pixels: origin !== null,
    bytes: width * height * bands.length * DATA_TYPE_BYTES[dataType],
  };
}
