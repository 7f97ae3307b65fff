import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';

/** Where something will be; as large as that, so that nothing moves when it comes. */
export function Skeleton({ className }: { readonly className?: string }): ReactNode {
  return <span aria-hidden="true" className={classNames('breathe block rounded-sm bg-hover', className)} />;
}
