import type { Dataset } from '@inlay/contract';
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { VirtualList, type VirtualListHandle } from '../ui/virtual-list.tsx';
import { moved } from './draft.ts';
import type { Finding, Fix } from './findings.ts';
import { SOURCE_ROW_HEIGHT } from './source-facts.tsx';
import { SourceRow, type SourceRowActions } from './source-row.tsx';
import { useDatasets } from './use-datasets.ts';
import { type Drag, useDragging } from './use-dragging.ts';

export interface SourceListProps {
  /** The ids from the top row to the last. */
  readonly shown: readonly string[];
  /** Whether the top row lies on top; of a band stack it is band 1. */
  readonly isMosaic: boolean;
  /** Why sources are refused, by id; and what cures it. */
  readonly refusals?: ReadonlyMap<string, string>;
  readonly findings?: readonly Finding[];
  /** A word about a source, beside its title. */
  readonly badgeOf?: (id: string) => ReactNode;
  readonly hovered?: string | null;
  /** All ids, in another order. */
  readonly onReorder: (shown: readonly string[]) => void;
  readonly onRemove: (id: string, dataset: Dataset | null | undefined) => void;
  readonly onZoom: (id: string, dataset: Dataset | null | undefined) => void;
  readonly onFix?: (fix: Fix) => void;
  readonly onHover?: (id: string | null) => void;
}

const NO_REFUSALS: ReadonlyMap<string, string> = new Map();

/** Sources in their order: dragged by their grips or moved by keys, of any number. */
export function SourceList(props: SourceListProps): ReactNode {
  const { isMosaic, refusals = NO_REFUSALS, findings = [], badgeOf, hovered = null, onReorder } = props;
  const [range, setRange] = useState<readonly [number, number]>([0, 12]);
  const [drag, setDrag] = useState<Drag | null>(null);
  const list = useRef<VirtualListHandle>(null);
  const shown = useMemo(
    () => (drag === null ? props.shown : moved(props.shown, drag.from, drag.to)),
    [props.shown, drag],
  );
  const datasets = useDatasets(shown.slice(range[0], range[1]));
  const onRange = useCallback((first: number, end: number) => setRange([first, end]), []);

  const move = (from: number, to: number): void => {
    const next = moved(props.shown, from, to);
    if (next === props.shown) return;
    onReorder(next);
    list.current?.focus(next.indexOf(props.shown[from] ?? ''));
  };
  const grip = useDragging(list, drag, setDrag, move);

  const latest = useRef({ props, datasets, move, grip });
  useEffect(() => {
    latest.current = { props, datasets, move, grip };
  });
  // The same as long as the list is there, so that only rows that differ are drawn anew.
  const [actions] = useState<SourceRowActions>(() => ({
    onMove: (from, to) => latest.current.move(from, to),
    onGrip: (event, index) => latest.current.grip(event, index),
    onZoom: (id) => latest.current.props.onZoom(id, latest.current.datasets.get(id)),
    onRemove: (id) => latest.current.props.onRemove(id, latest.current.datasets.get(id)),
    onFix: (fix) => latest.current.props.onFix?.(fix),
    onHover: (id) => latest.current.props.onHover?.(id),
  }));

  return (
    <VirtualList
      ref={list}
      label={sourcesLabel(isMosaic)}
      count={shown.length}
      rowHeight={SOURCE_ROW_HEIGHT}
      onRange={onRange}
      renderRow={(index) => {
        const id = shown[index];
        if (id === undefined) return null;
        const refusal = refusals.get(id) ?? null;
        return (
          <SourceRow
            id={id}
            dataset={datasets.get(id)}
            number={index + 1}
            count={shown.length}
            refusal={refusal}
            finding={refusal === null ? null : (findings.find(({ sources }) => sources.includes(id)) ?? null)}
            badge={badgeOf?.(id)}
            isHovered={hovered === id}
            isDragged={drag?.to === index}
            actions={actions}
          />
        );
      }}
    />
  );
}

/** What a list of sources is called: it tells what its order means. */
export function sourcesLabel(isMosaic: boolean): string {
  return isMosaic ? 'Sources, the one on top first' : 'Sources, band 1 first';
}
