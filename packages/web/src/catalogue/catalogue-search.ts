import { DATASET_SORTS, RECORD_TYPES, VISIBILITIES, type RecordType, type Visibility } from '@inlay/contract';
import type { DatasetListQuery, FootprintListQuery } from '../api.ts';
import { type BBox, formatBBox, parseBBox, wrapped } from '../map/bbox.ts';
import { choiceParam, textParam } from '../search-params.ts';

export type DatasetSort = (typeof DATASET_SORTS)[number];

/** What the catalogue is narrowed down by and what is selected, as the URL carries it. */
export interface CatalogueSearch {
  /** Text that the title or the summary contains. */
  readonly q?: string | undefined;
  readonly type?: RecordType | undefined;
  readonly visibility?: Visibility | undefined;
  /** First and last day that pixels were taken on, `2026-06-03`, in UTC. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** `view`: what the map shows; else a box as `west,south,east,north`. */
  readonly extent?: string | undefined;
  readonly sort?: DatasetSort | undefined;
  /** As `selection.ts` writes it. */
  readonly sel?: string | undefined;
}

/** Reads it of a query; what makes no sense is left out. */
export function catalogueSearch(params: Readonly<Record<string, unknown>>): CatalogueSearch {
  return {
    q: textParam(params, 'q'),
    type: choiceParam(params, 'type', RECORD_TYPES),
    visibility: choiceParam(params, 'visibility', VISIBILITIES),
    from: dayParam(params, 'from'),
    to: dayParam(params, 'to'),
    extent: extentParam(params),
    sort: choiceParam(params, 'sort', DATASET_SORTS),
    sel: textParam(params, 'sel'),
  };
}

/** The search without what narrows it down. */
export const NO_FILTERS: Readonly<Record<'q' | 'type' | 'visibility' | 'from' | 'to' | 'extent', undefined>> = {
  q: undefined,
  type: undefined,
  visibility: undefined,
  from: undefined,
  to: undefined,
  extent: undefined,
};

type Terms = Omit<FootprintListQuery, 'limit' | 'skip' | 'bbox' | 'job_id'>;

/** What the server is asked for, but for the box. */
export function termsOf({ q, type, visibility, from, to }: CatalogueSearch): Terms {
  return {
    ...(q === undefined ? {} : { q }),
    ...(type === undefined ? {} : { record_type: type }),
    ...(visibility === undefined ? {} : { visibility }),
    ...(from === undefined && to === undefined ? {} : { datetime: intervalOf(from, to) }),
  };
}

/** The box that the list is narrowed down to; null for none, and while it is not known what the map shows. */
export function boxOf({ extent }: CatalogueSearch, inView: BBox | null): BBox | null {
  if (extent === undefined) return null;
  return extent === 'view' ? inView && wrapped(inView) : parseBBox(extent);
}

/** The list's order and box, for the server. */
export function listQueryOf(search: CatalogueSearch, inView: BBox | null): DatasetListQuery {
  const box = boxOf(search, inView);
  return {
    ...termsOf(search),
    ...(box === null ? {} : { bbox: toRequest(box) }),
    ...(search.sort === undefined ? {} : { sort: search.sort }),
  };
}

/** A box as requests carry it, to about a metre: of two views that look the same, the answer is asked for once. */
export function toRequest(box: BBox): [number, number, number, number] {
  const [west = 0, south = 0, east = 0, north = 0] = box.map((value) => Number(value.toFixed(5)));
  return [west, south, east, north];
}

/** Whole days, both included. */
function intervalOf(from: string | undefined, to: string | undefined): string {
  return `${from === undefined ? '..' : `${from}T00:00:00Z`}/${to === undefined ? '..' : `${to}T23:59:59.999Z`}`;
}

function dayParam(params: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const text = textParam(params, name);
  return text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : undefined;
}

function extentParam(params: Readonly<Record<string, unknown>>): string | undefined {
  const text = textParam(params, 'extent');
  if (text === undefined || text === 'view') return text;
  const box = parseBBox(text);
  return box === null ? undefined : formatBBox(box);
}
