import { RECORD_TYPES, VISIBILITIES } from '@inlay/contract';
import { type ReactNode, useState } from 'react';
import { formatBBox, parseBBox } from '../map/bbox.ts';
import { currentSight } from '../map/viewport.ts';
import { Button } from '../ui/button.tsx';
import { Field, Input, Select, type SelectOption } from '../ui/field.tsx';
import type { CatalogueSearch } from './catalogue-search.ts';

export interface FilterPanelProps {
  readonly search: CatalogueSearch;
  readonly onChange: (change: Partial<CatalogueSearch>) => void;
}

const ANY = 'any';
const TYPES: readonly SelectOption<string>[] = [
  { value: ANY, label: 'All' },
  { value: RECORD_TYPES[0], label: 'Raster files' },
  { value: RECORD_TYPES[1], label: 'Virtual rasters' },
];
const WHO: readonly SelectOption<string>[] = [
  { value: ANY, label: 'Anyone’s' },
  ...VISIBILITIES.map((value) => ({ value, label: `${value.charAt(0).toUpperCase()}${value.slice(1)}` })),
];
const WHERE: readonly SelectOption<'' | 'view' | 'box'>[] = [
  { value: '', label: 'Everywhere' },
  { value: 'view', label: 'What the map shows' },
  { value: 'box', label: 'A box' },
];

/** What the catalogue can be narrowed down by, beside the text. */
export function FilterPanel({ search, onChange }: FilterPanelProps): ReactNode {
  const { extent } = search;
  const where = extent === undefined ? '' : extent === 'view' ? 'view' : 'box';
  const chooseWhere = (next: '' | 'view' | 'box'): void => {
    const box = currentSight()?.bbox ?? [-180, -85, 180, 85];
    const clamped = [Math.max(-180, box[0]), box[1], Math.min(180, box[2]), box[3]] as const;
    onChange({ extent: next === '' ? undefined : next === 'view' ? 'view' : formatBBox(clamped) });
  };
  return (
    <div className="settle grid grid-cols-2 gap-3 border-b border-line bg-sunken px-4 py-3">
      <Field label="Kind">
        <Select
          size="sm"
          value={search.type ?? ANY}
          options={TYPES}
          onValueChange={(type) => onChange({ type: RECORD_TYPES.find((one) => one === type) })}
        />
      </Field>
      <Field label="Visibility">
        <Select
          size="sm"
          value={search.visibility ?? ANY}
          options={WHO}
          onValueChange={(who) => onChange({ visibility: VISIBILITIES.find((one) => one === who) })}
        />
      </Field>
      <Field label="Taken from">
        <Input
          type="date"
          className="h-7! text-sm"
          value={search.from ?? ''}
          max={search.to}
          onChange={({ target }) => onChange({ from: target.value === '' ? undefined : target.value })}
        />
      </Field>
      <Field label="to">
        <Input
          type="date"
          className="h-7! text-sm"
          value={search.to ?? ''}
          min={search.from}
          onChange={({ target }) => onChange({ to: target.value === '' ? undefined : target.value })}
        />
      </Field>
      <Field label="Where" className="col-span-2">
        <Select size="sm" value={where} options={WHERE} onValueChange={chooseWhere} />
      </Field>
      {where === 'box' && <BoxField key={extent} extent={extent ?? ''} onChange={onChange} />}
    </div>
  );
}

/** The box in numbers: what drawing it on the map does, for the keyboard. */
function BoxField({ extent, onChange }: { readonly extent: string } & Pick<FilterPanelProps, 'onChange'>): ReactNode {
  const [text, setText] = useState(extent.replaceAll(',', ', '));
  const box = parseBBox(text);
  return (
    <form
      className="col-span-2 flex items-start gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (box !== null) onChange({ extent: formatBBox(box) });
      }}
    >
      <Field
        label="West, south, east, north"
        isLabelHidden
        className="flex-1"
        error={box === null ? 'Four numbers in degrees, south below north.' : null}
        hint="West, south, east, north in degrees"
      >
        <Input className="h-7! text-sm" value={text} onChange={({ target }) => setText(target.value)} />
      </Field>
      <Button size="sm" type="submit" disabled={box === null}>
        Apply
      </Button>
    </form>
  );
}
