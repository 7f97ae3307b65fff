import { type ReactNode, useEffect, useId, useRef } from 'react';
import { Button } from './button.tsx';
import { Dialog, type DialogProps } from './dialog.tsx';

export interface FormDialogProps extends Pick<DialogProps, 'title' | 'width' | 'onClose'> {
  /** What is done. */
  readonly submitLabel: string;
  /** What is left undone. */
  readonly cancelLabel?: string;
  readonly isDangerous?: boolean;
  readonly isBusy: boolean;
  /** Whether all is there that it takes; the fields' own rules aside. */
  readonly isReady?: boolean;
  readonly onSubmit: (form: FormData) => void;
  /** The fields. */
  readonly children: ReactNode;
}

/** Asks for a few things, and does something with them. */
export function FormDialog(props: FormDialogProps): ReactNode {
  const { title, width, submitLabel, cancelLabel = 'Not now', isDangerous = false, isBusy, isReady = true } = props;
  const { onSubmit, onClose, children } = props;
  const form = useId();
  const fields = useRef<HTMLFormElement>(null);
  // It was opened to be filled in; the browser would go to the button that closes it.
  useEffect(() => fields.current?.querySelector<HTMLElement>('input, select, textarea')?.focus(), []);
  return (
    <Dialog
      title={title}
      isOpen
      onClose={onClose}
      {...(width === undefined ? {} : { width })}
      actions={
        <>
          <Button variant="plain" onClick={onClose}>
            {cancelLabel}
          </Button>
          <Button
            variant={isDangerous ? 'danger' : 'primary'}
            type="submit"
            form={form}
            disabled={!isReady}
            busy={isBusy}
          >
            {submitLabel}
          </Button>
        </>
      }
    >
      <form
        id={form}
        ref={fields}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) onSubmit(new FormData(event.currentTarget));
        }}
      >
        {children}
      </form>
    </Dialog>
  );
}

/** What was typed into a field of a form; empty where there is no such field. */
export function formText(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}
