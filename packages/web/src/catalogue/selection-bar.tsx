import { Link } from '@tanstack/react-router';
import { Layers, Scan, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatCount } from '../format.ts';
import { encodeSelection } from '../selection.ts';
import { buttonClass, IconButton } from '../ui/button.tsx';

export interface SelectionBarProps {
  readonly selected: readonly string[];
  readonly mayBuild: boolean;
  readonly onZoom: () => void;
  readonly onClear: () => void;
}

/** What can be done with what is selected. */
export function SelectionBar({ selected, mayBuild, onZoom, onClear }: SelectionBarProps): ReactNode {
  const [first] = selected;
  if (first === undefined) return null;
  return (
    <section
      aria-label="Selection"
      className="flex h-13 shrink-0 items-center gap-1 border-t border-line bg-raised pr-3 pl-4"
    >
      <span className="flex-1 font-medium" aria-live="polite">
        {formatCount(selected.length)} selected
      </span>
      <IconButton icon={Scan} label="Show the selection on the map" side="top" onClick={onZoom} />
      <IconButton icon={X} label="Clear the selection" shortcut="Esc" side="top" onClick={onClear} />
      {selected.length === 1 ? (
        <Link to="/datasets/$id" params={{ id: first }} className={buttonClass('primary')}>
          Open
        </Link>
      ) : (
        mayBuild && (
          <Link to="/build" search={{ sources: encodeSelection(selected) }} className={buttonClass('primary')}>
            <Layers size={16} aria-hidden="true" />
            Build from these
          </Link>
        )
      )}
    </section>
  );
}
