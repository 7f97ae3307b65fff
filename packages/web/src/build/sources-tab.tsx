import { Undo2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatPlural } from '../format.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { Select } from '../ui/field.tsx';
import { type Draft, type DraftChange, sentOrder } from './draft.ts';
import type { Finding, Fix } from './findings.ts';
import { SourceList } from './source-list.tsx';

export interface SourcesTabProps {
  readonly draft: Draft;
  /** The ids from the top row to the last. */
  readonly shown: readonly string[];
  /** Why sources are refused, by id. */
  readonly refusals: ReadonlyMap<string, string>;
  readonly findings: readonly Finding[];
  readonly hovered: string | null;
  readonly canUndo: boolean;
  readonly onUndo: () => void;
  readonly onChange: (change: DraftChange, said?: string) => void;
  readonly onFix: (fix: Fix) => void;
  readonly onZoom: (id: string) => void;
  readonly onHover: (id: string | null) => void;
}

const ORDERS = [
  { value: 'as_given', label: 'By hand' },
  { value: 'datetime', label: 'Newest on top' },
  { value: 'resolution', label: 'Finest on top' },
  { value: 'cloud_cover', label: 'Clearest on top' },
] as const;
const STACK_LABELS: Readonly<Record<string, string>> = {
  as_given: 'By hand',
  datetime: 'Oldest first',
  resolution: 'Coarsest first',
  cloud_cover: 'Cloudiest first',
};

/** The chosen sources in their order. */
export function SourcesTab(props: SourcesTabProps): ReactNode {
  const { draft, shown, refusals, findings, hovered, canUndo, onUndo, onChange, onFix, onZoom, onHover } = props;
  const isMosaic = draft.vrtType === 'mosaic';
  return (
    <>
      <div className="flex h-11 shrink-0 items-center gap-2 border-b border-line px-3">
        <Select
          size="sm"
          aria-label="Order"
          className="w-auto!"
          value={ORDERS.find(({ value }) => value === draft.options.source_order)?.value ?? 'as_given'}
          options={isMosaic ? ORDERS : ORDERS.map(({ value }) => ({ value, label: STACK_LABELS[value] ?? value }))}
          onValueChange={(order) =>
            onChange({ kind: 'options', options: { source_order: order === 'as_given' ? '' : order } })
          }
        />
        <span className="flex-1" />
        <IconButton icon={Undo2} size="sm" label="Undo" shortcut="Ctrl Z" disabled={!canUndo} onClick={onUndo} />
        <Button
          size="sm"
          variant="plain"
          onClick={() => onChange({ kind: 'clear' }, `Removed all ${formatPlural(draft.ids.length, 'source')}`)}
        >
          Clear
        </Button>
      </div>
      <p className="shrink-0 border-b border-line bg-sunken px-3 py-1 text-xs text-soft">
        {isMosaic
          ? 'The top row lies on top where sources overlap.'
          : 'The top row becomes band 1, the next one band 2.'}
      </p>
      <SourceList
        shown={shown}
        isMosaic={isMosaic}
        refusals={refusals}
        findings={findings}
        hovered={hovered}
        onReorder={(next) => onChange({ kind: 'order', ids: sentOrder(next, draft.vrtType) })}
        onRemove={(id, dataset) => onChange({ kind: 'remove', ids: [id] }, `Removed “${dataset?.title ?? 'a source'}”`)}
        onZoom={onZoom}
        onFix={onFix}
        onHover={onHover}
      />
    </>
  );
}
