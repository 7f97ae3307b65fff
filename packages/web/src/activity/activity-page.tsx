import { AUDIT_ACTIONS, type AuditEntry, MAX_LISTED_IDS } from '@inlay/contract';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { ScrollText } from 'lucide-react';
import type { ReactNode } from 'react';
import { queries } from '../api.ts';
import { Failure } from '../shell/page-error.tsx';
import { SignedIn } from '../shell/signed-in.tsx';
import { Button } from '../ui/button.tsx';
import { Field, Select } from '../ui/field.tsx';
import { Empty } from '../ui/states.tsx';
import { useTitle } from '../use-title.ts';
import { ActivityList } from './activity-list.tsx';
import { ActivityPending } from './activity-pending.tsx';
import { actionLabel } from './activity-words.ts';
import { useAudit } from './use-activity.ts';

const route = getRouteApi('/activity');

const ACTION_OPTIONS = [
  { value: '', label: 'Everything' } as const,
  ...AUDIT_ACTIONS.map((value) => ({ value, label: actionLabel(value) })),
];

/** Who changed what on this server, for administrators. */
export function ActivityPage(): ReactNode {
  useTitle('Activity');
  return (
    <SignedIn atLeast="admin" purpose="to see what everybody did">
      <Log />
    </SignedIn>
  );
}

function Log(): ReactNode {
  const { action, user } = route.useSearch();
  const navigate = route.useNavigate();
  const { entries, error, hasMore, isLoadingMore, more, refetch } = useAudit({
    ...(action === undefined ? {} : { action }),
    ...(user === undefined ? {} : { actor_id: user }),
  });
  const titles = useTitles(entries ?? []);
  const isFiltered = action !== undefined || user !== undefined;
  return (
    <div className="page">
      <header className="mb-4 flex flex-wrap items-end justify-between gap-3">
        <h1 className="text-2xl font-semibold">Activity</h1>
        <div className="flex flex-wrap gap-3">
          <Field label="What" className="w-48">
            <Select
              value={action ?? ''}
              options={ACTION_OPTIONS}
              onValueChange={(next) =>
                void navigate({ search: { user, action: next === '' ? undefined : next }, replace: true })
              }
            />
          </Field>
          <Field label="Who" className="w-48">
            <UserSelect
              value={user}
              onValueChange={(next) => void navigate({ search: { action, user: next }, replace: true })}
            />
          </Field>
        </div>
      </header>
      {error !== null ? (
        <Failure error={error} onRetry={refetch} />
      ) : entries === undefined ? (
        <ActivityPending />
      ) : entries.length === 0 ? (
        <Empty
          icon={ScrollText}
          title={isFiltered ? 'None of these' : 'Nothing was changed yet'}
          actions={
            isFiltered && <Button onClick={() => void navigate({ search: {}, replace: true })}>Show everything</Button>
          }
        >
          What changes something is written down here, and stays.
        </Empty>
      ) : (
        <ActivityList entries={entries} titles={titles} />
      )}
      {hasMore && (
        <div className="mt-4 flex justify-center">
          <Button busy={isLoadingMore} onClick={more}>
            Show more
          </Button>
        </div>
      )}
    </div>
  );
}

interface UserSelectProps {
  /** The id of a user; undefined for all. */
  readonly value: string | undefined;
  readonly onValueChange: (value: string | undefined) => void;
}

/** One of the users; one who was deleted stays chosen where the address names them. */
function UserSelect({ value, onValueChange }: UserSelectProps): ReactNode {
  const { data } = useQuery(queries.users());
  const users = data?.users.map(({ id, username }) => ({ value: id, label: username })) ?? [];
  const isKnown = value === undefined || users.some((user) => user.value === value);
  return (
    <Select
      value={value ?? ''}
      options={[
        { value: '', label: 'Everybody' },
        ...(isKnown ? [] : [{ value, label: data === undefined ? '…' : 'Somebody who was deleted' }]),
        ...users,
      ]}
      onValueChange={(next) => onValueChange(next === '' ? undefined : next)}
    />
  );
}

/** What the datasets are called that the newest of these are about, by id, as far as they are still there. */
function useTitles(entries: readonly AuditEntry[]): ReadonlyMap<string, string> {
  const ids = [...new Set(entries.flatMap(({ dataset_id: id }) => id ?? []))].slice(0, MAX_LISTED_IDS);
  const { data } = useQuery({
    ...queries.datasets({ ids, limit: MAX_LISTED_IDS }),
    enabled: ids.length > 0,
    placeholderData: keepPreviousData,
  });
  return new Map(data?.datasets.map(({ id, title }) => [id, title]));
}
