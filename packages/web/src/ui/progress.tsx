import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';

export interface ProgressProps {
  /** What is under way. */
  readonly label: string;
  /** Share that is done, 0 to 1; null where that is not known. */
  readonly value: number | null;
  readonly tone?: 'accent' | 'good' | 'danger';
}

const TONES = { accent: 'bg-accent', good: 'bg-good', danger: 'bg-danger' } as const;

/** How far something is. */
export function Progress({ label, value, tone = 'accent' }: ProgressProps): ReactNode {
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(value === null ? {} : { 'aria-valuenow': Math.round(value * 100) })}
      className="h-1 w-full overflow-hidden rounded-full bg-line"
    >
      <div
        className={classNames(
          'h-full origin-left rounded-full transition-[scale]',
          TONES[tone],
          value === null && 'breathe',
        )}
        style={{ scale: `${value ?? 1} 1` }}
      />
    </div>
  );
}
