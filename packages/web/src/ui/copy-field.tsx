import { Check, Copy } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { IconButton } from './button.tsx';
import { toast } from './toast-store.ts';

export interface CopyFieldProps {
  /** What it is, for screen readers. */
  readonly label: string;
  readonly value: string;
  /** Several lines, for snippets of code. */
  readonly isBlock?: boolean;
}

const COPIED_MS = 2000;

/** A text to take along: selected by a click, copied by a button. */
export function CopyField({ label, value, isBlock = false }: CopyFieldProps): ReactNode {
  const [isCopied, setCopied] = useState(false);
  const copy = (): void => {
    // Browsers offer the clipboard to safe origins only (W3C Clipboard API, 5.1): others select the text, and copy by key.
    if (navigator.clipboard === undefined) {
      toast('This page may not use the clipboard. The text can be selected with a click.');
      return;
    }
    navigator.clipboard.writeText(value).then(
      () => {
        setCopied(true);
        setTimeout(() => setCopied(false), COPIED_MS);
      },
      () => toast('The browser did not allow it. The text can be selected with a click.'),
    );
  };
  return (
    <div className="flex items-start gap-1 rounded-md border border-line bg-sunken py-1 pr-1 pl-3">
      <pre
        aria-label={label}
        // What scrolls must be reachable with the keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={isBlock ? 0 : undefined}
        className={`m-0 min-w-0 flex-1 py-1 font-mono text-xs leading-5 select-all ${isBlock ? 'overflow-x-auto' : 'break-all whitespace-pre-wrap'}`}
      >
        {value}
      </pre>
      <IconButton
        icon={isCopied ? Check : Copy}
        size="sm"
        side="top"
        label={isCopied ? 'Copied' : `Copy ${label.toLowerCase()}`}
        onClick={copy}
      />
    </div>
  );
}
