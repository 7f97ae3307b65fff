import { X } from 'lucide-react';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { IconButton } from './button.tsx';
import { classNames } from './class-names.ts';

export interface DialogProps {
  readonly title: ReactNode;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  /** The buttons below, the one to press last. */
  readonly actions?: ReactNode;
  readonly width?: 'sm' | 'md' | 'lg';
  readonly children: ReactNode;
}

const WIDTHS = { sm: 'max-w-sm', md: 'max-w-lg', lg: 'max-w-3xl' } as const;

/**
 * What has to be answered before going on: the browser's own modal dialog, which keeps the focus, makes the rest of
 * the page inert and closes with Escape.
 */
export function Dialog({ title, isOpen, onClose, actions, width = 'md', children }: DialogProps): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const element = dialog.current;
    if (element === null || element.open === isOpen) return;
    if (isOpen) element.showModal();
    else element.close();
  }, [isOpen]);
  return (
    // Keyboards close it with Escape, and the button within.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <dialog
      ref={dialog}
      aria-labelledby={heading}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
      className={classNames(
        'm-auto w-[calc(100vw-2rem)] rounded-lg border border-line bg-raised p-0 text-ink shadow-pop',
        WIDTHS[width],
      )}
    >
      {isOpen && (
        <div className="flex max-h-[85dvh] flex-col">
          <header className="flex items-center justify-between gap-4 py-2 pr-2 pl-5">
            <h2 id={heading} className="text-lg font-semibold">
              {title}
            </h2>
            <IconButton icon={X} label="Close" onClick={onClose} />
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 pb-5">{children}</div>
          {actions !== undefined && (
            <footer className="flex justify-end gap-2 border-t border-line px-5 py-3">{actions}</footer>
          )}
        </div>
      )}
    </dialog>
  );
}
