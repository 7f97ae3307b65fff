import type { ValidationItem, VrtWarning } from '@inlay/contract';
import { formatCount, formatPlural } from '../format.ts';
import type { Draft, DraftChange } from './draft.ts';
import { OPTION_NAMES, type OptionName } from './option-texts.ts';

// What the server has against a draft, by what is to be done about it: its codes to buttons, as data.

/** A button that changes the draft, or leads to where it is to be changed. */
export interface Fix {
  readonly label: string;
  readonly change: DraftChange | { readonly kind: 'edit'; readonly option: OptionName };
}

/** Problems or warnings of one kind together. */
export interface Finding {
  /** The server's stable name of it. */
  readonly type: string;
  /** In one line. */
  readonly title: string;
  /** What the server says, of the first of them. */
  readonly message: string;
  /** The server's advice for the world outside of this page; null where a button says all. */
  readonly advice: string | null;
  /** That the reference is likely the odd one out; null where it is not. */
  readonly hint: string | null;
  /** The sources that it is about, each once; none where it is about all of them together, or an option. */
  readonly sources: readonly string[];
  /** The option that it is about; null where it is about sources. */
  readonly option: OptionName | null;
  readonly fixes: readonly Fix[];
}

type Item = Pick<ValidationItem, 'type' | 'msg' | 'ctx'> & {
  readonly loc?: ValidationItem['loc'] | undefined;
  readonly input?: unknown;
};

/** What a recipe knows of a finding. */
interface Facts {
  readonly items: readonly Item[];
  /** `ctx.expected` and `ctx.actual` of the first. */
  readonly expected: string;
  readonly actual: string;
  /** The most frequent `ctx.actual`. */
  readonly usual: string;
  readonly hasHint: boolean;
  readonly option: OptionName | null;
  readonly draft: Draft;
  /** CRS of the reference as far as the page knows it, to warp to. */
  readonly crs: string | null;
}

interface Recipe {
  /** One line for one source, and for several; left out: what the server says. */
  readonly title?: (count: number, facts: Facts) => string;
  readonly fixes?: (facts: Facts) => readonly (Fix | null)[];
  /** Whether leaving the sources out cures it. */
  readonly isRemovable?: boolean;
  /** Whether the buttons say all that the server's advice says to programs. */
  readonly isWithoutAdvice?: boolean;
}

const CODE = /^[A-Z]+:\d+$/;

const set = (label: string, options: Partial<Record<OptionName, string>>): Fix => ({
  label,
  change: { kind: 'options', options },
});
const edit = (label: string, option: OptionName): Fix => ({ label, change: { kind: 'edit', option } });

const reproject = (crs: string | null): Fix =>
  crs === null ? edit('Choose a CRS to reproject to', 'crs') : set(`Reproject to ${crs}`, { crs });

const WARPED: Recipe = { fixes: ({ crs }) => [reproject(crs)], isRemovable: true };
const OPTION: Recipe = {
  fixes: ({ option }) => (option === null ? [] : [edit('Change it', option), set('Leave it out', { [option]: '' })]),
};
const LEFT_OUT: Recipe = { isRemovable: true };
const FINENESS: Recipe = {
  fixes: ({ draft, option }) => [
    option === 'resolution' ? set('Leave resolution out', { resolution: '' }) : null,
    draft.strategy === 'coarsest' || option !== null
      ? null
      : { label: 'Take the coarsest', change: { kind: 'set', fields: { strategy: 'coarsest' } } },
  ],
  isRemovable: true,
};
const AS_MOSAIC: Fix = { label: 'Make a mosaic instead', change: { kind: 'set', fields: { vrtType: 'mosaic' } } };

