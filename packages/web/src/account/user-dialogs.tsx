import { type Role, ROLES, type User } from '@inlay/contract';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { client, queryClient, refreshDatasets } from '../api.ts';
import { describeError } from '../describe-error.ts';
import { formatPlural } from '../format.ts';
import { useMe } from '../session.ts';
import { Field, Input, Select } from '../ui/field.tsx';
import { FormDialog, formText } from '../ui/form-dialog.tsx';
import { toast } from '../ui/toast-store.ts';

export const ROLE_LABELS: Readonly<Record<Role, string>> = {
  viewer: 'Viewer',
  editor: 'Editor',
  admin: 'Administrator',
};
const ROLE_TEXTS: Readonly<Record<Role, string>> = {
  viewer: 'Looks at what is shared.',
  editor: 'Also adds rasters and builds virtual ones.',
  admin: 'Sees and changes everything, and adds users.',
};

/** Adds a user. */
export function NewUser({ onClose }: { readonly onClose: () => void }): ReactNode {
  const [role, setRole] = useState<Role>('editor');
  const create = useMutation({
    mutationFn: (body: { username: string; password: string }) => client.createUser({ ...body, role }),
    onSuccess: async ({ username }) => {
      await queryClient.invalidateQueries({ queryKey: ['users'] });
      toast(`${username} may sign in now.`);
      onClose();
    },
  });
  return (
    <FormDialog
      title="Add a user"
      submitLabel="Add"
      isBusy={create.isPending}
      onClose={onClose}
      onSubmit={(form) => create.mutate({ username: formText(form, 'username'), password: formText(form, 'password') })}
    >
      <Field
        label="User name"
        hint="Letters, digits and . _ @ + -"
        error={create.error && describeError(create.error).detail}
      >
        <Input name="username" required maxLength={255} autoComplete="off" autoCapitalize="none" spellCheck={false} />
      </Field>
      <NewPassword />
      <Field label="Role" hint={ROLE_TEXTS[role]}>
        <Select
          value={role}
          onValueChange={setRole}
          options={ROLES.map((value) => ({ value, label: ROLE_LABELS[value] }))}
        />
      </Field>
    </FormDialog>
  );
}

function NewPassword(): ReactNode {
  return (
    <Field label="Password" hint="At least 8 characters. Tell it to them in private.">
      <Input name="password" type="password" required minLength={8} maxLength={1024} autoComplete="new-password" />
    </Field>
  );
}

interface UserDialogProps {
  readonly user: User;
  readonly onClose: () => void;
}

/** Gives a user another password. */
export function ResetPassword({ user, onClose }: UserDialogProps): ReactNode {
  const reset = useMutation({
    mutationFn: (password: string) => client.setUserPassword(user.id, password),
    onSuccess: () => {
      toast(`${user.username} has a new password. Their sessions have ended.`);
      onClose();
    },
  });
  return (
    <FormDialog
      title={`A new password for ${user.username}`}
      submitLabel="Set it"
      isBusy={reset.isPending}
      onClose={onClose}
      onSubmit={(form) => reset.mutate(formText(form, 'password'))}
    >
      <p className="text-soft">They are signed out everywhere. Their tokens stay as they are.</p>
      <NewPassword />
      {reset.error !== null && <Refused error={reset.error} />}
    </FormDialog>
  );
}

/** Deletes a user; what is theirs becomes somebody else's. */
export function DeleteUser({ user, users, onClose }: UserDialogProps & { readonly users: readonly User[] }): ReactNode {
  const me = useMe();
  const heirs = users.filter(({ id }) => id !== user.id);
  const [heir, setHeir] = useState(me?.id ?? '');
  const [typed, setTyped] = useState('');
  const remove = useMutation({
    mutationFn: () => client.deleteUser(user.id, heir),
    onSuccess: async ({ transferred_datasets: count }) => {
      await Promise.all([queryClient.invalidateQueries({ queryKey: ['users'] }), refreshDatasets()]);
      const name = heirs.find(({ id }) => id === heir)?.username ?? 'you';
      toast(`${user.username} is deleted.${count === 0 ? '' : ` ${formatPlural(count, 'dataset')} went to ${name}.`}`);
      onClose();
    },
  });
  return (
    <FormDialog
      title={`Delete ${user.username}`}
      submitLabel="Delete"
      cancelLabel="Keep them"
      isDangerous
      isBusy={remove.isPending}
      isReady={typed === user.username}
      onClose={onClose}
      onSubmit={() => remove.mutate()}
    >
      <p>
        This cannot be undone: their tokens, and links they made, stop working. To keep them out for a while, do not let
        them sign in instead.
      </p>
      <Field label="Their datasets and jobs go to">
        <Select
          value={heir}
          onValueChange={setHeir}
          options={heirs.map(({ id, username }) => ({
            value: id,
            label: id === me?.id ? `${username} (you)` : username,
          }))}
        />
      </Field>
      <Field label={`To go on, type ${user.username}`}>
        <Input value={typed} autoComplete="off" onChange={({ target }) => setTyped(target.value)} />
      </Field>
      {remove.error !== null && <Refused error={remove.error} />}
    </FormDialog>
  );
}

function Refused({ error }: { readonly error: Error }): ReactNode {
  return (
    <p role="alert" className="text-sm text-danger">
      {describeError(error).detail}
    </p>
  );
}
