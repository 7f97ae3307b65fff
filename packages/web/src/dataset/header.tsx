import type { Dataset } from '@inlay/contract';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ArrowLeft, Pencil } from 'lucide-react';
import { type FormEvent, type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { client, refreshDatasets } from '../api.ts';
import { describeError } from '../describe-error.ts';
import { Badge } from '../ui/badge.tsx';
import { Button, IconButton } from '../ui/button.tsx';
import { Field, Input, Textarea } from '../ui/field.tsx';
import { visibilityLabel } from '../visibility.ts';

/** What the dataset is called, and what it is said to show; both are edited where they stand. */
export function DatasetHeader({
  dataset,
  canChange,
}: {
  readonly dataset: Dataset;
  readonly canChange: boolean;
}): ReactNode {
  const [isEditing, setEditing] = useState(false);
  if (isEditing) return <Edit dataset={dataset} onDone={() => setEditing(false)} />;
  const { title, summary, visibility, record_type: type, raster } = dataset;
  const isVirtual = type === 'vrt_dataset';
  return (
    <header className="shrink-0 px-4 pt-3 pb-2">
      <div className="flex items-start gap-2">
        <Link
          to="/"
          search={({ map }) => ({ map })}
          aria-label="To the catalogue"
          className="-ml-1.5 inline-flex size-7 shrink-0 items-center justify-center rounded-md text-soft hover:bg-hover hover:text-ink"
        >
          <ArrowLeft size={16} aria-hidden="true" />
        </Link>
        <h1 className="min-w-0 flex-1 text-lg font-semibold break-words">{title}</h1>
        {canChange && (
          <IconButton icon={Pencil} size="sm" label="Edit title and summary" onClick={() => setEditing(true)} />
        )}
      </div>
      <div className="mt-1 flex flex-wrap items-center gap-1.5">
        <Badge>{!isVirtual ? 'Raster' : raster?.vrt_type === 'band_stack' ? 'Band stack' : 'Mosaic'}</Badge>
        <Badge>{visibilityLabel(visibility)}</Badge>
        {raster?.status === 'regenerating' && <Badge tone="accent">Being built anew</Badge>}
        {raster?.status === 'failed' && <Badge tone="danger">Last build failed</Badge>}
      </div>
      {summary !== null && summary !== '' && (
        <p className="mt-1.5 max-h-24 overflow-y-auto text-sm text-soft">{summary}</p>
      )}
    </header>
  );
}

function Edit({ dataset, onDone }: { readonly dataset: Dataset; readonly onDone: () => void }): ReactNode {
  const first = useRef<HTMLInputElement>(null);
  // It was opened to be typed in.
  useEffect(() => first.current?.focus(), []);
  const save = useMutation({
    mutationFn: (changes: { title: string; summary: string | null }) => client.patchDataset(dataset.id, changes),
    onSuccess: async () => {
      await refreshDatasets();
      onDone();
    },
  });
  const leave = ({ key }: KeyboardEvent): void => {
    if (key === 'Escape') onDone();
  };
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const [title, summary] = [form.get('title'), form.get('summary')];
    if (typeof title !== 'string' || typeof summary !== 'string') return;
    save.mutate({ title: title.trim(), summary: summary.trim() === '' ? null : summary.trim() });
  };
  return (
    <form className="flex shrink-0 flex-col gap-2 border-b border-line px-4 py-3" onSubmit={submit}>
      <Field label="Title" error={save.error === null ? undefined : describeError(save.error).detail}>
        <Input
          onKeyDown={leave}
          name="title"
          ref={first}
          required
          maxLength={500}
          pattern=".*\S.*"
          defaultValue={dataset.title}
        />
      </Field>
      <Field label="Summary">
        <Textarea onKeyDown={leave} name="summary" rows={3} maxLength={10_000} defaultValue={dataset.summary ?? ''} />
      </Field>
      <div className="flex justify-end gap-2">
        <Button variant="plain" size="sm" onClick={onDone}>
          Leave as it was
        </Button>
        <Button variant="primary" size="sm" type="submit" busy={save.isPending}>
          Save
        </Button>
      </div>
    </form>
  );
}
