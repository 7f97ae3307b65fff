import type { Dataset } from '@inlay/contract';
import { isApiError } from '@inlay/sdk';
import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { CircleAlert } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { client, queryClient, refreshDatasets } from '../api.ts';
import { errorLine } from '../describe-error.ts';
import { Field, Input } from '../ui/field.tsx';
import { FormDialog } from '../ui/form-dialog.tsx';
import { Note } from '../ui/states.tsx';
import { toast } from '../ui/toast-store.ts';

/** Deletes a dataset once its title was typed; where that is refused, it says what needs it. */
export function DeleteDialog({
  dataset,
  onClose,
}: {
  readonly dataset: Dataset;
  readonly onClose: () => void;
}): ReactNode {
  const { id, title } = dataset;
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const remove = useMutation({
    mutationFn: () => client.deleteDataset(id, title),
    onSuccess: async () => {
      await navigate({ to: '/', search: ({ map }) => ({ map }) });
      // What is gone is not asked for again.
      queryClient.removeQueries({ queryKey: ['dataset', id] });
      await refreshDatasets();
      toast(`“${title}” is deleted.`);
    },
  });
  return (
    <FormDialog
      title="Delete for good"
      submitLabel="Delete"
      cancelLabel="Keep it"
      isDangerous
      isBusy={remove.isPending}
      isReady={typed === title}
      onClose={onClose}
      onSubmit={() => remove.mutate()}
    >
      <p>This cannot be undone. To go on, type its title:</p>
      <p className="font-medium break-words select-all">{title}</p>
      <Field label="Title">
        <Input value={typed} autoComplete="off" onChange={({ target }) => setTyped(target.value)} />
      </Field>
      {remove.error !== null && <Refusal error={remove.error} onClose={onClose} />}
    </FormDialog>
  );
}

function Refusal({ error, onClose }: { readonly error: Error; readonly onClose: () => void }): ReactNode {
  const dependents = isApiError(error) ? (error.problem?.dependent_vrts ?? []) : [];
  return (
    <Note tone="danger" icon={CircleAlert}>
      <p>{errorLine(error)}</p>
      {dependents.length > 0 && (
        <ul aria-label="What is made of it" className="mt-1 mb-0 pl-4">
          {dependents.map(({ vrt_dataset_id: id, vrt_dataset_title: title }) => (
            <li key={id ?? title}>
              {id === null ? (
                `${title}, being built`
              ) : (
                <Link
                  to="/datasets/$id"
                  params={{ id }}
                  search={{ tab: 'sources' }}
                  className="text-accent underline underline-offset-2"
                  onClick={onClose}
                >
                  {title}
                </Link>
              )}
            </li>
          ))}
        </ul>
      )}
    </Note>
  );
}
