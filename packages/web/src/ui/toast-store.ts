/** A short message that goes away by itself. */
export interface Toast {
  readonly id: number;
  readonly message: string;
  readonly tone: 'neutral' | 'danger';
  /** One thing that can be done about it. */
  readonly action: { readonly label: string; readonly run: () => void } | null;
}

const SHOWN_MS = 6000;
/** Errors stay longer: they have to be read, perhaps copied. */
const ERROR_SHOWN_MS = 12_000;

let toasts: readonly Toast[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function change(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

/** What is shown now, oldest first; the same array until that changes. */
export function currentToasts(): readonly Toast[] {
  return toasts;
}

export function subscribeToToasts(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function dismissToast(id: number): void {
  change(toasts.filter((toast) => toast.id !== id));
}

/** Says something for a few seconds; returns the id to take it back with. */
export function toast(
  message: string,
  { tone = 'neutral', action = null }: Partial<Pick<Toast, 'tone' | 'action'>> = {},
): number {
  const id = nextId;
  nextId += 1;
  change([...toasts.slice(-3), { id, message, tone, action }]);
  setTimeout(() => dismissToast(id), tone === 'danger' ? ERROR_SHOWN_MS : SHOWN_MS);
  return id;
}

/** What is held back for a while, by the id of its toast. */
const held = new Map<number, () => void>();

/**
 * Does something that cannot be taken back a few seconds from now, and offers to leave it undone until then. Show at once
 * what it will look like; `onUndo` shows again what was. Done at once where the page is left.
 */
export function doUnlessUndone(message: string, perform: () => void, onUndo: () => void): void {
  const run = (): void => {
    if (held.delete(id)) perform();
  };
  const id = toast(message, {
    action: {
      label: 'Undo',
      run: () => {
        if (held.delete(id)) onUndo();
      },
    },
  });
  held.set(id, run);
  setTimeout(run, SHOWN_MS);
}

/** Does now all that is held back. */
export function flushHeld(): void {
  // Each takes itself out of the map, which iterating over a map allows.
  for (const run of held.values()) run();
}
