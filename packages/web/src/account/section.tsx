import type { ReactNode } from 'react';

export interface SectionProps {
  readonly title: string;
  /** A sentence about it. */
  readonly text?: ReactNode;
  readonly action?: ReactNode;
  readonly children: ReactNode;
}

/** A part of the account's page. */
export function Section({ title, text, action, children }: SectionProps): ReactNode {
  return (
    <section className="border-t border-line py-5">
      <header className="mb-3 flex items-start justify-between gap-4">
        <div>
          <h2 className="text-lg font-semibold">{title}</h2>
          {text !== undefined && <p className="text-sm text-soft">{text}</p>}
        </div>
        {action}
      </header>
      {children}
    </section>
  );
}
