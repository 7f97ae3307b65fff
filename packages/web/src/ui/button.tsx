import type { LucideIcon } from 'lucide-react';
import type { ComponentProps, ReactNode } from 'react';
import { classNames } from './class-names.ts';
import { Spinner } from './spinner.tsx';
import { Tooltip } from './tooltip.tsx';

/** `primary`: the one thing to do here. `quiet`: beside it. `plain`: among many. `danger`: takes something away. */
export type ButtonVariant = 'primary' | 'quiet' | 'plain' | 'danger';
export type ButtonSize = 'sm' | 'md';

const VARIANTS: Readonly<Record<ButtonVariant, string>> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong',
  quiet: 'border border-line bg-raised hover:bg-hover',
  plain: 'hover:bg-hover',
  danger: 'border border-line bg-raised text-danger hover:bg-danger-wash',
};
const SIZES: Readonly<Record<ButtonSize, string>> = {
  sm: 'h-7 gap-1.5 px-2.5 text-sm',
  md: 'h-9 gap-2 px-3.5 text-base',
};

/** What makes a button of any element: links that look like one wear it. */
export function buttonClass(variant: ButtonVariant = 'quiet', size: ButtonSize = 'md'): string {
  return classNames(
    'inline-flex shrink-0 items-center justify-center rounded-md font-medium whitespace-nowrap select-none',
    'transition-colors disabled:pointer-events-none disabled:opacity-45 aria-disabled:opacity-45',
    VARIANTS[variant],
    SIZES[size],
  );
}

export interface ButtonProps extends ComponentProps<'button'> {
  readonly variant?: ButtonVariant;
  readonly size?: ButtonSize;
  readonly icon?: LucideIcon;
  /** Shows that it is at work, and takes no further click; its width stays. */
  readonly busy?: boolean;
}

/** A button. It submits no form unless `type` says so. */
export function Button({ variant, size, icon: Icon, busy, className, children, ...props }: ButtonProps): ReactNode {
  return (
    <button
      type="button"
      {...props}
      disabled={props.disabled === true || busy === true}
      aria-busy={busy === true}
      className={classNames(buttonClass(variant, size), className)}
    >
      {busy === true ? <Spinner /> : Icon !== undefined && <Icon size={size === 'sm' ? 14 : 16} aria-hidden="true" />}
      {children}
    </button>
  );
}

export interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children'> {
  readonly icon: LucideIcon;
  /** Its name, also shown as its tooltip. */
  readonly label: string;
  /** A key that does the same, shown in the tooltip. */
  readonly shortcut?: string;
  readonly size?: ButtonSize;
  /** Whether it is switched on; left out for buttons that are no switch. */
  readonly pressed?: boolean;
  readonly side?: 'top' | 'right' | 'bottom' | 'left';
}

/** A button that is only an icon, with its name as a tooltip. */
export function IconButton({
  icon: Icon,
  label,
  shortcut,
  size = 'md',
  pressed,
  side = 'bottom',
  className,
  ...props
}: IconButtonProps): ReactNode {
  return (
    <Tooltip text={label} shortcut={shortcut} side={side}>
      <button
        type="button"
        aria-label={label}
        aria-pressed={pressed}
        {...props}
        className={classNames(
          'inline-flex shrink-0 items-center justify-center rounded-md transition-colors disabled:opacity-40',
          size === 'sm' ? 'size-7' : 'size-9',
          pressed === true ? 'bg-accent text-on-accent' : 'text-soft hover:bg-hover hover:text-ink',
          className,
        )}
      >
        <Icon size={size === 'sm' ? 15 : 17} aria-hidden="true" />
      </button>
    </Tooltip>
  );
}
