import type { Dataset } from '@inlay/contract';
import { ArrowDown, ArrowDownToLine, ArrowUp, ArrowUpToLine, Ellipsis, GripVertical, Scan, X } from 'lucide-react';
import { type KeyboardEvent, memo, type PointerEvent, type ReactNode } from 'react';
import { thumbnailUrl } from '../map/dataset-tiles.ts';
import { Badge } from '../ui/badge.tsx';
import { IconButton } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { Menu, MenuItem, MenuSeparator } from '../ui/menu.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { Thumbnail } from '../ui/thumbnail.tsx';
import type { Finding, Fix } from './findings.ts';
import { SourceFacts } from './source-facts.tsx';

/** What can be done at a row; the same object for all of them. Rows count from 0. */
export interface SourceRowActions {
  readonly onMove: (from: number, to: number) => void;
  readonly onGrip: (event: PointerEvent, index: number) => void;
  readonly onZoom: (id: string) => void;
  readonly onRemove: (id: string) => void;
  readonly onFix: (fix: Fix) => void;
  readonly onHover: (id: string | null) => void;
}

export interface SourceRowProps {
  readonly id: string;
  /** Null where it is gone, undefined while it is asked for. */
  readonly dataset: Dataset | null | undefined;
  /** From 1, the top row. */
  readonly number: number;
  readonly count: number;
  /** Why it is refused; null where it is not. */
  readonly refusal: string | null;
  /** What is said of all that are refused for the same reason, and what cures it. */
  readonly finding: Finding | null;
  /** A word about it, beside its title. */
  readonly badge?: ReactNode;
  readonly isHovered: boolean;
  readonly isDragged: boolean;
  readonly actions: SourceRowActions;
}

/** A chosen source: its place in the order, and what is wrong with it. Alt and the arrow keys move it, Delete removes it. */
export const SourceRow = memo(function SourceRow(props: SourceRowProps): ReactNode {
  const { id, dataset, number, count, refusal, finding, badge, isHovered, isDragged, actions } = props;
  const fix = fixAtRow(finding, id);
  const onMove = (to: number): void => actions.onMove(number - 1, to);
  const title = dataset?.title ?? (dataset === null ? 'Not in the catalogue any more' : id);
  const index = number - 1;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Delete' && event.target instanceof HTMLButtonElement) actions.onRemove(id);
    else if (event.altKey && event.key === 'ArrowUp') onMove(event.shiftKey ? 0 : index - 1);
    else if (event.altKey && event.key === 'ArrowDown') onMove(event.shiftKey ? count - 1 : index + 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    // The keys belong to the buttons within.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      className={classNames(
        'flex h-full items-center border-b border-line pr-1',
        refusal !== null ? 'bg-danger-wash' : isHovered && 'bg-hover',
        isDragged && 'relative z-10 bg-raised shadow-pop outline outline-accent',
      )}
      onKeyDown={onKeyDown}
      onPointerEnter={() => actions.onHover(id)}
      onPointerLeave={() => actions.onHover(null)}
    >
      <button
        type="button"
        aria-label={`${title}, ${number} of ${count}. Alt with the arrow keys moves it.`}
        aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown Delete"
        className="flex h-full shrink-0 cursor-grab touch-none items-center gap-0.5 pr-2 pl-1.5 text-soft hover:text-ink focus-visible:-outline-offset-2 active:cursor-grabbing"
        onPointerDown={(event) => actions.onGrip(event, index)}
        onFocus={() => actions.onHover(id)}
        onBlur={() => actions.onHover(null)}
      >
        <GripVertical size={14} aria-hidden="true" />
        <span aria-hidden="true" className="min-w-5 text-right text-xs">
          {number}
        </span>
      </button>
      <Thumbnail src={thumbnailUrl(id, 48)} size={48} className={refusal === null ? '' : 'opacity-50 grayscale'} />
      <div className="flex min-w-0 flex-1 flex-col pl-3">
        <span className="flex items-center gap-1.5">
          <span className={classNames('truncate font-medium', refusal !== null && 'line-through decoration-danger')}>
            {title}
          </span>
          {refusal !== null && <Badge tone="danger">Refused</Badge>}
          {badge}
        </span>
        {refusal !== null ? (
          <>
            <span className="truncate text-xs" title={refusal}>
              {refusal}
            </span>
            {fix !== null && (
              <button
                type="button"
                className="self-start truncate rounded-sm text-xs font-semibold text-danger underline underline-offset-2"
                onClick={() => actions.onFix(fix)}
              >
                {fix.label}
              </button>
            )}
          </>
        ) : dataset === undefined ? (
          <>
            <Skeleton className="mt-1 h-3 w-2/3" />
            <Skeleton className="mt-1.5 h-3 w-1/2" />
          </>
        ) : (
          dataset !== null && <SourceFacts dataset={dataset} />
        )}
      </div>
      <IconButton icon={X} size="sm" label={`Remove ${title}`} side="left" onClick={() => actions.onRemove(id)} />
      <Menu trigger={<IconButton icon={Ellipsis} size="sm" label={`More for ${title}`} side="left" />}>
        <MenuItem icon={ArrowUpToLine} disabled={index === 0} onSelect={() => onMove(0)}>
          Move to the top
        </MenuItem>
        <MenuItem icon={ArrowUp} disabled={index === 0} onSelect={() => onMove(index - 1)}>
          Move up
        </MenuItem>
        <MenuItem icon={ArrowDown} disabled={number === count} onSelect={() => onMove(index + 1)}>
          Move down
        </MenuItem>
        <MenuItem icon={ArrowDownToLine} disabled={number === count} onSelect={() => onMove(count - 1)}>
          Move to the bottom
        </MenuItem>
        <MenuSeparator />
        <MenuItem icon={Scan} onSelect={() => actions.onZoom(id)}>
          Show on the map
        </MenuItem>
      </Menu>
    </div>
  );
});

/** At its row, leaving a source out means this one. */
function fixAtRow(finding: Finding | null, id: string): Fix | null {
  const [first] = finding?.fixes ?? [];
  if (first === undefined) return null;
  return first.change.kind === 'remove' ? { label: 'Remove it', change: { kind: 'remove', ids: [id] } } : first;
}
