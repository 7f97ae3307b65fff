import { type KeyboardEvent, type ReactNode, type Ref, useEffect, useImperativeHandle, useRef, useState } from 'react';

export interface VirtualListHandle {
  /** Brings a row into sight. */
  scrollTo(index: number): void;
  /** Brings a row into sight, and the focus to its first link or button. */
  focus(index: number): void;
}

export interface VirtualListProps {
  readonly label: string;
  readonly count: number;
  /** Of each row, in CSS pixels. */
  readonly rowHeight: number;
  readonly renderRow: (index: number) => ReactNode;
  /** Which rows are drawn now: from `first` to before `end`. */
  readonly onRange: (first: number, end: number) => void;
  readonly ref?: Ref<VirtualListHandle>;
}

/** Rows drawn beyond each edge, so that scrolling shows no gaps. */
const SPARE = 6;

/**
 * A list of any length of which only what is in sight is drawn. The arrow keys go from row to row: to the first link or
 * button of each.
 */
export function VirtualList({ label, count, rowHeight, renderRow, onRange, ref }: VirtualListProps): ReactNode {
  const element = useRef<HTMLDivElement>(null);
  const wanted = useRef<number | null>(null);
  const [[first, end], setRange] = useState<readonly [first: number, end: number]>([0, 12]);

  useEffect(() => {
    const list = element.current;
    if (list === null) return undefined;
    const measure = (): void => {
      const from = Math.max(0, Math.floor(list.scrollTop / rowHeight) - SPARE);
      const to = Math.ceil((list.scrollTop + list.clientHeight) / rowHeight) + SPARE;
      setRange(([a, b]) => (a === from && b === to ? [a, b] : [from, to]));
    };
    measure();
    list.addEventListener('scroll', measure, { passive: true });
    const resized = new ResizeObserver(measure);
    resized.observe(list);
    return () => {
      list.removeEventListener('scroll', measure);
      resized.disconnect();
    };
  }, [rowHeight]);

  const from = Math.min(first, Math.max(0, count - 1));
  const to = Math.min(end, count);
  useEffect(() => onRange(from, to), [onRange, from, to]);

  const scrollTo = (index: number): void => {
    const list = element.current;
    if (list === null) return;
    const top = index * rowHeight;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + rowHeight > list.scrollTop + list.clientHeight) list.scrollTop = top + rowHeight - list.clientHeight;
  };
  const focusRow = (index: number): boolean => {
    const target = element.current?.querySelector<HTMLElement>(`[data-row="${index}"] :is(a, button)`);
    target?.focus({ preventScroll: true });
    return target != null;
  };
  useEffect(() => {
    if (wanted.current !== null && focusRow(wanted.current)) wanted.current = null;
  });

  const goTo = (index: number): void => {
    scrollTo(index);
    if (!focusRow(index)) wanted.current = index;
  };
  useImperativeHandle(ref, () => ({ scrollTo, focus: goTo }));

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    const row = (event.target as HTMLElement).closest<HTMLElement>('[data-row]');
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -count, End: count }[event.key];
    if (row === null || step === undefined) return;
    event.preventDefault();
    goTo(Math.min(count - 1, Math.max(0, Number(row.dataset['row']) + step)));
  };

  return (
    <div ref={element} className="min-h-0 flex-1 overflow-y-auto" onKeyDown={onKeyDown} role="presentation">
      <ul aria-label={label} className="relative m-0 list-none p-0" style={{ height: count * rowHeight }}>
        {Array.from({ length: Math.max(0, to - from) }, (_, offset) => {
          const index = from + offset;
          return (
            <li
              key={index}
              data-row={index}
              aria-setsize={count}
              aria-posinset={index + 1}
              className="absolute inset-x-0"
              style={{ top: index * rowHeight, height: rowHeight }}
            >
              {renderRow(index)}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
