import type { ApiKey, CreatedApiKey, TokenScope } from '@inlay/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import { KeyRound, Plus } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { client, queries, queryClient } from '../api.ts';
import { describeError, errorLine } from '../describe-error.ts';
import { formatAgo, formatDay } from '../format.ts';
import { Failure } from '../shell/page-error.tsx';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { CopyField } from '../ui/copy-field.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field, Input, Select } from '../ui/field.tsx';
import { FormDialog, formText } from '../ui/form-dialog.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { Empty } from '../ui/states.tsx';
import { Table } from '../ui/table.tsx';
import { doUnlessUndone, toast } from '../ui/toast-store.ts';
import { Section } from './section.tsx';

/** Keys for programs: GDAL, QGIS, scripts. */
export function Tokens(): ReactNode {
  const { data, error, refetch } = useQuery(queries.apiKeys());
  const [isOpen, setOpen] = useState(false);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const keys = data?.api_keys.filter(({ id }) => !hidden.has(id));

  const revoke = ({ id, name }: ApiKey): void => {
    setHidden(new Set([...hidden, id]));
    const perform = async (): Promise<void> => {
      try {
        await client.deleteApiKey(id);
      } catch (error) {
        toast(errorLine(error), { tone: 'danger' });
      }
      await queryClient.invalidateQueries({ queryKey: ['api-keys'] });
    };
    doUnlessUndone(
      `“${name}” is revoked.`,
      () => void perform(),
      () => setHidden((former) => new Set([...former].filter((one) => one !== id))),
    );
  };

  return (
    <Section
      title="Tokens"
      text="For programs that act on your behalf: GDAL, QGIS, scripts."
      action={
        <Button icon={Plus} onClick={() => setOpen(true)}>
          New token
        </Button>
      }
    >
      {error !== null ? (
        <Failure error={error} onRetry={() => void refetch()} />
      ) : keys === undefined ? (
        <Skeleton className="h-24 w-full" />
      ) : keys.length === 0 ? (
        <Empty icon={KeyRound} title="No tokens" />
      ) : (
        <Table
          label="Tokens"
          rows={keys}
          keyOf={({ id }) => id}
          columns={[
            { title: 'Name', cell: ({ name }) => <span className="font-medium">{name}</span> },
            {
              title: 'May',
              cell: ({ scope }) => (
                <span className="whitespace-nowrap">{scope === 'read' ? 'read' : 'read and change'}</span>
              ),
            },
            { title: 'Begins with', cell: ({ key_hint: hint }) => <code className="font-mono text-xs">{hint}…</code> },
            {
              title: 'Last used',
              className: 'whitespace-nowrap',
              cell: ({ last_used_at: at }) => (at === null ? 'never' : formatAgo(at)),
            },
            { title: 'Expires', className: 'whitespace-nowrap', cell: ({ expires_at: at }) => <Expiry at={at} /> },
            {
              title: <span className="sr-only">Actions</span>,
              isNumeric: true,
              cell: (key) => (
                <Button size="sm" variant="danger" onClick={() => revoke(key)}>
                  Revoke
                </Button>
              ),
            },
          ]}
        />
      )}
      {isOpen && <NewToken onClose={() => setOpen(false)} />}
    </Section>
  );
}

const SCOPES: Readonly<Record<TokenScope, { readonly label: string; readonly hint: string }>> = {
  read: { label: 'Reads', hint: 'It changes nothing, whatever you may: enough for GDAL, QGIS and maps.' },
  write: { label: 'Reads and changes', hint: 'It may do whatever you may: for scripts that add, build or delete.' },
};

function NewToken({ onClose }: { readonly onClose: () => void }): ReactNode {
  const [days, setDays] = useState('90');
  const [scope, setScope] = useState<TokenScope>('read');
  const create = useMutation({
    mutationFn: (name: string): Promise<CreatedApiKey> =>
      client.createApiKey({ name, scope, expires_in_days: days === '' ? null : Number(days) }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['api-keys'] }),
  });
  if (create.data !== undefined) {
    return (
      <Dialog title="Your new token" isOpen onClose={onClose} actions={<Button onClick={onClose}>Done</Button>}>
        <p className="mb-3">Copy it now: it is shown this once and never again.</p>
        <CopyField label="Token" value={create.data.key} />
      </Dialog>
    );
  }
  return (
    <FormDialog
      title="New token"
      submitLabel="Make it"
      isBusy={create.isPending}
      onClose={onClose}
      onSubmit={(form) => create.mutate(formText(form, 'name').trim())}
    >
      <Field label="Name" hint="What you will know it by." error={create.error && describeError(create.error).detail}>
        <Input name="name" required maxLength={200} pattern=".*\S.*" placeholder="QGIS on my laptop" />
      </Field>
      <Field label="What it may do" hint={SCOPES[scope].hint}>
        <Select
          value={scope}
          onValueChange={setScope}
          options={(['read', 'write'] as const).map((value) => ({ value, label: SCOPES[value].label }))}
        />
      </Field>
      <Field label="Holds for">
        <Select
          value={days}
          onValueChange={setDays}
          options={[
            { value: '30', label: '30 days' },
            { value: '90', label: '90 days' },
            { value: '365', label: 'A year' },
            { value: '', label: 'Until it is revoked' },
          ]}
        />
      </Field>
    </FormDialog>
  );
}

/** When a token ends; one that has ended is of no use and can go. */
function Expiry({ at }: { readonly at: string | null }): ReactNode {
  const [now] = useState(() => Date.now());
  if (at === null) return 'never';
  return Date.parse(at) < now ? <Badge tone="warn">Expired</Badge> : formatDay(at);
}
