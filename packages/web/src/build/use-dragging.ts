import { type PointerEvent as ReactPointerEvent, type RefObject, useEffect, useRef } from 'react';
import type { VirtualListHandle } from '../ui/virtual-list.tsx';

/** A row that is being dragged, and where it is now. */
export interface Drag {
  readonly from: number;
  readonly to: number;
}

const EDGE_PIXELS = 36;

/** Drags rows by their grip, with a pointer of any kind; the list scrolls where it is dragged to its edges. Escape leaves it. */
export function useDragging(
  list: RefObject<VirtualListHandle | null>,
  drag: Drag | null,
  setDrag: (drag: Drag | null) => void,
  onDrop: (from: number, to: number) => void,
): (event: ReactPointerEvent, index: number) => void {
  const end = useRef<() => void>(() => undefined);
  const current = useRef(drag);
  const drop = useRef(onDrop);
  useEffect(() => {
    current.current = drag;
    drop.current = onDrop;
  });
  useEffect(() => () => end.current(), []);
  return (event, index) => {
    if (event.button !== 0 || !event.isPrimary) return;
    const startY = event.clientY;
    const move = ({ clientX, clientY }: PointerEvent): void => {
      if (current.current === null && Math.abs(clientY - startY) < 4) return;
      const row = document
        .elementsFromPoint(clientX, clientY)
        .find((element) => element instanceof HTMLElement && element.dataset['row'] !== undefined);
      const to = row instanceof HTMLElement ? Number(row.dataset['row']) : (current.current?.to ?? index);
      setDrag({ from: index, to });
      const box = row?.parentElement?.parentElement?.getBoundingClientRect();
      if (box !== undefined && clientY < box.top + EDGE_PIXELS) list.current?.scrollTo(Math.max(0, to - 1));
      if (box !== undefined && clientY > box.bottom - EDGE_PIXELS) list.current?.scrollTo(to + 1);
    };
    const finish = (isDropped: boolean): void => {
      end.current();
      const dragged = current.current;
      setDrag(null);
      if (isDropped && dragged !== null) drop.current(dragged.from, dragged.to);
    };
    const up = (): void => finish(true);
    const cancel = (): void => finish(false);
    const key = ({ key }: KeyboardEvent): void => {
      if (key === 'Escape') cancel();
    };
    end.current = () => {
      removeEventListener('pointermove', move);
      removeEventListener('pointerup', up);
      removeEventListener('pointercancel', cancel);
      removeEventListener('keydown', key);
    };
    addEventListener('pointermove', move);
    addEventListener('pointerup', up);
    addEventListener('pointercancel', cancel);
    addEventListener('keydown', key);
  };
}
