import type { Share } from '@inlay/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link2 } from 'lucide-react';
import { type FormEvent, type ReactNode, useState } from 'react';
import { client, queryClient } from '../api.ts';
import { errorLine } from '../describe-error.ts';
import { formatDay } from '../format.ts';
import { Button } from '../ui/button.tsx';
import { CopyField } from '../ui/copy-field.tsx';
import { Checkbox, Field, Input, Select } from '../ui/field.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { doUnlessUndone, toast } from '../ui/toast-store.ts';
import { datasetQueries } from './dataset-queries.ts';

const DAYS = [
  { value: '1', label: 'A day' },
  { value: '7', label: 'A week' },
  { value: '30', label: '30 days' },
  { value: '365', label: 'A year' },
] as const;
type Days = (typeof DAYS)[number]['value'];

/** Links that open a dataset to whoever holds them. */
export function Links({ id }: { readonly id: string }): ReactNode {
  const { queryKey, ...question } = datasetQueries.shares(id);
  const { data, error } = useQuery({ queryKey, ...question });
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const refresh = (): Promise<void> => queryClient.invalidateQueries({ queryKey });
  const open = data?.shares.filter(
    ({ id: one, revoked_at: revoked, exp }) => revoked === null && exp * 1000 > data.askedAt && !hidden.has(one),
  );
  const revoke = ({ id: one, name }: Share): void => {
    setHidden(new Set([...hidden, one]));
    const perform = async (): Promise<void> => {
      try {
        await client.revokeShare(id, one);
      } catch (error) {
        toast(errorLine(error), { tone: 'danger' });
      }
      await refresh();
    };
    doUnlessUndone(
      `The link ${name === null ? '' : `“${name}” `}is revoked.`,
      () => void perform(),
      () => setHidden((former) => new Set([...former].filter((other) => other !== one))),
    );
  };
  return (
    <section className="flex flex-col gap-3 border-t border-line pt-4">
      <div>
        <h2 className="font-semibold">Links</h2>
        <p className="text-sm text-soft">
          Whoever has a link sees the dataset, signed in or not, until it ends or is revoked.
        </p>
      </div>
      {error !== null ? (
        <p className="text-sm text-danger">{errorLine(error)}</p>
      ) : open === undefined ? (
        <Skeleton className="h-9 w-full" />
      ) : (
        <ul aria-label="Links" className="m-0 flex list-none flex-col gap-3 p-0">
          {open.map((share) => (
            <li key={share.id} className="flex flex-col gap-1">
              <div className="flex items-center gap-2">
                <p className="min-w-0 flex-1 truncate text-sm">
                  <span className="font-medium">{share.name ?? 'Without a name'}</span>{' '}
                  <span className="text-soft">
                    until {formatDay(share.expires_at)}
                    {share.downloads ? ', with files' : ''}
                  </span>
                </p>
                <Button
                  size="sm"
                  variant="danger"
                  aria-label={`Revoke ${share.name ?? 'the link'}`}
                  onClick={() => revoke(share)}
                >
                  Revoke
                </Button>
              </div>
              <CopyField label={`Link ${share.name ?? ''}`.trim()} value={share.url} />
            </li>
          ))}
        </ul>
      )}
      <NewLink id={id} onMade={refresh} />
    </section>
  );
}

function NewLink({ id, onMade }: { readonly id: string; readonly onMade: () => Promise<void> }): ReactNode {
  const [name, setName] = useState('');
  const [days, setDays] = useState<Days>('30');
  const [hasFiles, setFiles] = useState(false);
  const make = useMutation({
    mutationFn: () =>
      client.createShare(id, {
        name: name.trim() === '' ? null : name.trim(),
        expires_in_days: Number(days),
        downloads: hasFiles,
      }),
    onSuccess: async () => {
      setName('');
      await onMade();
    },
    onError: (error) => toast(errorLine(error), { tone: 'danger' }),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-2">
      <div className="flex gap-2">
        <Field label="What the link is for" isLabelHidden className="min-w-0 flex-1">
          <Input
            placeholder="What the link is for"
            maxLength={200}
            value={name}
            onChange={({ target }) => setName(target.value)}
          />
        </Field>
        <Select
          aria-label="The link holds for"
          className="w-auto!"
          value={days}
          options={DAYS}
          onValueChange={setDays}
        />
      </div>
      <div className="flex items-center justify-between gap-2">
        <Checkbox label="Opens the files too" checked={hasFiles} onCheckedChange={setFiles} />
        <Button type="submit" icon={Link2} busy={make.isPending}>
          Make a link
        </Button>
      </div>
    </form>
  );
}
