import { X } from 'lucide-react';
import { type ReactNode, useSyncExternalStore } from 'react';
import { IconButton } from './button.tsx';
import { classNames } from './class-names.ts';
import { currentToasts, dismissToast, subscribeToToasts } from './toast-store.ts';

/** Where toasts appear; once in the page. */
export function Toaster(): ReactNode {
  const toasts = useSyncExternalStore(subscribeToToasts, currentToasts);
  return (
    <div
      role="status"
      aria-live="polite"
      className="pointer-events-none fixed inset-x-0 bottom-0 z-50 flex flex-col items-center gap-2 p-4"
    >
      {toasts.map(({ id, message, tone, action }) => (
        <div
          key={id}
          className={classNames(
            'settle pointer-events-auto flex max-w-lg items-center gap-2 rounded-lg py-1 pr-1 pl-4 shadow-pop',
            tone === 'danger' ? 'border border-danger bg-danger-wash text-ink' : 'bg-ink text-paper',
          )}
        >
          <span className="min-w-0 py-1 break-words">{message}</span>
          {action !== null && (
            <button
              type="button"
              className="h-8 rounded-md px-3 font-semibold underline underline-offset-2"
              onClick={() => {
                action.run();
                dismissToast(id);
              }}
            >
              {action.label}
            </button>
          )}
          <IconButton
            icon={X}
            size="sm"
            label="Dismiss"
            side="top"
            className="text-inherit!"
            onClick={() => dismissToast(id)}
          />
        </div>
      ))}
    </div>
  );
}
