import type { ReactNode } from 'react';

export interface LegendProps {
  readonly hasRefused: boolean;
  readonly hasOutput: boolean;
  readonly hasGaps: boolean;
  readonly hasOverlaps: boolean;
}

/** What the marks on the map mean, of those that are there. */
export function Legend({ hasRefused, hasOutput, hasGaps, hasOverlaps }: LegendProps): ReactNode {
  if (!hasRefused && !hasOutput) return null;
  return (
    <ul
      aria-label="Legend"
      className="flex list-none flex-wrap gap-x-3 gap-y-1 rounded-md border border-line bg-raised px-2.5 py-1.5 text-xs shadow-pop"
    >
      {hasOutput && (
        <Entry label="Output">
          <rect
            x="1"
            y="2"
            width="18"
            height="10"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.75"
            strokeDasharray="4 2"
          />
        </Entry>
      )}
      {hasRefused && (
        <Entry label="Refused" className="text-danger">
          <Hatch isDashed />
        </Entry>
      )}
      {hasGaps && (
        <Entry label="No source" className="text-warn">
          <Hatch />
        </Entry>
      )}
      {hasOverlaps && (
        <Entry label="Several sources" className="text-ink">
          {[4, 8, 12, 16].map((x, index) => (
            <circle key={x} cx={x} cy={index % 2 === 0 ? 5 : 9} r="1.1" fill="currentColor" />
          ))}
          <rect x="1" y="2" width="18" height="10" fill="none" stroke="currentColor" strokeOpacity="0.4" />
        </Entry>
      )}
    </ul>
  );
}

function Entry({
  label,
  className = 'text-ink',
  children,
}: {
  label: string;
  className?: string;
  children: ReactNode;
}): ReactNode {
  return (
    <li className="flex items-center gap-1.5">
      <svg viewBox="0 0 20 14" width="20" height="14" aria-hidden="true" className={className}>
        {children}
      </svg>
      {label}
    </li>
  );
}

function Hatch({ isDashed = false }: { readonly isDashed?: boolean }): ReactNode {
  return (
    <>
      <path d="M2 12 10 2M8 12l8-10M14 12l5-6" stroke="currentColor" strokeWidth="1.25" />
      <rect
        x="1"
        y="2"
        width="18"
        height="10"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        {...(isDashed ? { strokeDasharray: '2 1.5' } : { strokeOpacity: 0.5 })}
      />
    </>
  );
}