/** By the `type` of problems; one that is not here has no button but leaving its sources out. */
const PROBLEMS: Readonly<Record<string, Recipe>> = {
  crs_mismatch: {
    title: (count, { expected }) => `${formatPlural(count, 'source')} ${are(count)} not in ${expected}`,
    fixes: ({ expected, usual, hasHint }) => [
      hasHint && CODE.test(usual) ? reproject(usual) : null,
      reproject(CODE.test(expected) ? expected : null),
    ],
    isRemovable: true,
  },
  dtype_mismatch: {
    title: (count, { expected }) => `${formatPlural(count, 'source')} ${are(count)} of another type than ${expected}`,
    fixes: () => [set('Promote to a common type', { dtype: 'promote' })],
    isRemovable: true,
  },
  rotated_raster: WARPED,
  south_up_raster: WARPED,
  mirrored_raster: WARPED,
  unknown_pixel_geometry: LEFT_OUT,
  missing_crs: LEFT_OUT,
  unknown_extent: { fixes: () => [edit('Choose another CRS', 'crs')], isRemovable: true },
  band_count_mismatch: {
    title: (count) => `${formatPlural(count, 'source')} ${count === 1 ? 'has' : 'have'} another number of bands`,
    fixes: ({ items, draft }) => {
      const counts = items.flatMap(({ ctx }) => [Number(ctx?.['expected']), Number(ctx?.['actual'])]);
      const common = Math.min(...counts.filter((count) => count > 0));
      if (draft.options.bands !== undefined || !Number.isFinite(common)) return [edit('Choose other bands', 'bands')];
      const label = common === 1 ? 'Take band 1 of each' : `Take bands 1 to ${common} of each`;
      return [set(label, { bands: Array.from({ length: common }, (_, band) => band + 1).join(', ') })];
    },
    isRemovable: true,
  },
  band_not_found: {
    fixes: () => [edit('Choose other bands', 'bands'), set('Take all bands', { bands: '' })],
    isRemovable: true,
  },
  single_band_required: {
    title: (count) => `${formatPlural(count, 'source')} ${count === 1 ? 'has' : 'have'} more than one band`,
    fixes: () => [set('Take band 1 of each', { bands: '1' }), AS_MOSAIC],
    isRemovable: true,
  },
  grid_misaligned: {
    title: (count) =>
      `${formatPlural(count, 'source')} ${count === 1 ? 'covers' : 'cover'} another area than the first`,
    fixes: () => [AS_MOSAIC],
    isRemovable: true,
  },
  resolution_mismatch: {
    fixes: () => [{ label: 'Take the finest', change: { kind: 'set', fields: { strategy: 'finest' } } }],
    isRemovable: true,
  },
  color_interp_mismatch: {
    title: (count, { expected }) =>
      `${formatPlural(count, 'source')} ${count === 1 ? 'has' : 'have'} another colour than ${expected} in a band`,
    isRemovable: true,
  },
  palette_mismatch: {
    title: (count) => `${formatPlural(count, 'source')} ${count === 1 ? 'has' : 'have'} another palette`,
    isRemovable: true,
  },
  scale_offset_mismatch: {
    title: (count) => `${formatPlural(count, 'source')} ${count === 1 ? 'has' : 'have'} another scale or offset`,
    isRemovable: true,
  },
  nodata_inconsistent: LEFT_OUT,
  source_not_found: {
    title: (count) => `${formatPlural(count, 'source')} ${are(count)} not in the catalogue any more`,
    isRemovable: true,
  },
  empty_output: {
    fixes: ({ option }) => [
      set(option === 'resolution' ? 'Leave resolution out' : 'Take all of the sources', { [option ?? 'bounds']: '' }),
    ],
  },
  too_large_output: FINENESS,
  resolution_too_fine: FINENESS,
  pixel_function_unsupported: {
    fixes: () => [set('Take the source on top', { pixel_function: '' }), edit('Set a nodata value', 'nodata')],
  },
  unknown_source_order: { fixes: () => [set('Order them by hand', { source_order: '' })] },
  confirmation_required: {
    fixes: () => [
      set('Share their pixels', { confirm_public_sources: 'true' }),
      { label: 'Keep it private', change: { kind: 'set', fields: { visibility: 'private' } } },
    ],
    isWithoutAdvice: true,
  },
  invalid_option: OPTION,
  conflicting_options: OPTION,
  unknown_crs: OPTION,
};

/** By the `type` of warnings, which stand in nobody's way. */
const WARNINGS: Readonly<Record<string, Recipe>> = {
  misaligned_pixels: {
    fixes: ({ draft }) =>
      draft.options.snap === 'true' || draft.options.crs !== undefined
        ? []
        : [set('Snap to whole pixels', { snap: 'true' })],
  },
  gaps: { fixes: ({ draft }) => (draft.options.nodata === undefined ? [edit('Set a nodata value', 'nodata')] : []) },
  source_outside_output: {
    fixes: ({ draft }) => [draft.options.bounds === undefined ? null : set('Take all of the sources', { bounds: '' })],
    isRemovable: true,
  },
  nodata_collision: { fixes: () => [edit('Set a nodata value', 'nodata')] },
  dtype_narrowed: { fixes: () => [set('Promote to a common type', { dtype: 'promote' })] },
  wider_than_sources: {
    fixes: () => [{ label: 'Keep it private', change: { kind: 'set', fields: { visibility: 'private' } } }],
  },
};

