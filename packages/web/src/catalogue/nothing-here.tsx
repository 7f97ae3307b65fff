import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { hasRole, useMe } from '../session.ts';
import { Button, buttonClass } from '../ui/button.tsx';
import { Empty } from '../ui/states.tsx';

export interface NothingHereProps {
  /** Whether there may be some that filters leave out. */
  readonly isNarrowed: boolean;
  readonly onClear: () => void;
}

/** Why the list is empty, and what to do about it. */
export function NothingHere({ isNarrowed, onClear }: NothingHereProps): ReactNode {
  const me = useMe();
  if (isNarrowed) {
    return (
      <Empty title="Nothing matches" actions={<Button onClick={onClear}>Clear the filters</Button>}>
        No dataset that you may see fits all of this.
      </Empty>
    );
  }
  if (hasRole(me, 'editor')) {
    return (
      <Empty
        title="The catalogue is empty"
        actions={
          <Link to="/add" className={buttonClass('primary')}>
            Add rasters
          </Link>
        }
      >
        Upload GeoTIFFs, or register those that lie on the server. Then combine them into virtual rasters.
      </Empty>
    );
  }
  return (
    <Empty
      title="Nothing to see yet"
      actions={
        me === null && (
          <Link to="/sign-in" className={buttonClass('primary')}>
            Sign in
          </Link>
        )
      }
    >
      {me === null
        ? 'No dataset here is public. Sign in to see those that are shared with you.'
        : 'No dataset is shared with you.'}
    </Empty>
  );
}
