import type { ReactNode } from 'react';
import { Skeleton } from '../ui/skeleton.tsx';

/** In place of a log that is being asked for. */
export function ActivityPending(): ReactNode {
  return (
    <div className="flex flex-col gap-px" aria-busy="true">
      {Array.from({ length: 6 }, (_, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- they are all the same
        <Skeleton key={index} className="h-13 w-full" />
      ))}
    </div>
  );
}
