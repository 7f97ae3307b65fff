import { Tooltip as Radix } from 'radix-ui';
import type { ReactElement, ReactNode } from 'react';
import { Kbd } from './kbd.tsx';

export interface TooltipProps {
  readonly text: ReactNode;
  readonly shortcut?: string | undefined;
  readonly side?: 'top' | 'right' | 'bottom' | 'left';
  /** The one element that it belongs to. */
  readonly children: ReactElement;
}

/** A few words about an element, while it is pointed at or has the focus. Never the only place that something is said. */
export function Tooltip({ text, shortcut, side = 'top', children }: TooltipProps): ReactNode {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="settle z-50 flex max-w-xs items-center gap-2 rounded-md bg-ink px-2 py-1 text-xs text-paper shadow-pop"
        >
          {text}
          {shortcut !== undefined && <Kbd inverse>{shortcut}</Kbd>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** Around the application: tooltips that follow one another come at once. */
export function TooltipProvider({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <Radix.Provider delayDuration={400} skipDelayDuration={150}>
      {children}
    </Radix.Provider>
  );
}
