import type { ReactNode } from 'react';
import { buttonClass } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import type { Finding, Fix } from './findings.ts';

export interface FindingListProps {
  readonly label: string;
  readonly findings: readonly Finding[];
  readonly tone: 'danger' | 'warn';
  readonly onFix: (fix: Fix) => void;
}

/** What the server has against the draft, or wants known of it, each with the buttons that cure it. */
export function FindingList({ label, findings, tone, onFix }: FindingListProps): ReactNode {
  return (
    <ul aria-label={label} className="flex list-none flex-col gap-2 p-0 pb-2">
      {findings.map(({ type, option, title, message, advice, hint, fixes }) => (
        <li
          key={`${type} ${option ?? ''}`}
          className={classNames(
            'rounded-md border-l-2 px-3 py-2 text-sm',
            tone === 'danger' ? 'border-danger bg-danger-wash' : 'border-warn bg-warn-wash',
          )}
        >
          <p className="font-medium">{title}</p>
          {message !== title && <p className="text-xs">{message}</p>}
          {hint !== null && <p className="pt-0.5 text-xs">{sentence(hint)}</p>}
          {fixes.length > 0 && (
            <div className="flex flex-wrap gap-1.5 pt-2">
              {fixes.map((fix, index) => (
                <button
                  key={fix.label}
                  type="button"
                  className={classNames(
                    buttonClass(index === 0 && tone === 'danger' ? 'primary' : 'quiet', 'sm'),
                    'max-w-full',
                  )}
                  onClick={() => onFix(fix)}
                >
                  <span className="truncate">{fix.label}</span>
                </button>
              ))}
            </div>
          )}
          {advice !== null && (tone === 'danger' || fixes.length === 0) && (
            <p className="pt-1.5 text-xs text-soft">{sentence(advice)}</p>
          )}
        </li>
      ))}
    </ul>
  );
}

/** The server's advice begins in lower case, as part of a sentence. */
function sentence(text: string): string {
  return `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}
