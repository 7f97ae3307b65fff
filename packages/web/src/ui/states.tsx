import type { LucideIcon } from 'lucide-react';
import { CircleAlert, RotateCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from './button.tsx';

export interface EmptyProps {
  readonly icon?: LucideIcon;
  readonly title: ReactNode;
  /** What to do about it. */
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}

/** Nothing to show, why, and what to do. */
export function Empty({ icon: Icon, title, children, actions }: EmptyProps): ReactNode {
  return (
    <div className="mx-auto flex max-w-sm flex-col items-center gap-2 px-6 py-12 text-center">
      {Icon !== undefined && <Icon size={24} strokeWidth={1.5} aria-hidden="true" className="text-soft" />}
      <p className="text-lg font-semibold">{title}</p>
      {children !== undefined && <div className="text-soft">{children}</div>}
      {actions !== undefined && <div className="mt-2 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  );
}

export interface ErrorStateProps {
  readonly title: ReactNode;
  readonly detail?: ReactNode;
  /** What the server's log knows the request by. */
  readonly requestId?: string | null;
  readonly onRetry?: (() => void) | undefined;
  readonly actions?: ReactNode;
}

/** That something went wrong, what, and what to do. */
export function ErrorState({ title, detail, requestId, onRetry, actions }: ErrorStateProps): ReactNode {
  return (
    <div role="alert" className="mx-auto flex max-w-md flex-col items-center gap-2 px-6 py-12 text-center">
      <CircleAlert size={24} strokeWidth={1.5} aria-hidden="true" className="text-danger" />
      <p className="text-lg font-semibold">{title}</p>
      {detail !== undefined && <div className="break-words text-soft">{detail}</div>}
      {requestId != null && <p className="font-mono text-xs text-soft">Request {requestId}</p>}
      <div className="mt-2 flex flex-wrap justify-center gap-2">
        {onRetry !== undefined && (
          <Button icon={RotateCw} onClick={onRetry}>
            Try again
          </Button>
        )}
        {actions}
      </div>
    </div>
  );
}

export interface NoteProps {
  readonly tone: 'warn' | 'danger' | 'good' | 'accent';
  readonly icon: LucideIcon;
  readonly children: ReactNode;
}

const NOTE_TONES = {
  warn: 'bg-warn-wash text-warn',
  danger: 'bg-danger-wash text-danger',
  good: 'bg-good-wash text-good',
  accent: 'bg-accent-wash text-accent',
} as const;

/** A sentence that stands out among others. */
export function Note({ tone, icon: Icon, children }: NoteProps): ReactNode {
  return (
    <div className={`flex items-start gap-2 rounded-md px-3 py-2 text-sm ${NOTE_TONES[tone]}`}>
      <Icon size={16} aria-hidden="true" className="mt-0.5 shrink-0" />
      <div className="min-w-0 text-ink">{children}</div>
    </div>
  );
}
