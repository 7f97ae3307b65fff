import { type Role, ROLES, type User } from '@inlay/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import { UserPlus } from 'lucide-react';
import { type FormEvent, type ReactNode, useState } from 'react';
import { client, queries, queryClient } from '../api.ts';
import { describeError, errorLine } from '../describe-error.ts';
import { formatDay } from '../format.ts';
import { useMe } from '../session.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field, Input, Select } from '../ui/field.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { Table } from '../ui/table.tsx';
import { toast } from '../ui/toast-store.ts';
import { Section } from './section.tsx';

const ROLE_TEXTS: Readonly<Record<Role, string>> = {
  viewer: 'Looks at what is shared.',
  editor: 'Also adds rasters and builds virtual ones.',
  admin: 'Sees and changes everything, and adds users.',
};

/** Who may sign in, for administrators. */
export function Users(): ReactNode {
  const { data } = useQuery(queries.users());
  const [isOpen, setOpen] = useState(false);
  return (
    <Section
      title="Users"
      text="Who may sign in here."
      action={
        <Button icon={UserPlus} onClick={() => setOpen(true)}>
          Add a user
        </Button>
      }
    >
      {data === undefined ? (
        <Skeleton className="h-24 w-full" />
      ) : (
        <Table
          label="Users"
          rows={data.users}
          keyOf={({ id }) => id}
          columns={[
            { title: 'Name', cell: ({ username }) => <span className="font-medium">{username}</span> },
            { title: 'Role', cell: (user) => <UserRole user={user} /> },
            { title: 'Since', isNumeric: true, cell: ({ created_at: at }) => formatDay(at) },
          ]}
        />
      )}
      {isOpen && <NewUser onClose={() => setOpen(false)} />}
    </Section>
  );
}

/** Another role, at once; one's own is not to be lost by a slip. */
function UserRole({ user }: { readonly user: User }): ReactNode {
  const me = useMe();
  const change = useMutation({
    mutationFn: (role: Role) => client.patchUser(user.id, { role }),
    onError: (error) => void toast(errorLine(error), { tone: 'danger' }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['users'] }),
  });
  if (user.disabled_at !== null) return `${user.role}, may not sign in`;
  if (user.id === me?.id) return user.role;
  return (
    <Select
      size="sm"
      className="w-28!"
      aria-label={`Role of ${user.username}`}
      value={change.isPending ? change.variables : user.role}
      options={ROLES.map((value) => ({ value, label: value }))}
      onValueChange={(role) => change.mutate(role)}
    />
  );
}

function NewUser({ onClose }: { readonly onClose: () => void }): ReactNode {
  const [role, setRole] = useState<Role>('editor');
  const create = useMutation({
    mutationFn: (body: { username: string; password: string }) => client.createUser({ ...body, role }),
    onSuccess: async ({ username }) => {
      await queryClient.invalidateQueries({ queryKey: ['users'] });
      toast(`${username} may sign in now.`);
      onClose();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const [username, password] = [form.get('username'), form.get('password')];
    if (typeof username === 'string' && typeof password === 'string') create.mutate({ username, password });
  };
  return (
    <Dialog
      title="Add a user"
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button variant="plain" onClick={onClose}>
            Not now
          </Button>
          <Button variant="primary" type="submit" form="new-user" busy={create.isPending}>
            Add
          </Button>
        </>
      }
    >
      <form id="new-user" className="flex flex-col gap-4" onSubmit={submit}>
        <Field
          label="User name"
          hint="Letters, digits and . _ @ + -"
          error={create.error && describeError(create.error).detail}
        >
          <Input name="username" required maxLength={255} autoComplete="off" autoCapitalize="none" spellCheck={false} />
        </Field>
        <Field label="Password" hint="At least 8 characters. Tell it to them in private.">
          <Input name="password" type="password" required minLength={8} maxLength={1024} autoComplete="new-password" />
        </Field>
        <Field label="Role" hint={ROLE_TEXTS[role]}>
          <Select
            value={role}
            onValueChange={setRole}
            options={ROLES.map((value) => ({ value, label: `${value.charAt(0).toUpperCase()}${value.slice(1)}` }))}
          />
        </Field>
      </form>
    </Dialog>
  );
}