/** What validate found, in groups: of one kind, and about one option. At most as many as there are kinds. */
export function findingsOf(
  items: readonly (ValidationItem | VrtWarning)[],
  draft: Draft,
  { isWarning = false, crs = null }: { readonly isWarning?: boolean; readonly crs?: string | null } = {},
): readonly Finding[] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const option = optionOf(item);
    const key = `${item.type} ${option ?? ''}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()].map((group) => findingOf(group, draft, isWarning ? WARNINGS : PROBLEMS, crs, isWarning));
}

function findingOf(
  items: readonly Item[],
  draft: Draft,
  recipes: Readonly<Record<string, Recipe>>,
  crs: string | null,
  isWarning: boolean,
): Finding {
  const [first = { type: 'unknown', msg: '' }] = items;
  const sources = [...new Set(items.flatMap((item) => sourceOf(item, draft) ?? []))];
  const option = optionOf(first);
  const recipe = recipes[first.type] ?? (isWarning ? {} : LEFT_OUT);
  const hint = textOf(first.ctx?.['hint']);
  const facts: Facts = {
    items,
    expected: textOf(first.ctx?.['expected']) ?? '',
    actual: textOf(first.ctx?.['actual']) ?? '',
    usual: mostFrequent(items.map(({ ctx }) => textOf(ctx?.['actual']) ?? '')),
    hasHint: hint !== null,
    option,
    draft,
    crs,
  };
  const fixes = (recipe.fixes?.(facts) ?? []).flatMap((fix) => fix ?? []);
  const title = sources.length > 0 ? recipe.title?.(sources.length, facts) : undefined;
  const [reference] = draft.ids;
  return {
    type: first.type,
    title: title ?? (sources.length > 1 ? `${formatPlural(sources.length, 'source')}: ${first.msg}` : first.msg),
    message: first.msg,
    advice: recipe.isWithoutAdvice === true ? null : textOf(first.ctx?.['fix']),
    hint,
    sources,
    option,
    fixes: [
      ...fixes,
      ...(recipe.isRemovable === true && sources.length > 0 && draft.filter === null
        ? [
            hint !== null && reference !== undefined
              ? { label: 'Remove the first source', change: { kind: 'remove', ids: [reference] } as const }
              : {
                  label: sources.length === 1 ? 'Remove it' : `Remove these ${sources.length}`,
                  change: { kind: 'remove', ids: sources } as const,
                },
          ]
        : []),
    ],
  };
}

/** Leaves out all sources that are refused, for whatever reasons; null where one button of the findings says the same, or too few stay. */
export function leaveOutFix(findings: readonly Finding[], { ids }: Pick<Draft, 'ids'>): Fix | null {
  const refused = new Set(findings.flatMap(({ sources }) => sources));
  const hasSeveral = findings.filter(({ sources }) => sources.length > 0).length > 1;
  if (!hasSeveral || ids.length - refused.size < 2) return null;
  return {
    label: `Leave out all ${formatCount(refused.size)} refused`,
    change: { kind: 'remove', ids: [...refused] },
  };
}

/** The source that an item is about; null where it is about none. */
function sourceOf({ loc, input }: Item, { ids }: Draft): string | null {
  const [, field, index] = loc ?? [];
  if (field === 'source_dataset_ids' && typeof index === 'number') return ids[index] ?? null;
  return field === 'source_filter' && typeof input === 'string' ? input : null;
}

function optionOf({ loc }: Item): OptionName | null {
  return OPTION_NAMES.find((name) => name === loc?.[1]) ?? null;
}

/** What is said of each refused source, in the words of its first problem. */
export function messagesBySource(items: readonly ValidationItem[], draft: Draft): ReadonlyMap<string, string> {
  const messages = new Map<string, string>();
  for (const item of items) {
    const id = sourceOf(item, draft);
    if (id !== null && !messages.has(id)) messages.set(id, withoutName(item.msg));
  }
  return messages;
}

/** Its row says which source it is. */
function withoutName(message: string): string {
  const rest = message.replace(/^Source "(?:.*?)" (?=[a-z])/su, '');
  return rest === message ? message : `${rest[0]?.toUpperCase()}${rest.slice(1)}`;
}

function mostFrequent(texts: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best), ['', 0] as [string, number])[0];
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function are(count: number): string {
  return count === 1 ? 'is' : 'are';
}
