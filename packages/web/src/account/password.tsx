import { useMutation } from '@tanstack/react-query';
import type { FormEvent, ReactNode } from 'react';
import { client } from '../api.ts';
import { describeError } from '../describe-error.ts';
import { Button } from '../ui/button.tsx';
import { Field, Input } from '../ui/field.tsx';
import { formText } from '../ui/form-dialog.tsx';
import { toast } from '../ui/toast-store.ts';
import { Section } from './section.tsx';

/** Another password for oneself. */
export function Password(): ReactNode {
  const change = useMutation({
    mutationFn: ({ current, next }: { current: string; next: string }) => client.changePassword(current, next),
    onSuccess: () => void toast('Your password is changed. Other sessions of yours have ended.'),
  });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = event.currentTarget;
    const fields = new FormData(form);
    change.mutate(
      { current: formText(fields, 'current'), next: formText(fields, 'next') },
      { onSuccess: () => form.reset() },
    );
  };
  return (
    <Section title="Password" text="For signing in by name. Tokens stay as they are.">
      <form className="flex flex-wrap items-start gap-3" onSubmit={submit}>
        <Field
          label="The one you have"
          className="min-w-48 flex-1"
          error={change.error && describeError(change.error).detail}
        >
          <Input name="current" type="password" required maxLength={1024} autoComplete="current-password" />
        </Field>
        <Field label="Another one" hint="At least 8 characters." className="min-w-48 flex-1">
          <Input name="next" type="password" required minLength={8} maxLength={1024} autoComplete="new-password" />
        </Field>
        <Button type="submit" className="mt-6" busy={change.isPending}>
          Change it
        </Button>
      </form>
    </Section>
  );
}
