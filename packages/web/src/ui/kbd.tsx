import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';

/** A key of the keyboard; `inverse` on ink. */
export function Kbd({
  children,
  inverse = false,
}: {
  readonly children: string;
  readonly inverse?: boolean;
}): ReactNode {
  return (
    <kbd
      className={classNames(
        'rounded-sm border px-1 font-sans text-xs leading-4',
        inverse ? 'border-paper/40' : 'border-line bg-sunken text-soft',
      )}
    >
      {children}
    </kbd>
  );
}
