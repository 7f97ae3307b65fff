import { ToggleGroup } from 'radix-ui';
import type { ReactNode } from 'react';

export interface SegmentedProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly label: ReactNode }[];
  readonly onValueChange: (value: T) => void;
}

/** One of two to four that are all in sight. */
export function Segmented<T extends string>({ label, value, options, onValueChange }: SegmentedProps<T>): ReactNode {
  return (
    <ToggleGroup.Root
      type="single"
      aria-label={label}
      value={value}
      // A second click on the chosen one would choose none.
      onValueChange={(next) => next !== '' && onValueChange(next as T)}
      className="inline-flex h-9 rounded-md border border-line bg-sunken p-0.5"
    >
      {options.map((option) => (
        <ToggleGroup.Item
          key={option.value}
          value={option.value}
          className="flex-1 rounded-sm px-3 text-sm font-medium whitespace-nowrap text-soft hover:text-ink data-[state=on]:bg-raised data-[state=on]:text-ink data-[state=on]:ring-1 data-[state=on]:ring-line"
        >
          {option.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
