import { isApiError } from '@inlay/sdk';
import { ShieldAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '../ui/button.tsx';
import { Note } from '../ui/states.tsx';

/** Why the server wants a change confirmed: who would see sources through a virtual raster; null for any other error. */
export function confirmationOf(error: unknown): string | null {
  if (!isApiError(error)) return null;
  return error.items.find(({ type }) => type === 'confirmation_required')?.msg ?? null;
}

export interface ConfirmationProps {
  /** As {@link confirmationOf} says it. */
  readonly reason: string;
  readonly isBusy: boolean;
  readonly onConfirm: () => void;
  readonly onLeave: () => void;
}

/** Asks whether the pixels of sources may be shown to people who may not see these. */
export function Confirmation({ reason, isBusy, onConfirm, onLeave }: ConfirmationProps): ReactNode {
  return (
    <div role="alert">
      <Note tone="warn" icon={ShieldAlert}>
        <p>{reason}.</p>
        <p className="text-soft">
          The sources themselves stay as they are: only their pixels are seen, as part of this.
        </p>
        <div className="mt-2 flex flex-wrap gap-2">
          <Button size="sm" busy={isBusy} onClick={onConfirm}>
            Show their pixels
          </Button>
          <Button size="sm" variant="plain" onClick={onLeave}>
            Leave it as it was
          </Button>
        </div>
      </Note>
    </div>
  );
}
