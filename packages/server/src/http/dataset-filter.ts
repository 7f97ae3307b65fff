import type { ParsedQueryOf, Routes } from '@inlay/contract';
import type { DatasetTerms } from '../catalog/search.ts';

type FilterQuery = Pick<
  ParsedQueryOf<Routes['listDatasets']>,
  'q' | 'bbox' | 'datetime' | 'record_type' | 'visibility' | 'health' | 'job_id' | 'ids'
>;

/** What datasets are narrowed down by, of a query that has the filters of the list of datasets. */
export function filterOf(query: FilterQuery): DatasetTerms {
  return {
    q: query.q,
    bbox: query.bbox,
    datetime: query.datetime,
    ...(query.record_type === undefined ? {} : { recordType: query.record_type }),
    ...(query.visibility === undefined ? {} : { visibility: query.visibility }),
    ...(query.health === undefined ? {} : { health: query.health }),
    ...(query.job_id === undefined ? {} : { jobId: query.job_id }),
    ...(query.ids === undefined ? {} : { ids: query.ids }),
  };
}
