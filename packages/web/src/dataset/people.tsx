import type { Grant, GrantLevel } from '@inlay/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import { UserPlus } from 'lucide-react';
import { type FormEvent, type ReactNode, useState } from 'react';
import { client, queryClient } from '../api.ts';
import { describeError, errorLine } from '../describe-error.ts';
import { Button } from '../ui/button.tsx';
import { Field, Input, Select } from '../ui/field.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { toast } from '../ui/toast-store.ts';
import { Confirmation, confirmationOf } from './confirmation.tsx';
import { datasetQueries } from './dataset-queries.ts';

const LEVELS = [
  { value: 'view', label: 'Sees it' },
  { value: 'edit', label: 'Changes it' },
] as const;

interface Wanted {
  readonly user: string;
  readonly level: GrantLevel;
  readonly confirm_public_sources?: true;
}

/** Whom a dataset is shared with by name. */
export function People({ id, isCounted }: { readonly id: string; readonly isCounted: boolean }): ReactNode {
  const { queryKey, ...question } = datasetQueries.grants(id);
  const { data, error } = useQuery({ queryKey, ...question });
  const [level, setLevel] = useState<GrantLevel>('view');
  const [name, setName] = useState('');
  const refresh = (): Promise<void> => queryClient.invalidateQueries({ queryKey });
  const put = useMutation({
    mutationFn: (grant: Wanted) => client.putGrant(id, grant),
    onSuccess: async (_, { user }) => {
      if (user === name.trim()) setName('');
      await refresh();
    },
  });
  const remove = useMutation({
    mutationFn: ({ user_id: user }: Grant) => client.deleteGrant(id, user),
    onSuccess: async (_, { user_id: user, username, level: former }) => {
      await refresh();
      toast(`No longer shared with ${username}.`, {
        action: { label: 'Undo', run: () => put.mutate({ user, level: former }) },
      });
    },
    onError: (error) => toast(errorLine(error), { tone: 'danger' }),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (name.trim() !== '') put.mutate({ user: name.trim(), level });
  };
  const reason = confirmationOf(put.error);
  return (
    <section className="flex flex-col gap-2 border-t border-line pt-4">
      <h2 className="font-semibold">People</h2>
      {!isCounted && (
        <p className="text-sm text-soft">
          While it is private, only you and administrators see it. Make it restricted to let these people in.
        </p>
      )}
      {error !== null ? (
        <p className="text-sm text-danger">{errorLine(error)}</p>
      ) : data === undefined ? (
        <Skeleton className="h-9 w-full" />
      ) : (
        <ul aria-label="People it is shared with" className="m-0 list-none p-0">
          {data.grants.map((grant) => (
            <li key={grant.user_id} className="flex items-center gap-2 border-b border-line py-1.5">
              <span className="min-w-0 flex-1 truncate font-medium">{grant.username}</span>
              <Select
                size="sm"
                className="w-auto!"
                aria-label={`What ${grant.username} may do`}
                value={grant.level}
                options={LEVELS}
                onValueChange={(next) => put.mutate({ user: grant.user_id, level: next })}
              />
              <Button
                size="sm"
                variant="plain"
                aria-label={`Remove ${grant.username}`}
                onClick={() => remove.mutate(grant)}
              >
                Remove
              </Button>
            </li>
          ))}
        </ul>
      )}
      <form onSubmit={submit} className="flex items-start gap-2">
        <Field
          label="Name of a user"
          isLabelHidden
          error={put.error === null || reason !== null ? undefined : describeError(put.error).detail}
          className="min-w-0 flex-1"
        >
          <Input
            placeholder="Name of a user"
            maxLength={255}
            autoComplete="off"
            value={name}
            onChange={({ target }) => setName(target.value)}
          />
        </Field>
        <Select
          aria-label="What they may do"
          className="w-auto!"
          value={level}
          options={LEVELS}
          onValueChange={setLevel}
        />
        <Button type="submit" icon={UserPlus} busy={put.isPending} disabled={name.trim() === ''}>
          Share
        </Button>
      </form>
      {reason !== null && put.variables !== undefined && (
        <Confirmation
          reason={reason}
          isBusy={put.isPending}
          onConfirm={() => put.mutate({ ...put.variables, confirm_public_sources: true })}
          onLeave={() => put.reset()}
        />
      )}
    </section>
  );
}
