import { type Dataset, VISIBILITIES, type Visibility } from '@inlay/contract';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Trash2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { client, refreshDatasets } from '../api.ts';
import { errorLine } from '../describe-error.ts';
import { useMe } from '../session.ts';
import { Button } from '../ui/button.tsx';
import { Field, Select } from '../ui/field.tsx';
import { toast } from '../ui/toast-store.ts';
import { VISIBILITY_TEXTS, visibilityLabel, visibilityOptions } from '../visibility.ts';
import { Confirmation, confirmationOf } from './confirmation.tsx';
import { DeleteDialog } from './delete-dialog.tsx';
import { Links } from './links.tsx';
import { People } from './people.tsx';

interface Change {
  readonly visibility: Visibility;
  /** That the pixels of sources may be shown to people who may not see these. */
  readonly isConfirmed?: boolean;
}

/** Who sees the dataset, with whom it is shared, and its end. */
export function AccessTab({ dataset }: { readonly dataset: Dataset }): ReactNode {
  const { id, visibility, access } = dataset;
  const [isDeleting, setDeleting] = useState(false);
  const set = useMutation({
    mutationFn: ({ visibility: next, isConfirmed }: Change) =>
      client.patchDataset(id, { visibility: next, ...(isConfirmed === true ? { confirm_public_sources: true } : {}) }),
    onSuccess: async (_, { visibility: next }) => {
      const former = visibility;
      await refreshDatasets();
      toast(`Now ${visibilityLabel(next).toLowerCase()}.`, {
        action: next === former ? null : { label: 'Undo', run: () => set.mutate({ visibility: former }) },
      });
    },
    onError: (error) => {
      if (confirmationOf(error) === null) toast(errorLine(error), { tone: 'danger' });
    },
  });
  const reason = confirmationOf(set.error);
  const shown = (set.isPending || reason !== null ? set.variables?.visibility : undefined) ?? visibility;
  if (access.level !== 'manage') return <OthersDecide dataset={dataset} />;
  return (
    <div className="flex flex-col gap-6 p-4">
      <Field
        label="Who sees it"
        hint={
          dataset.record_type === 'vrt_dataset'
            ? `${VISIBILITY_TEXTS[shown]} Its pixels are seen by those who may see all of its sources.`
            : VISIBILITY_TEXTS[shown]
        }
      >
        <Select
          value={shown}
          disabled={set.isPending}
          options={visibilityOptions(VISIBILITIES)}
          onValueChange={(next) => set.mutate({ visibility: next })}
        />
      </Field>
      {reason !== null && set.variables !== undefined && (
        <Confirmation
          reason={reason}
          isBusy={set.isPending}
          onConfirm={() => set.mutate({ ...set.variables, isConfirmed: true })}
          onLeave={() => set.reset()}
        />
      )}
      <People id={id} isCounted={visibility !== 'private'} />
      <Links id={id} />
      <section className="border-t border-line pt-4">
        <h2 className="font-semibold">Delete</h2>
        <p className="mt-1 mb-3 text-sm text-soft">
          For good, with what was uploaded or built for it. Files registered in place stay where they are. Refused as
          long as a virtual raster is made of it.
        </p>
        <Button variant="danger" icon={Trash2} onClick={() => setDeleting(true)}>
          Delete
        </Button>
      </section>
      {isDeleting && <DeleteDialog dataset={dataset} onClose={() => setDeleting(false)} />}
    </div>
  );
}

/** For whoever does not decide on it: who sees it, and what they themselves may do. */
function OthersDecide({ dataset }: { readonly dataset: Dataset }): ReactNode {
  const { visibility, access, created_by_name: owner } = dataset;
  return (
    <div className="flex flex-col gap-4 p-4">
      <section>
        <h2 className="font-semibold">{visibilityLabel(visibility)}</h2>
        <p className="text-sm text-soft">{seenBy(visibility)}</p>
      </section>
      <section className="border-t border-line pt-4">
        <h2 className="font-semibold">What you may do</h2>
        <p className="text-sm text-soft">
          {access.level === 'edit'
            ? 'You may change what it is called and what it is made of: that was granted to you.'
            : access.by === 'owner'
              ? 'It is yours, but as a viewer you may only look. An administrator can make you an editor.'
              : 'You may look at it and use it.'}
        </p>
        {access.by !== 'owner' && (
          <p className="mt-1 text-sm text-soft">
            Who sees it, and whether it is deleted, {owner ?? 'its owner'} and administrators decide.
          </p>
        )}
        {access.by === 'grant' && <GiveBack dataset={dataset} />}
      </section>
    </div>
  );
}

/** Gives back what was granted to oneself. */
function GiveBack({ dataset: { id, title } }: { readonly dataset: Dataset }): ReactNode {
  const me = useMe();
  const navigate = useNavigate();
  const leave = useMutation({
    mutationFn: (user: string) => client.deleteGrant(id, user),
    onSuccess: async () => {
      await navigate({ to: '/', search: ({ map }) => ({ map }) });
      await refreshDatasets();
      toast(`“${title}” is no longer shared with you.`);
    },
    onError: (error) => toast(errorLine(error), { tone: 'danger' }),
  });
  if (me == null) return null;
  return (
    <Button size="sm" className="mt-3" busy={leave.isPending} onClick={() => leave.mutate(me.id)}>
      Give it back
    </Button>
  );
}

/** The sentence for somebody else than its owner. */
function seenBy(visibility: Visibility): string {
  if (visibility === 'private') return 'Only its owner and administrators see it.';
  return visibility === 'restricted' ? 'Those whom it is shared with see it.' : VISIBILITY_TEXTS[visibility];
}
