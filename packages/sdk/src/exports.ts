import { type ExportBody, type ExportPlan, type JobAccepted, routes } from '@inlay/contract';
import { call, type CallOptions, type Endpoint, request } from './request.ts';

/** What can be done to have a part of a dataset as a file, or as another dataset. */
export interface ExportCalls {
  /** Starts a job that makes a GeoTIFF: wait for it, then {@link downloadResult}; or its dataset, with `as_dataset`. */
  exportDataset(id: string, body: ExportBody, options?: CallOptions): Promise<JobAccepted>;
  /** What an export would be: its size, its CRS, or what is wrong with it. Nothing is started. */
  planExport(id: string, body: ExportBody, options?: CallOptions): Promise<ExportPlan>;
  /** The file that a job has made, unread: `response.body` streams it. */
  downloadResult(jobId: string, options?: CallOptions): Promise<Response>;
}

export function exportCalls(endpoint: Endpoint): ExportCalls {
  return {
    exportDataset: (id, body, options) => call(endpoint, routes.exportDataset, { params: { id }, body, ...options }),
    planExport: (id, body, options) => call(endpoint, routes.planExport, { params: { id }, body, ...options }),
    downloadResult: (jobId, options) =>
      request(endpoint, routes.downloadJobResult, { params: { id: jobId }, ...options }),
  };
}
