import type { LucideIcon } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { ReactElement, ReactNode } from 'react';
import { classNames } from './class-names.ts';

export interface MenuProps {
  /** The button that opens it. */
  readonly trigger: ReactElement;
  readonly align?: 'start' | 'center' | 'end';
  /** MenuItem, MenuLabel, MenuSeparator. */
  readonly children: ReactNode;
}

/** Further things to do, behind a button. */
export function Menu({ trigger, align = 'end', children }: MenuProps): ReactNode {
  return (
    // Not modal: a modal one locks scrolling with a style element, which the page's policy refuses.
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          sideOffset={6}
          collisionPadding={8}
          className="settle z-40 min-w-48 rounded-lg border border-line bg-raised p-1 text-ink shadow-pop"
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

export interface MenuItemProps {
  readonly icon?: LucideIcon;
  readonly isDangerous?: boolean;
  readonly disabled?: boolean;
  readonly onSelect?: () => void;
  /** Text; or one link, with `asChild`. */
  readonly children: ReactNode;
  readonly asChild?: boolean;
}

const ITEM_CLASS =
  'flex h-8 items-center gap-2.5 rounded-sm px-2.5 text-base outline-none select-none data-disabled:opacity-45 ' +
  'data-highlighted:bg-hover';

export function MenuItem({ icon: Icon, isDangerous, disabled, onSelect, children, asChild }: MenuItemProps): ReactNode {
  return (
    <DropdownMenu.Item
      asChild={asChild === true}
      disabled={disabled === true}
      {...(onSelect === undefined ? {} : { onSelect })}
      className={classNames(ITEM_CLASS, isDangerous === true && 'text-danger')}
    >
      {asChild === true ? (
        children
      ) : (
        <>
          {Icon !== undefined && <Icon size={15} aria-hidden="true" className="text-soft" />}
          {children}
        </>
      )}
    </DropdownMenu.Item>
  );
}

export interface MenuChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly label: string }[];
  readonly onValueChange: (value: T) => void;
}

/** One of a few, within a menu. */
export function MenuChoice<T extends string>({ label, value, options, onValueChange }: MenuChoiceProps<T>): ReactNode {
  return (
    <DropdownMenu.RadioGroup
      value={value}
      onValueChange={(next) => onValueChange(next as T)}
      aria-label={label}
      className="py-1"
    >
      <MenuLabel>{label}</MenuLabel>
      {options.map((option) => (
        <DropdownMenu.RadioItem
          key={option.value}
          value={option.value}
          className={classNames(ITEM_CLASS, 'justify-between')}
          onSelect={(event) => event.preventDefault()}
        >
          {option.label}
          <DropdownMenu.ItemIndicator className="size-1.5 rounded-full bg-accent" />
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}

export function MenuLabel({ children }: { readonly children: ReactNode }): ReactNode {
  return <DropdownMenu.Label className="px-2.5 pt-1 pb-0.5 text-xs text-soft">{children}</DropdownMenu.Label>;
}

export function MenuSeparator(): ReactNode {
  return <DropdownMenu.Separator className="my-1 h-px bg-line" />;
}
