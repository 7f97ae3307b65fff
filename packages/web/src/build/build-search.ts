import { type SourceFilter, VISIBILITIES } from '@inlay/contract';
import { formatBBox, parseBBox } from '../map/bbox.ts';
import { choiceParam, textParam } from '../search-params.ts';
import { decodeSelection, encodeSelection } from '../selection.ts';
import { type Draft, EMPTY_DRAFT, STRATEGIES, VRT_TYPES } from './draft.ts';
import { type OptionName, type OptionTexts, URL_OPTION_NAMES } from './option-texts.ts';

/** The plan is a tab of its own where there is no room for it below the others. */
export const BUILD_TABS = ['sources', 'add', 'settings', 'plan'] as const;
export type BuildTab = (typeof BUILD_TABS)[number];

/** The draft as the URL carries it, so that it outlives a reload, and a session that ends. */
export type BuildSearch = {
  /** As `selection.ts` writes it. */
  readonly sources?: string | undefined;
  /** Of a filter: text, box and interval, as the API takes them. */
  readonly matching?: string | undefined;
  readonly within?: string | undefined;
  readonly taken?: string | undefined;
  readonly as?: 'band_stack' | undefined;
  readonly strategy?: 'coarsest' | 'average' | undefined;
  readonly title?: string | undefined;
  readonly summary?: string | undefined;
  readonly visibility?: Exclude<Draft['visibility'], 'private'> | undefined;
  readonly tab?: BuildTab | undefined;
  /** The job that builds it. */
  readonly job?: string | undefined;
} & { readonly [Name in OptionName]?: string | undefined };

/** Reads it of a query; what makes no sense is left out. */
export function buildSearch(params: Readonly<Record<string, unknown>>): BuildSearch {
  const box = parseBBox(textParam(params, 'within') ?? '');
  return {
    sources: textParam(params, 'sources'),
    matching: textParam(params, 'matching'),
    within: box === null ? undefined : formatBBox(box),
    taken: textParam(params, 'taken'),
    as: choiceParam(params, 'as', ['band_stack']),
    strategy: choiceParam(params, 'strategy', ['coarsest', 'average']),
    title: textParam(params, 'title'),
    summary: textParam(params, 'summary'),
    visibility: choiceParam(params, 'visibility', VISIBILITIES.filter(isWider)),
    tab: choiceParam(params, 'tab', BUILD_TABS),
    job: textParam(params, 'job'),
    ...Object.fromEntries(URL_OPTION_NAMES.map((name) => [name, textParam(params, name)])),
  };
}

function isWider(visibility: Draft['visibility']): visibility is Exclude<Draft['visibility'], 'private'> {
  return visibility !== 'private';
}

/** The draft that a query describes. */
export function draftOf(search: BuildSearch): Draft {
  const { matching: q, within, taken: datetime } = search;
  const bbox = within === undefined ? null : parseBBox(within);
  const hasFilter = q !== undefined || bbox !== null || datetime !== undefined;
  const filter: SourceFilter = {
    ...(q === undefined ? {} : { q }),
    ...(bbox === null ? {} : { bbox: [...bbox] }),
    ...(datetime === undefined ? {} : { datetime }),
  };
  const options: OptionTexts = Object.fromEntries(
    URL_OPTION_NAMES.flatMap((name) => (search[name] === undefined ? [] : [[name, search[name]]])),
  );
  return {
    // Links may name one twice.
    ids: [...new Set(decodeSelection(search.sources))],
    filter: hasFilter && search.sources === undefined ? filter : null,
    vrtType: VRT_TYPES.find((type) => type === search.as) ?? EMPTY_DRAFT.vrtType,
    strategy: STRATEGIES.find((strategy) => strategy === search.strategy) ?? EMPTY_DRAFT.strategy,
    options,
    title: search.title ?? null,
    summary: search.summary ?? '',
    visibility: search.visibility ?? EMPTY_DRAFT.visibility,
  };
}

/** What the URL has of a draft. `slot` names where this tab keeps many sources. */
export function searchOf(draft: Draft, slot: string): BuildSearch {
  const { filter } = draft;
  return {
    sources: encodeSelection(draft.ids, slot),
    matching: filter?.q,
    within: filter?.bbox === undefined ? undefined : formatBBox(filter.bbox),
    taken: filter?.datetime,
    as: draft.vrtType === 'band_stack' ? 'band_stack' : undefined,
    strategy: draft.strategy === 'finest' ? undefined : draft.strategy,
    title: draft.title ?? undefined,
    summary: draft.summary === '' ? undefined : draft.summary,
    visibility: draft.visibility === 'private' ? undefined : draft.visibility,
    ...Object.fromEntries(URL_OPTION_NAMES.map((name) => [name, draft.options[name]])),
  };
}
