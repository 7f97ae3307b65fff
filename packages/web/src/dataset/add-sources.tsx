import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { queries } from '../api.ts';
import { errorLine } from '../describe-error.ts';
import { formatCount } from '../format.ts';
import { thumbnailUrl } from '../map/dataset-tiles.ts';
import { Field, Input } from '../ui/field.tsx';
import { Thumbnail } from '../ui/thumbnail.tsx';

/** Rasters that are listed at once; more are found by typing more. */
const LISTED = 20;

export interface AddSourcesProps {
  /** What is there already. */
  readonly chosen: ReadonlySet<string>;
  readonly onAdd: (id: string) => void;
}

/** Rasters to add to the sources, found by their titles. */
export function AddSources({ chosen, onAdd }: AddSourcesProps): ReactNode {
  const [text, setText] = useState('');
  const q = text.trim();
  const { data, error } = useQuery(
    queries.datasets({ record_type: 'raster_dataset', limit: LISTED, ...(q === '' ? {} : { q }) }),
  );
  const offered = data?.datasets.filter(({ id }) => !chosen.has(id));
  return (
    <section aria-label="Add sources" className="flex shrink-0 flex-col gap-2 border-b border-line bg-sunken p-3">
      <Field label="Find rasters to add" isLabelHidden>
        <Input
          type="search"
          placeholder="Find rasters to add"
          maxLength={200}
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
      </Field>
      {error !== null && <p className="text-sm text-danger">{errorLine(error)}</p>}
      <ul className="m-0 h-44 list-none overflow-y-auto p-0">
        {offered?.map(({ id, title }) => (
          <li key={id}>
            <button
              type="button"
              aria-label={`Add ${title}`}
              className="flex w-full items-center gap-2.5 rounded-md px-1.5 py-1 text-left hover:bg-hover focus-visible:-outline-offset-2"
              onClick={() => onAdd(id)}
            >
              <Thumbnail src={thumbnailUrl(id, 28)} size={28} />
              <span className="min-w-0 flex-1 truncate">{title}</span>
              <Plus size={15} aria-hidden="true" className="shrink-0 text-soft" />
            </button>
          </li>
        ))}
        {offered?.length === 0 && (
          <li className="py-3 text-center text-sm text-soft">
            {q === '' ? 'Every raster is in it already.' : 'Nothing else matches.'}
          </li>
        )}
      </ul>
      {data !== undefined && data.total > data.datasets.length && (
        <p className="text-xs text-soft">
          The first {LISTED} of {formatCount(data.total)}. Type to find others.
        </p>
      )}
    </section>
  );
}
