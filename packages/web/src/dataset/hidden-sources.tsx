import type { Dataset } from '@inlay/contract';
import { EyeOff } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatPlural } from '../format.ts';
import { Button } from '../ui/button.tsx';
import { Note } from '../ui/states.tsx';

export interface HiddenSourcesProps {
  readonly dataset: Dataset;
  /** How many sources whoever looks may not see; at least one. */
  readonly count: number;
  /** How many they may. */
  readonly shownCount: number;
  readonly isBusy: boolean;
  /** Builds it of the sources that are shown. */
  readonly onLeaveOut: () => void;
}

/** Why the list of sources is not whole, why it cannot be changed then, and what to do. */
export function HiddenSources({ dataset, count, shownCount, isBusy, onLeaveOut }: HiddenSourcesProps): ReactNode {
  const { access, created_by_name: owner } = dataset;
  const are = count === 1 ? 'is' : 'are';
  if (access.level === 'view') {
    return (
      <p className="shrink-0 border-b border-line px-4 py-2 text-sm text-soft">
        {formatPlural(count, 'source')} of it {are} not shown to you.
      </p>
    );
  }
  return (
    <div className="shrink-0 border-b border-line p-3">
      <Note tone="warn" icon={EyeOff}>
        {access.by === 'owner' ? (
          <>
            <p>
              {formatPlural(count, 'source')} of it {count === 1 ? 'was' : 'were'} hidden from you since it was built.
              Until you see {count === 1 ? 'it' : 'them'} again, its pixels are not shown to you, and it cannot be built
              anew.
            </p>
            <p className="text-soft">Ask their owners to share them with you, or build it of what you see.</p>
            <Button size="sm" className="mt-2" busy={isBusy} disabled={shownCount < 2} onClick={onLeaveOut}>
              Build it without {count === 1 ? 'it' : 'them'}
            </Button>
          </>
        ) : (
          <>
            <p>
              {formatPlural(count, 'source')} of it {are} not shown to you: you can build it anew, but not change the
              list.
            </p>
            <p className="text-soft">
              Ask {owner ?? 'its owner'} to share {count === 1 ? 'it' : 'them'} with you, or to make the change.
            </p>
          </>
        )}
      </Note>
    </div>
  );
}
