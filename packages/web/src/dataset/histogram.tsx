import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from 'react';
import { formatNumber } from '../format.ts';
import { classNames } from '../ui/class-names.ts';

/** How often the values of one band occur. */
export interface BandCounts {
  readonly name: string;
  /** Ascending; one more than there are counts. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
  /** Of its line, as a class that sets `color`. */
  readonly className: string;
}

export interface HistogramProps {
  readonly bands: readonly BandCounts[];
  /** The values that become black and white. */
  readonly range: readonly [low: number, high: number];
  readonly onRange: (range: readonly [low: number, high: number]) => void;
}

/** Height of the drawing's coordinates; its width is 1. */
const HEIGHT = 100;

/** How often which values occur, with the two ends of the stretch to drag, or to move with the arrow keys. */
export function Histogram({ bands, range, onRange }: HistogramProps): ReactNode {
  const area = useRef<HTMLDivElement>(null);
  /** What is dragged to; said when it is let go. */
  const [dragged, setDragged] = useState<readonly [number, number] | null>(null);
  const [low, high] = dragged ?? range;
  const least = Math.min(range[0], ...bands.map(({ edges }) => edges[0] ?? 0));
  const most = Math.max(range[1], ...bands.map(({ edges }) => edges.at(-1) ?? 1));
  const span = most - least || 1;
  const top = Math.max(1, ...bands.flatMap(({ counts }) => counts));
  const share = (value: number): number => Math.min(1, Math.max(0, (value - least) / span));

  const withEnd = (end: 0 | 1, value: number): readonly [number, number] => {
    const inside = Math.min(most, Math.max(least, value));
    const gap = span / 500;
    return end === 0 ? [Math.min(inside, high - gap), high] : [low, Math.max(inside, low + gap)];
  };
  const drag = (event: PointerEvent<HTMLElement>, end: 0 | 1): void => {
    const box = area.current?.getBoundingClientRect();
    if (box === undefined || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
    setDragged(withEnd(end, least + ((event.clientX - box.left) / box.width) * span));
  };
  const drop = (): void => {
    if (dragged !== null) onRange(dragged);
    setDragged(null);
  };
  const step = (event: KeyboardEvent, end: 0 | 1): void => {
    const size = (span / 100) * (event.shiftKey ? 10 : 1);
    const value = end === 0 ? low : high;
    const next = {
      ArrowLeft: value - size,
      ArrowDown: value - size,
      ArrowRight: value + size,
      ArrowUp: value + size,
      Home: least,
      End: most,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    onRange(withEnd(end, next));
  };

  return (
    <div className="flex flex-col gap-1">
      <div ref={area} className="relative mx-1.5 h-24 touch-none">
        <svg
          viewBox={`0 0 1 ${HEIGHT}`}
          preserveAspectRatio="none"
          aria-hidden="true"
          className="absolute inset-0 size-full overflow-visible rounded-sm bg-sunken"
        >
          {bands.map(({ name, edges, counts, className }) => (
            <path
              key={name}
              className={className}
              d={outline(edges, counts, top, share)}
              fill="currentColor"
              fillOpacity={bands.length > 1 ? 0.22 : 0.5}
              stroke="currentColor"
              strokeWidth="1"
              vectorEffect="non-scaling-stroke"
            />
          ))}
        </svg>
        <div
          aria-hidden="true"
          className="absolute inset-y-0 left-0 bg-paper/70"
          style={{ width: `${share(low) * 100}%` }}
        />
        <div
          aria-hidden="true"
          className="absolute inset-y-0 right-0 bg-paper/70"
          style={{ width: `${(1 - share(high)) * 100}%` }}
        />
        {([0, 1] as const).map((end) => (
          <div
            key={end}
            role="slider"
            tabIndex={0}
            aria-label={end === 0 ? 'Value that becomes black' : 'Value that becomes white'}
            aria-valuemin={least}
            aria-valuemax={most}
            aria-valuenow={end === 0 ? low : high}
            aria-valuetext={formatNumber(end === 0 ? low : high, 4)}
            className={classNames(
              'absolute -top-1 -bottom-1 w-3 -translate-x-1/2 cursor-ew-resize touch-none rounded-sm',
              'before:absolute before:inset-y-0 before:left-1/2 before:w-0.5 before:-translate-x-1/2 before:bg-accent',
              'after:absolute after:bottom-0 after:left-0.5 after:size-2 after:rounded-full after:bg-accent',
            )}
            style={{ left: `${share(end === 0 ? low : high) * 100}%` }}
            onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
            onPointerMove={(event) => drag(event, end)}
            onPointerUp={drop}
            onPointerCancel={() => setDragged(null)}
            onKeyDown={(event) => step(event, end)}
          />
        ))}
      </div>
      <div aria-hidden="true" className="flex justify-between text-xs text-soft">
        <span>{formatNumber(least, 4)}</span>
        <span className="font-medium text-ink">
          {formatNumber(low, 4)} to {formatNumber(high, 4)}
        </span>
        <span>{formatNumber(most, 4)}</span>
      </div>
    </div>
  );
}

/** The outline of the bars, closed at the bottom; square roots of counts, so that rare values are seen too. */
function outline(
  edges: readonly number[],
  counts: readonly number[],
  top: number,
  share: (value: number) => number,
): string {
  const steps = counts.map((count, index) => {
    const y = (HEIGHT * (1 - Math.sqrt(count / top))).toFixed(1);
    return `L${share(edges[index] ?? 0).toFixed(4)} ${y}L${share(edges[index + 1] ?? 0).toFixed(4)} ${y}`;
  });
  return `M${share(edges[0] ?? 0).toFixed(4)} ${HEIGHT}${steps.join('')}L${share(edges.at(-1) ?? 0).toFixed(4)} ${HEIGHT}Z`;
}
