import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef } from 'react';

/** Shares of the height that the panel comes to rest at: mostly map, both, mostly panel. */
const RESTS = [0.16, 0.56, 0.86] as const;
const [LEAST, , MOST] = RESTS;
/** What the panel has until somebody decides otherwise. */
export const FIRST_SHARE: number = RESTS[1];
const STEP = 0.1;
/** Less than this is a tap with a shaky finger, in CSS pixels. */
const TAP_PIXELS = 5;

export interface RoomDividerProps {
  /** Of the height, that the panel below it has; 0 to 1. */
  readonly share: number;
  readonly onShare: (share: number) => void;
}

/**
 * Divides a narrow screen between the map and the panel below it: dragged, tapped (as much panel as there can be, and back), or
 * moved by the arrow keys, as the ARIA Authoring Practices have it for window splitters.
 */
export function RoomDivider({ share, onShare }: RoomDividerProps): ReactNode {
  const pressed = useRef<{ readonly y: number; readonly share: number; isDrag: boolean } | null>(null);
  const shareAt = (
    event: PointerEvent<HTMLDivElement>,
    from: { readonly y: number; readonly share: number },
  ): number => {
    const height = event.currentTarget.parentElement?.parentElement?.clientHeight ?? innerHeight;
    return clamped(from.share - (event.clientY - from.y) / height);
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>): void => {
    const from = pressed.current;
    if (from === null) return;
    from.isDrag ||= Math.abs(event.clientY - from.y) > TAP_PIXELS;
    if (from.isDrag) onShare(shareAt(event, from));
  };
  const onPointerUp = (event: PointerEvent<HTMLDivElement>): void => {
    const from = pressed.current;
    pressed.current = null;
    if (from === null) return;
    if (from.isDrag) onShare(nearest(shareAt(event, from)));
    else onShare(nearest(share) === MOST ? FIRST_SHARE : MOST);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = { ArrowUp: share + STEP, ArrowDown: share - STEP, Home: LEAST, End: MOST }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    onShare(clamped(next));
  };
  return (
    // A separator that can be moved is a widget (WAI-ARIA 1.2, separator).
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      role="separator"
      aria-orientation="horizontal"
      aria-label="Room for the panel"
      aria-valuemin={LEAST * 100}
      aria-valuemax={MOST * 100}
      aria-valuenow={Math.round(share * 100)}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      className="flex h-5 shrink-0 cursor-ns-resize touch-none items-center justify-center focus-visible:-outline-offset-2 md:hidden"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        pressed.current = { y: event.clientY, share, isDrag: false };
      }}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerCancel={() => (pressed.current = null)}
      onKeyDown={onKeyDown}
    >
      <span aria-hidden="true" className="h-1 w-10 rounded-full bg-edge" />
    </div>
  );
}

function clamped(share: number): number {
  return Math.min(MOST, Math.max(LEAST, share));
}

function nearest(share: number): number {
  return RESTS.reduce((best, rest) => (Math.abs(rest - share) < Math.abs(best - share) ? rest : best));
}
