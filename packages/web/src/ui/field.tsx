import { type ComponentProps, createContext, type ReactNode, use, useId, useMemo } from 'react';
import { classNames } from './class-names.ts';

interface FieldIds {
  readonly control: string;
  readonly describedBy: string | undefined;
  readonly invalid: boolean;
}
const FieldContext = createContext<FieldIds | null>(null);

export interface FieldProps {
  readonly label: ReactNode;
  /** A sentence about what to put in. */
  readonly hint?: ReactNode;
  /** What is wrong with what was put in; takes the hint's place. */
  readonly error?: ReactNode;
  /** The label is there for screen readers only. */
  readonly isLabelHidden?: boolean;
  readonly className?: string;
  /** One control: Input, Textarea, Select or Slider. */
  readonly children: ReactNode;
}

/** A labelled control, with its hint or what is wrong with it; ties the three together for screen readers. */
export function Field({ label, hint, error, isLabelHidden = false, className, children }: FieldProps): ReactNode {
  const control = useId();
  const note = useId();
  const says = error ?? hint;
  const has = says !== undefined && says !== null && says !== '';
  const invalid = error != null;
  const ids = useMemo(() => ({ control, describedBy: has ? note : undefined, invalid }), [control, note, has, invalid]);
  return (
    <FieldContext value={ids}>
      <div className={classNames('flex flex-col gap-1', className)}>
        <label htmlFor={control} className={isLabelHidden ? 'sr-only' : 'text-sm font-medium'}>
          {label}
        </label>
        {children}
        {has && (
          <p id={note} className={classNames('text-xs', error == null ? 'text-soft' : 'text-danger')}>
            {says}
          </p>
        )}
      </div>
    </FieldContext>
  );
}

/** What ties a control to the {@link Field} around it; nothing outside of one. */
export function useField(): { id?: string; 'aria-describedby'?: string; 'aria-invalid'?: true } {
  const field = use(FieldContext);
  if (field === null) return {};
  return {
    id: field.control,
    ...(field.describedBy === undefined ? {} : { 'aria-describedby': field.describedBy }),
    ...(field.invalid ? { 'aria-invalid': true } : {}),
  };
}

/** The look of everything that is typed or chosen in. */
export const CONTROL_CLASS: string =
  'w-full rounded-md border border-edge bg-raised text-base text-ink transition-colors hover:border-ink ' +
  'focus-visible:border-accent focus-visible:outline-offset-0 aria-invalid:border-danger disabled:opacity-50';

/** A line of text. */
export function Input({ className, ...props }: ComponentProps<'input'>): ReactNode {
  return <input {...useField()} {...props} className={classNames(CONTROL_CLASS, 'h-9 px-2.5', className)} />;
}

/** Several lines of text. */
export function Textarea({ className, ...props }: ComponentProps<'textarea'>): ReactNode {
  return <textarea {...useField()} {...props} className={classNames(CONTROL_CLASS, 'px-2.5 py-1.5', className)} />;
}

export interface SelectOption<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly disabled?: boolean;
}

export interface SelectProps<T extends string> extends Omit<ComponentProps<'select'>, 'value' | 'onChange' | 'size'> {
  readonly value: T;
  readonly options: readonly SelectOption<T>[];
  readonly onValueChange: (value: T) => void;
  readonly size?: 'sm' | 'md';
}

/** One of a few: the system's own list, which every keyboard and telephone knows how to use. */
export function Select<T extends string>(given: SelectProps<T>): ReactNode {
  const { value, options, onValueChange, size = 'md', className, ...props } = given;
  return (
    <select
      {...useField()}
      {...props}
      value={value}
      onChange={(event) => onValueChange(event.target.value as T)}
      className={classNames(CONTROL_CLASS, size === 'sm' ? 'h-7 px-1.5 text-sm' : 'h-9 px-2', className)}
    >
      {options.map((option) => (
        <option key={option.value} value={option.value} disabled={option.disabled}>
          {option.label}
        </option>
      ))}
    </select>
  );
}

export interface CheckboxProps extends Omit<ComponentProps<'input'>, 'type' | 'onChange'> {
  readonly label: ReactNode;
  readonly onCheckedChange: (checked: boolean) => void;
}

/** Yes or no, with its label beside it. */
export function Checkbox({ label, onCheckedChange, className, ...props }: CheckboxProps): ReactNode {
  return (
    <label className={classNames('inline-flex min-h-7 items-center gap-2', className)}>
      <input
        {...props}
        type="checkbox"
        className="size-4"
        onChange={(event) => onCheckedChange(event.target.checked)}
      />
      <span>{label}</span>
    </label>
  );
}

export interface SliderProps extends Omit<ComponentProps<'input'>, 'type' | 'value' | 'onChange'> {
  readonly value: number;
  readonly onValueChange: (value: number) => void;
}

/** A number between two others. */
export function Slider({ value, onValueChange, className, ...props }: SliderProps): ReactNode {
  return (
    <input
      {...useField()}
      {...props}
      type="range"
      value={value}
      onChange={(event) => onValueChange(event.target.valueAsNumber)}
      className={classNames('h-7 w-full', className)}
    />
  );
}
