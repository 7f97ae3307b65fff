import {
  type CheckFilesAnswer,
  type CollectGarbage,
  type Dataset,
  type DatasetList,
  type DatasetPatch,
  type FootprintList,
  type GarbageReport,
  MAX_PAGE_SIZE,
  type QueryOf,
  type RasterVersionList,
  type Routes,
  routes,
} from '@inlay/contract';
import { call, type CallOptions, type Endpoint, request } from './request.ts';

/** What a list of datasets is narrowed down by. */
export type DatasetFilter = Omit<NonNullable<QueryOf<Routes['listDatasets']>>, 'limit' | 'skip'>;

/** What can be done with datasets. */
export interface DatasetCalls {
  /** One page. */
  listDatasets(query?: QueryOf<Routes['listDatasets']>, options?: CallOptions): Promise<DatasetList>;
  /** All that match, page by page as they are asked for; each once, even where some are added or deleted meanwhile. */
  allDatasets(filter?: DatasetFilter, options?: CallOptions): AsyncGenerator<Dataset, void, undefined>;
  /** Where datasets lie, for maps of many. */
  listFootprints(query?: QueryOf<Routes['listFootprints']>, options?: CallOptions): Promise<FootprintList>;
  getDataset(id: string, options?: CallOptions): Promise<Dataset>;
  patchDataset(id: string, changes: DatasetPatch, options?: CallOptions): Promise<Dataset>;
  /** `confirmTitle` is the dataset's title, exactly. */
  deleteDataset(id: string, confirmTitle: string, options?: CallOptions): Promise<void>;
  /** A PNG; `size` is its longer side in pixels. */
  quicklook(id: string, query?: QueryOf<Routes['quicklook']>, options?: CallOptions): Promise<Blob>;
  /** What a raster was and is, newest first. */
  listRasterVersions(
    id: string,
    query?: QueryOf<Routes['listRasterVersions']>,
    options?: CallOptions,
  ): Promise<RasterVersionList>;
  /** Has the files behind a dataset looked at as soon as may be. */
  checkFiles(id: string, options?: CallOptions): Promise<CheckFilesAnswer>;
  /** What nothing needs any more: told, or with `delete` removed. For administrators. */
  collectGarbage(body: CollectGarbage, options?: CallOptions): Promise<GarbageReport>;
  /** The GeoTIFF, unread: `response.body` streams it. */
  downloadRaster(id: string, options?: CallOptions): Promise<Response>;
}

export function datasetCalls(endpoint: Endpoint): DatasetCalls {
  return {
    listDatasets: (query, options) => call(endpoint, routes.listDatasets, { query, ...options }),
    allDatasets: (filter, options) => allDatasets(endpoint, filter, options),
    listFootprints: (query, options) => call(endpoint, routes.listFootprints, { query, ...options }),
    getDataset: (id, options) => call(endpoint, routes.getDataset, { params: { id }, ...options }),
    patchDataset: (id, body, options) => call(endpoint, routes.patchDataset, { params: { id }, body, ...options }),
    deleteDataset: (id, confirmTitle, options) =>
      call(endpoint, routes.deleteDataset, { params: { id }, body: { confirm_title: confirmTitle }, ...options }),
    quicklook: async (id, query, options) => {
      const response = await request(endpoint, routes.quicklook, { params: { id }, query, ...options });
      return await response.blob();
    },
    listRasterVersions: (id, query, options) =>
      call(endpoint, routes.listRasterVersions, { params: { id }, query, ...options }),
    checkFiles: (id, options) => call(endpoint, routes.checkFiles, { params: { id }, ...options }),
    collectGarbage: (body, options) => call(endpoint, routes.collectGarbage, { body, ...options }),
    downloadRaster: (id, options) => request(endpoint, routes.downloadCog, { params: { id }, ...options }),
  };
}

async function* allDatasets(
  endpoint: Endpoint,
  filter: DatasetFilter = {},
  options: CallOptions = {},
): AsyncGenerator<Dataset, void, undefined> {
  const seen = new Set<string>();
  let skip = 0;
  for (;;) {
    const query = { ...filter, limit: MAX_PAGE_SIZE, skip };
    const page = await call(endpoint, routes.listDatasets, { query, ...options });
    for (const dataset of page.datasets) {
      // One added meanwhile pushes the others down, onto the next page once more.
      if (seen.has(dataset.id)) continue;
      seen.add(dataset.id);
      yield dataset;
    }
    skip += page.datasets.length;
    if (page.datasets.length === 0 || skip >= page.total) return;
  }
}
