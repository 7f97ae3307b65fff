import { type Role, ROLES, type User } from '@inlay/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Ban, Check, Ellipsis, KeyRound, Trash2, UserPlus } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { client, queries, queryClient } from '../api.ts';
import { errorLine } from '../describe-error.ts';
import { formatDay } from '../format.ts';
import { Failure } from '../shell/page-error.tsx';
import { useMe } from '../session.ts';
import { Badge } from '../ui/badge.tsx';
import { Button, IconButton } from '../ui/button.tsx';
import { Select } from '../ui/field.tsx';
import { Menu, MenuItem, MenuSeparator } from '../ui/menu.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { Table } from '../ui/table.tsx';
import { toast } from '../ui/toast-store.ts';
import { Section } from './section.tsx';
import { DeleteUser, NewUser, ResetPassword, ROLE_LABELS } from './user-dialogs.tsx';

type Asked = { readonly what: 'add' } | { readonly what: 'password' | 'delete'; readonly user: User };

/** Who may sign in, for administrators. */
export function Users(): ReactNode {
  const { data, error, refetch } = useQuery(queries.users());
  const [asked, setAsked] = useState<Asked | null>(null);
  const close = (): void => setAsked(null);
  return (
    <Section
      title="Users"
      text="Who may sign in here, and what they may do."
      action={
        <Button icon={UserPlus} onClick={() => setAsked({ what: 'add' })}>
          Add a user
        </Button>
      }
    >
      {error !== null ? (
        <Failure error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Skeleton className="h-24 w-full" />
      ) : (
        <Table
          label="Users"
          rows={data.users}
          keyOf={({ id }) => id}
          columns={[
            { title: 'Name', cell: (user) => <Name user={user} /> },
            { title: 'Role', cell: (user) => <UserRole user={user} /> },
            { title: 'Since', isNumeric: true, cell: ({ created_at: at }) => formatDay(at) },
            {
              title: <span className="sr-only">Actions</span>,
              isNumeric: true,
              cell: (user) => <UserMenu user={user} onAsk={(what) => setAsked({ what, user })} />,
            },
          ]}
        />
      )}
      {asked?.what === 'add' && <NewUser onClose={close} />}
      {asked?.what === 'password' && <ResetPassword user={asked.user} onClose={close} />}
      {asked?.what === 'delete' && <DeleteUser user={asked.user} users={data?.users ?? []} onClose={close} />}
    </Section>
  );
}

function Name({ user }: { readonly user: User }): ReactNode {
  const me = useMe();
  return (
    <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
      <span className="font-medium">{user.username}</span>
      {user.id === me?.id && <span className="text-soft">you</span>}
      {user.disabled_at !== null && <Badge tone="warn">May not sign in</Badge>}
    </span>
  );
}

/** Another role, at once; one's own is not to be lost by a slip. */
function UserRole({ user }: { readonly user: User }): ReactNode {
  const me = useMe();
  const change = useChange();
  if (user.id === me?.id) return ROLE_LABELS[user.role];
  const set = (role: Role): void => change.mutate({ user, changes: { role }, undo: { role: user.role } });
  return (
    <Select
      size="sm"
      className="w-36!"
      aria-label={`Role of ${user.username}`}
      value={(change.isPending ? change.variables.changes.role : undefined) ?? user.role}
      options={ROLES.map((value) => ({ value, label: ROLE_LABELS[value] }))}
      onValueChange={set}
    />
  );
}

interface UserMenuProps {
  readonly user: User;
  readonly onAsk: (what: 'password' | 'delete') => void;
}

/** What else can be done with a user; nothing with oneself, who has a password of one's own to change. */
function UserMenu({ user, onAsk }: UserMenuProps): ReactNode {
  const me = useMe();
  const change = useChange();
  if (user.id === me?.id) return null;
  const isDisabled = user.disabled_at !== null;
  const toggle = (): void =>
    change.mutate({ user, changes: { disabled: !isDisabled }, undo: { disabled: isDisabled } });
  return (
    <Menu trigger={<IconButton icon={Ellipsis} size="sm" label={`More for ${user.username}`} side="left" />}>
      <MenuItem icon={KeyRound} onSelect={() => onAsk('password')}>
        Set a new password
      </MenuItem>
      <MenuItem icon={isDisabled ? Check : Ban} onSelect={toggle}>
        {isDisabled ? 'Let them sign in' : 'Do not let them sign in'}
      </MenuItem>
      <MenuSeparator />
      <MenuItem icon={Trash2} isDangerous onSelect={() => onAsk('delete')}>
        Delete
      </MenuItem>
    </Menu>
  );
}

interface Change {
  readonly user: User;
  readonly changes: { readonly role?: Role; readonly disabled?: boolean };
  /** What it was before; left out where this is the way back. */
  readonly undo?: Change['changes'];
}

/** Changes a user at once, and offers the way back. */
function useChange() {
  const change = useMutation({
    mutationFn: ({ user, changes }: Change) => client.patchUser(user.id, changes),
    onSuccess: async (_, { user, changes, undo }) => {
      await queryClient.invalidateQueries({ queryKey: ['users'] });
      toast(saidOf(user, changes), {
        action: undo === undefined ? null : { label: 'Undo', run: () => change.mutate({ user, changes: undo }) },
      });
    },
    onError: async (error) => {
      toast(errorLine(error), { tone: 'danger' });
      await queryClient.invalidateQueries({ queryKey: ['users'] });
    },
  });
  return change;
}

function saidOf({ username }: User, { role, disabled }: Change['changes']): string {
  if (role !== undefined) return `${username} is ${ROLE_LABELS[role].toLowerCase()} now.`;
  return disabled === true ? `${username} may not sign in any more.` : `${username} may sign in again.`;
}
