import type { ReactNode } from 'react';
import { Skeleton } from '../ui/skeleton.tsx';

/** What a page shows while its code is loaded. */
export function PagePending(): ReactNode {
  return (
    <div className="flex flex-col gap-3 p-4" aria-busy="true">
      <Skeleton className="h-6 w-40" />
      <Skeleton className="h-4 w-full" />
      <Skeleton className="h-4 w-3/4" />
    </div>
  );
}
