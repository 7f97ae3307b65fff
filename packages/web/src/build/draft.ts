import {
  RESAMPLINGS,
  type ResolutionStrategy,
  type SourceFilter,
  type Visibility,
  type VrtCreate,
  type VrtType,
} from '@inlay/contract';
import { type OptionName, type OptionTexts, readOptions, type ReadOptions } from './option-texts.ts';

/** A virtual raster that is being thought up. Plain data; every change makes another one. */
export interface Draft {
  /** The sources in the order sent: of a mosaic the last is on top, of a band stack the first is band 1. Empty with a filter. */
  readonly ids: readonly string[];
  /** Takes all rasters that it finds, where they are too many to be named. */
  readonly filter: SourceFilter | null;
  readonly vrtType: VrtType;
  readonly strategy: ResolutionStrategy;
  readonly options: OptionTexts;
  /** Null: as suggested. */
  readonly title: string | null;
  readonly summary: string;
  readonly visibility: Visibility;
}

export const EMPTY_DRAFT: Draft = {
  ids: [],
  filter: null,
  vrtType: 'mosaic',
  strategy: 'finest',
  options: {},
  title: null,
  summary: '',
  visibility: 'private',
};

/** A change to a draft, as data: what buttons do, and what can be undone. */
export type DraftChange =
  | { readonly kind: 'add'; readonly ids: readonly string[] }
  | { readonly kind: 'remove'; readonly ids: readonly string[] }
  /** All of the ids, in another order. */
  | { readonly kind: 'order'; readonly ids: readonly string[] }
  | { readonly kind: 'filter'; readonly filter: SourceFilter }
  | { readonly kind: 'clear' }
  /** An empty text leaves the option to the sources. */
  | { readonly kind: 'options'; readonly options: OptionTexts }
  | {
      readonly kind: 'set';
      readonly fields: Partial<Pick<Draft, 'vrtType' | 'strategy' | 'title' | 'summary' | 'visibility'>>;
    };

/** The draft after a change; the same object where it changes nothing. */
export function changeDraft(draft: Draft, change: DraftChange): Draft {
  switch (change.kind) {
    case 'add': {
      const known = new Set(draft.ids);
      const added = [...new Set(change.ids)].filter((id) => !known.has(id));
      return added.length === 0 ? draft : { ...unconfirmed(draft), filter: null, ids: [...draft.ids, ...added] };
    }
    case 'remove': {
      const gone = new Set(change.ids);
      const ids = draft.ids.filter((id) => !gone.has(id));
      return ids.length === draft.ids.length ? draft : { ...draft, ids };
    }
    case 'order':
      return { ...draft, ids: change.ids, options: without(draft.options, 'source_order') };
    case 'filter':
      return { ...unconfirmed(draft), ids: [], filter: change.filter };
    case 'clear':
      return { ...draft, ids: [], filter: null };
    case 'options': {
      const entries = Object.entries({ ...draft.options, ...change.options }).filter(([, text]) => text !== '');
      return { ...draft, options: Object.fromEntries(entries) };
    }
    case 'set': {
      // Of one source per band there is no function.
      const options = change.fields.vrtType === 'band_stack' ? without(draft.options, 'pixel_function') : draft.options;
      const next = { ...draft, ...change.fields, options };
      return change.fields.visibility === undefined ? next : unconfirmed(next);
    }
    default:
      return draft;
  }
}

/** That pixels are shared was confirmed for the sources and the visibility that there were. */
function unconfirmed(draft: Draft): Draft {
  return { ...draft, options: without(draft.options, 'confirm_public_sources') };
}

function without(options: OptionTexts, name: OptionName): OptionTexts {
  return Object.fromEntries(Object.entries(options).filter(([other]) => other !== name));
}

/** Moves one of a list to another place. */
export function moved<T>(list: readonly T[], from: number, to: number): readonly T[] {
  const place = Math.min(list.length - 1, Math.max(0, to));
  const one = list[from];
  if (one === undefined || place === from) return list;
  const rest = list.toSpliced(from, 1);
  return rest.toSpliced(place, 0, one);
}

/**
 * The sources as the list shows them, top row first: a mosaic from what is on top, a band stack from band 1. `paintOrder`: the
 * positions from bottom to top that the server has made of `source_order`; null while the order is that of the ids.
 */
export function shownOrder(
  { ids, vrtType }: Pick<Draft, 'ids' | 'vrtType'>,
  paintOrder: readonly number[] | null,
): readonly string[] {
  // The answer to a former list has places that this one has not.
  const isOfThese = paintOrder?.length === ids.length;
  const inOrder = isOfThese ? paintOrder.flatMap((place) => ids[place] ?? []) : ids;
  return vrtType === 'mosaic' ? inOrder.toReversed() : inOrder;
}

/** The order to send for rows in the order shown. */
export function sentOrder(shown: readonly string[], vrtType: VrtType): readonly string[] {
  return vrtType === 'mosaic' ? shown.toReversed() : shown;
}

/** What a draft asks for. */
export interface DraftRequest {
  /** Null where there is nothing to ask: too few sources, or texts that cannot be read. */
  readonly body: VrtCreate | null;
  readonly errors: ReadOptions['errors'];
}

/** Reads a draft as a request. `title` is that of the draft, or the one suggested. */
export function requestOf(
  draft: Omit<Draft, 'title' | 'summary'> & { readonly summary?: string },
  title: string,
): DraftRequest {
  const { options, errors } = readOptions(draft.options);
  const isEnough = draft.filter !== null || draft.ids.length >= 2;
  if (!isEnough || Object.keys(errors).length > 0) return { body: null, errors };
  const summary = draft.summary?.trim() ?? '';
  return {
    body: {
      ...(draft.filter === null ? { source_dataset_ids: [...draft.ids] } : { source_filter: draft.filter }),
      vrt_type: draft.vrtType,
      resolution_strategy: draft.strategy,
      title,
      ...(summary === '' ? {} : { summary }),
      visibility: draft.visibility,
      ...options,
    },
    errors,
  };
}

/** A name for what is made of rasters with these titles: what they have in common, where that says something. */
export function suggestTitle(titles: readonly string[], count: number, vrtType: VrtType): string {
  const noun = vrtType === 'mosaic' ? 'mosaic' : 'band stack';
  const [first = '', ...others] = titles;
  let length = first.length;
  for (const title of others) {
    let same = 0;
    while (same < length && title[same] === first[same]) same += 1;
    length = same;
  }
  const common = first.slice(0, length).replace(/[\s_.,(\-–—:/]+$/u, '');
  if (others.length > 0 && common.length >= 3) return `${common} ${noun}`;
  return `${noun[0]?.toUpperCase()}${noun.slice(1)} of ${count} rasters`;
}

export const VRT_TYPES = ['mosaic', 'band_stack'] as const satisfies readonly VrtType[];
export const STRATEGIES = ['finest', 'coarsest', 'average'] as const satisfies readonly ResolutionStrategy[];
export type Resampling = (typeof RESAMPLINGS)[number];
