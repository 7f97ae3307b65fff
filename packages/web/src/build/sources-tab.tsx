import { Undo2 } from 'lucide-react';
import {
  type PointerEvent as ReactPointerEvent,
  type ReactNode,
  useCallback,
  useEffect,
  useRef,
  useState,
} from 'react';
import { formatPlural } from '../format.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { Select } from '../ui/field.tsx';
import { VirtualList, type VirtualListHandle } from '../ui/virtual-list.tsx';
import { type Draft, type DraftChange, moved, sentOrder } from './draft.ts';
import type { Finding, Fix } from './findings.ts';
import { SOURCE_ROW_HEIGHT } from './source-facts.tsx';
import { SourceRow } from './source-row.tsx';
import { useDatasets } from './use-datasets.ts';

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

/** A row that is being dragged, and where it is now. */
export interface Drag {
  readonly from: number;
  readonly to: number;
}

/** The chosen sources in their order. */
export function SourcesTab(props: SourcesTabProps): ReactNode {
  const { draft, refusals, findings, hovered, canUndo, onUndo, onChange, onFix, onZoom, onHover } = props;
  const [range, setRange] = useState<readonly [number, number]>([0, 12]);
  const [drag, setDrag] = useState<Drag | null>(null);
  const list = useRef<VirtualListHandle>(null);
  const shown = drag === null ? props.shown : moved(props.shown, drag.from, drag.to);
  const datasets = useDatasets(shown.slice(range[0], range[1]));
  const onRange = useCallback((first: number, end: number) => setRange([first, end]), []);
  const isMosaic = draft.vrtType === 'mosaic';

  const move = (from: number, to: number): void => {
    const next = moved(props.shown, from, to);
    if (next === props.shown) return;
    onChange({ kind: 'order', ids: sentOrder(next, draft.vrtType) });
    list.current?.focus(next.indexOf(props.shown[from] ?? ''));
  };
  const grip = useDragging(list, drag, setDrag, (from, to) => move(from, to));

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
      <VirtualList
        ref={list}
        label={isMosaic ? 'Sources, the one on top first' : 'Sources, band 1 first'}
        count={shown.length}
        rowHeight={SOURCE_ROW_HEIGHT}
        onRange={onRange}
        renderRow={(index) => {
          const id = shown[index];
          if (id === undefined) return null;
          const refusal = refusals.get(id) ?? null;
          const finding = refusal === null ? undefined : findings.find(({ sources }) => sources.includes(id));
          return (
            <SourceRow
              id={id}
              dataset={datasets.get(id)}
              number={index + 1}
              count={shown.length}
              refusal={refusal}
              fix={fixAtRow(finding, id)}
              isHovered={hovered === id}
              isDragged={drag?.to === index}
              onFix={onFix}
              onMove={(to) => move(index, to)}
              onGrip={(event) => grip(event, index)}
              onZoom={() => onZoom(id)}
              onRemove={() =>
                onChange({ kind: 'remove', ids: [id] }, `Removed “${datasets.get(id)?.title ?? 'a source'}”`)
              }
              onHover={(isOver) => onHover(isOver ? id : null)}
            />
          );
        }}
      />
    </>
  );
}

/** At its row, leaving a source out means this one. */
function fixAtRow(finding: Finding | undefined, id: string): Fix | null {
  const [first] = finding?.fixes ?? [];
  if (first === undefined || finding === undefined) return null;
  return first.change.kind === 'remove' ? { label: 'Remove it', change: { kind: 'remove', ids: [id] } } : first;
}

const EDGE_PIXELS = 36;

/** Drags rows by their grip, with a pointer of any kind; the list scrolls where it is dragged to its edges. Escape leaves it. */
export function useDragging(
  list: React.RefObject<VirtualListHandle | null>,
  drag: Drag | null,
  setDrag: (drag: Drag | null) => void,
  onDrop: (from: number, to: number) => void,
): (event: ReactPointerEvent, index: number) => void {
  const end = useRef<() => void>(() => undefined);
  const current = useRef(drag);
  const drop = useRef(onDrop);
  useEffect(() => {
    current.current = drag;
    drop.current = onDrop;
  });
  useEffect(() => () => end.current(), []);
  return (event, index) => {
    if (event.button !== 0 || !event.isPrimary) return;
    const startY = event.clientY;
    const move = ({ clientX, clientY }: PointerEvent): void => {
      if (current.current === null && Math.abs(clientY - startY) < 4) return;
      const row = document
        .elementsFromPoint(clientX, clientY)
        .find((element) => element instanceof HTMLElement && element.dataset['row'] !== undefined);
      const to = row instanceof HTMLElement ? Number(row.dataset['row']) : (current.current?.to ?? index);
      setDrag({ from: index, to });
      const box = row?.parentElement?.parentElement?.getBoundingClientRect();
      if (box !== undefined && clientY < box.top + EDGE_PIXELS) list.current?.scrollTo(Math.max(0, to - 1));
      if (box !== undefined && clientY > box.bottom - EDGE_PIXELS) list.current?.scrollTo(to + 1);
    };
    const finish = (isDropped: boolean): void => {
      end.current();
      const dragged = current.current;
      setDrag(null);
      if (isDropped && dragged !== null) drop.current(dragged.from, dragged.to);
    };
    const up = (): void => finish(true);
    const cancel = (): void => finish(false);
    const key = ({ key }: KeyboardEvent): void => {
      if (key === 'Escape') cancel();
    };
    end.current = () => {
      removeEventListener('pointermove', move);
      removeEventListener('pointerup', up);
      removeEventListener('pointercancel', cancel);
      removeEventListener('keydown', key);
    };
    addEventListener('pointermove', move);
    addEventListener('pointerup', up);
    addEventListener('pointercancel', cancel);
    addEventListener('keydown', key);
  };
}
