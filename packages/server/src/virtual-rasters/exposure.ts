import type { ValidationItem, VrtCreate } from '@inlay/contract';
import { isWider } from '../access.ts';
import type { Visibility } from '../db/tables.ts';
import { type ExposedSources, MAX_NAMED_SOURCES } from './confirmation-store.ts';
import type { CatalogueSource } from './source-table.ts';

type SeenSource = Pick<CatalogueSource, 'id' | 'label' | 'visibility'>;

/** The sources that fewer people see than will see a virtual raster of this visibility. */
function exposedSources<S extends Pick<SeenSource, 'visibility'>>(visibility: Visibility, sources: readonly S[]): S[] {
  return sources.filter((source) => isWider(visibility, source.visibility));
}

/** What a request is refused for that shows sources to more people without saying that it means to; null for nothing. */
export function unconfirmedExposure(
  {
    visibility = 'private',
    confirm_public_sources: confirms,
  }: Pick<VrtCreate, 'visibility' | 'confirm_public_sources'>,
  sources: readonly SeenSource[],
): ValidationItem | null {
  const exposed = exposedSources(visibility, sources);
  if (confirms === true || exposed.length === 0) return null;
  const shown = exposed.slice(0, MAX_NAMED_SOURCES).map(({ id, label }) => ({ id, title: label }));
  return confirmationRequired({ count: exposed.length, shown }, `it is ${visibility}`);
}

/** That sources would be shown to people who may not see them, and how to agree to that. @param because what shows them */
export function confirmationRequired({ count, shown }: ExposedSources, because: string): ValidationItem {
  const titles = shown.slice(0, 3).map(({ title }) => `"${title}"`);
  const named = titles.length === 0 ? '' : ` (${titles.join(', ')}${count > titles.length ? ', ...' : ''})`;
  const who = count === 1 ? 'One source' : `${count} sources`;
  return {
    loc: ['body', 'confirm_public_sources'],
    msg: `${who}${named} would be seen by people who may not see ${count === 1 ? 'it' : 'them'}, because ${because}`,
    type: 'confirmation_required',
    input: null,
    ctx: {
      field: 'confirm_public_sources',
      count,
      sources: shown.map(({ id, title }) => ({ dataset_id: id, title })),
      fix: 'send confirm_public_sources: true to share their pixels through it, or choose a narrower visibility',
    },
  };
}

/** What to know where more people see a virtual raster than see its sources, as a sentence; null where they do not. */
export function exposureWarning(
  visibility: Visibility,
  sources: readonly SeenSource[],
  isConfirmed: boolean,
): string | null {
  const exposed = exposedSources(visibility, sources);
  const [first] = exposed;
  if (first === undefined) return null;
  const others = exposed.length === 1 ? '' : ` and ${exposed.length - 1} more of its sources`;
  const consequence = isConfirmed
    ? 'as was confirmed, all who see it see their pixels.'
    : 'it is shown only to those who may see all of them. Confirm that they are shared, or widen them.';
  return `The virtual raster is ${visibility}, "${first.label}"${others} ${exposed.length === 1 ? 'is' : 'are'} not: ${consequence}`;
}
