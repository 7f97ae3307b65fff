import type { ReactNode } from 'react';

/** The mark: four tiles with a fifth let into them. Decorative; the name stands beside it. */
export function Mark({ size = 22 }: { readonly size?: number }): ReactNode {
  return (
    <svg viewBox="0 0 24 24" width={size} height={size} aria-hidden="true" className="shrink-0">
      <path className="fill-ink" d="M2 2h9v5H7v4H2zM13 2h9v9h-5V7h-4zM2 13h5v4h4v5H2zM22 13v9h-9v-5h4v-4z" />
      <path className="fill-accent" d="M12 8.2 15.8 12 12 15.8 8.2 12z" />
    </svg>
  );
}
