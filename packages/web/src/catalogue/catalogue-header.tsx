import { SlidersHorizontal, X } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { formatDay, formatPlural } from '../format.ts';
import { Button } from '../ui/button.tsx';
import { Select, type SelectOption } from '../ui/field.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import type { CatalogueSearch, DatasetSort } from './catalogue-search.ts';
import { NO_FILTERS } from './catalogue-search.ts';
import { FilterPanel } from './filter-panel.tsx';

export interface CatalogueHeaderProps {
  readonly search: CatalogueSearch;
  /** How many match; null while that is not known. */
  readonly total: number | null;
  readonly onChange: (change: Partial<CatalogueSearch>) => void;
}

const SORTS: readonly SelectOption<DatasetSort>[] = [
  { value: '-created_at', label: 'Newest first' },
  { value: 'created_at', label: 'Oldest first' },
  { value: '-updated_at', label: 'Last changed' },
  { value: 'title', label: 'By title' },
  { value: '-title', label: 'By title, backwards' },
];

/** How many there are, in what order, and what they are narrowed down by. */
export function CatalogueHeader({ search, total, onChange }: CatalogueHeaderProps): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const active = activeFilters(search);
  return (
    <header className="shrink-0">
      <div className="flex h-12 items-center gap-2 border-b border-line pr-3 pl-4">
        <h1 className="flex-1 truncate font-semibold" aria-live="polite">
          {total === null ? <Skeleton className="h-4 w-24" /> : formatPlural(total, 'dataset')}
        </h1>
        <div className="w-34">
          <Select
            size="sm"
            aria-label="Order"
            value={search.sort ?? '-created_at'}
            options={SORTS}
            onValueChange={(sort) => onChange({ sort: sort === '-created_at' ? undefined : sort })}
          />
        </div>
        <Button
          size="sm"
          variant={isOpen ? 'quiet' : 'plain'}
          icon={SlidersHorizontal}
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        >
          Filters
        </Button>
      </div>
      {isOpen && <FilterPanel search={search} onChange={onChange} />}
      {active.length > 0 && (
        <ul className="m-0 flex list-none flex-wrap gap-1.5 border-b border-line px-4 py-2" aria-label="Active filters">
          {active.map(({ label, without }) => (
            <li key={label} className="min-w-0">
              <button
                type="button"
                aria-label={`Remove the filter ${label}`}
                className="flex h-6 max-w-full items-center gap-1 rounded-full bg-accent-wash pr-1.5 pl-2.5 text-xs font-medium text-accent hover:bg-hover"
                onClick={() => onChange(without)}
              >
                <span className="truncate">{label}</span>
                <X size={12} aria-hidden="true" />
              </button>
            </li>
          ))}
          {active.length > 1 && (
            <li>
              <button
                type="button"
                className="h-6 px-1 text-xs font-medium text-soft underline underline-offset-2 hover:text-ink"
                onClick={() => onChange(NO_FILTERS)}
              >
                Clear all
              </button>
            </li>
          )}
        </ul>
      )}
    </header>
  );
}

interface ActiveFilter {
  readonly label: string;
  /** The change that takes it away. */
  readonly without: Partial<CatalogueSearch>;
}

function activeFilters({ q, type, visibility, from, to, extent }: CatalogueSearch): ActiveFilter[] {
  const filters: ActiveFilter[] = [];
  if (q !== undefined) filters.push({ label: `“${q}”`, without: { q: undefined } });
  if (type !== undefined) {
    filters.push({
      label: type === 'vrt_dataset' ? 'Virtual rasters' : 'Raster files',
      without: { type: undefined },
    });
  }
  if (visibility !== undefined) filters.push({ label: visibility, without: { visibility: undefined } });
  if (from !== undefined || to !== undefined) {
    const label =
      from === undefined
        ? `until ${formatDay(to ?? '')}`
        : to === undefined
          ? `since ${formatDay(from)}`
          : `${formatDay(from)} to ${formatDay(to)}`;
    filters.push({ label, without: { from: undefined, to: undefined } });
  }
  if (extent !== undefined) {
    filters.push({ label: extent === 'view' ? 'What the map shows' : 'In a box', without: { extent: undefined } });
  }
  return filters;
}
