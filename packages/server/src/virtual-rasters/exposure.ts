import { isWider } from '../access.ts';
import type { Visibility } from '../db/tables.ts';
import type { CatalogueSource } from './source-table.ts';

/**
 * What to know where more people will see a virtual raster than see its sources, as a sentence; null where they are the
 * same or fewer. Pixels stay behind the sources' own visibility, but a picture of them does not.
 */
export function exposureWarning(
  visibility: Visibility,
  sources: readonly Pick<CatalogueSource, 'label' | 'visibility'>[],
): string | null {
  const exposed = sources.filter((source) => isWider(visibility, source.visibility));
  const [first] = exposed;
  if (first === undefined) return null;
  const others = exposed.length === 1 ? '' : ` and ${exposed.length - 1} more of its sources`;
  return (
    `The virtual raster is ${visibility}, "${first.label}"${others} ${exposed.length === 1 ? 'is' : 'are'} not: its ` +
    'thumbnail and statistics show them to all who see it, who yet cannot download it. Widen the sources, or narrow it.'
  );
}
