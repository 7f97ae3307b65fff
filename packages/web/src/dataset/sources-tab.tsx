import type { Dataset, JobAccepted, VrtRegenerate, VrtSourceList, VrtStatus } from '@inlay/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Hammer, Plus, RotateCw, Settings2, Undo2 } from 'lucide-react';
import { type ReactNode, useMemo, useState } from 'react';
import { client, queryClient } from '../api.ts';
import { sentOrder, shownOrder } from '../build/draft.ts';
import { SOURCE_ROW_HEIGHT } from '../build/source-facts.tsx';
import { SourceList, sourcesLabel } from '../build/source-list.tsx';
import { errorLine } from '../describe-error.ts';
import { refreshJobs } from '../jobs/use-jobs.ts';
import { useMapHandle } from '../map/stage-store.ts';
import { Failure } from '../shell/page-error.tsx';
import { Badge } from '../ui/badge.tsx';
import { Button, IconButton } from '../ui/button.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { toast } from '../ui/toast-store.ts';
import { VirtualList } from '../ui/virtual-list.tsx';
import { AddSources } from './add-sources.tsx';
import { BuildState } from './build-state.tsx';
import { datasetQueries } from './dataset-queries.ts';
import { HiddenSources } from './hidden-sources.tsx';
import { RebuildDialog } from './rebuild-dialog.tsx';
import { describeChanges } from './source-changes.ts';

export interface SourcesTabProps {
  readonly dataset: Dataset;
}

/** What a virtual raster is made of, how that is, and how it is changed. */
export function SourcesTab(props: SourcesTabProps): ReactNode {
  const { id } = props.dataset;
  const sources = useQuery(datasetQueries.sources(id));
  const status = useQuery(datasetQueries.status(id));
  const error = sources.error ?? status.error;
  if (error !== null)
    return <Failure error={error} onRetry={() => void queryClient.invalidateQueries({ queryKey: ['dataset', id] })} />;
  if (sources.data === undefined || status.data === undefined) {
    return (
      <div className="flex flex-col gap-3 p-4">
        {[0, 1, 2, 3].map((row) => (
          <Skeleton key={row} className="h-12 w-full" />
        ))}
      </div>
    );
  }
  // What was changed here was changed of this build.
  return <Workbench key={status.data.generation_id} {...props} sources={sources.data.sources} status={status.data} />;
}

interface WorkbenchProps extends SourcesTabProps {
  readonly sources: VrtSourceList['sources'];
  readonly status: VrtStatus;
}

function Workbench({ dataset, sources, status }: WorkbenchProps): ReactNode {
  const { id, raster, access } = dataset;
  const canChange = access.level !== 'view';
  const isMosaic = raster?.vrt_type === 'mosaic';
  const order = raster?.options?.source_order ?? 'as_given';
  const vrtType = isMosaic ? 'mosaic' : 'band_stack';
  const served = useMemo(() => {
    const ids = sources.toSorted((a, b) => a.position - b.position).map((one) => one.dataset_id);
    return shownOrder({ ids, vrtType }, null);
  }, [sources, vrtType]);
  /** The ids as the list shows them, changed; null while they are those that are served. */
  const [draft, setDraft] = useState<readonly string[] | null>(null);
  const [isAdding, setAdding] = useState(false);
  const [isChoosing, setChoosing] = useState(false);
  const wanted = draft ?? served;
  const said = describeChanges(served, wanted);
  const hiddenCount = status.source_count - sources.length;
  const isIdle = status.active_generation === null;
  const canEdit = canChange && isIdle && hiddenCount === 0;
  // Sources that its owner may not see cannot be built of: what is built, is built with the owner's eyes.
  const canRebuild = canChange && isIdle && (hiddenCount === 0 || access.by !== 'owner');

  const start = useMutation({
    mutationFn: (run: () => Promise<JobAccepted>) => run(),
    onSuccess: async () => {
      await Promise.all([queryClient.invalidateQueries({ queryKey: ['dataset', id] }), refreshJobs()]);
    },
    onError: (error) => {
      // The dialog says it beside what it is about.
      if (!isChoosing) toast(errorLine(error), { tone: 'danger' });
    },
  });
  const apply = (): void => {
    const ids = sentOrder(wanted, vrtType);
    start.mutate(() => client.setVrtSources(id, { source_dataset_ids: [...ids] }, { ifMatch: status.generation_id }));
  };
  const regenerate = (body: VrtRegenerate, onStarted?: () => void): void =>
    start.mutate(
      () => client.regenerateVrt(id, body, { ifMatch: status.generation_id }),
      onStarted === undefined ? {} : { onSuccess: onStarted },
    );
  const change = (next: readonly string[]): void => setDraft(describeChanges(served, next) === null ? null : next);
  const remove = (one: string): void => {
    const before = wanted;
    change(wanted.filter((other) => other !== one));
    toast('Taken out. Nothing is built until you say so.', {
      action: { label: 'Put it back', run: () => change(before) },
    });
  };

  return (
    <>
      <BuildState status={status} canChange={canChange} />
      <div className="flex h-11 shrink-0 items-center gap-2 border-b border-line px-3">
        <p className="min-w-0 flex-1 truncate text-sm text-soft">
          {isMosaic ? 'The top row lies on top.' : 'The top row is band 1.'}
        </p>
        {canChange && (
          <>
            <Button
              size="sm"
              icon={Plus}
              aria-expanded={isAdding}
              disabled={!canEdit}
              onClick={() => setAdding(!isAdding)}
            >
              Add
            </Button>
            <Button
              size="sm"
              icon={RotateCw}
              disabled={!canRebuild || draft !== null}
              busy={start.isPending && draft === null && !isChoosing}
              onClick={() => regenerate({})}
            >
              Build anew
            </Button>
            <IconButton
              icon={Settings2}
              size="sm"
              label="Build with other options"
              disabled={!canRebuild || draft !== null}
              onClick={() => {
                start.reset();
                setChoosing(true);
              }}
            />
          </>
        )}
      </div>
      {hiddenCount > 0 && (
        <HiddenSources
          dataset={dataset}
          count={hiddenCount}
          shownCount={sources.length}
          isBusy={start.isPending}
          onLeaveOut={apply}
        />
      )}
      {isChoosing && (
        <RebuildDialog
          vrtType={isMosaic ? 'mosaic' : 'band_stack'}
          strategy={raster?.resolution_strategy ?? 'finest'}
          options={raster?.options ?? {}}
          error={start.error}
          isBusy={start.isPending}
          onBuild={(body) => regenerate(body, () => setChoosing(false))}
          onClose={() => setChoosing(false)}
        />
      )}
      {isAdding && canEdit && (
        <AddSources
          chosen={new Set([...wanted, id])}
          onAdd={(one) => change(isMosaic ? [one, ...wanted] : [...wanted, one])}
        />
      )}
      <Sources
        sources={sources}
        status={status}
        wanted={wanted}
        served={served}
        canEdit={canEdit}
        isMosaic={isMosaic}
        onChange={change}
        onRemove={remove}
      />
      {said !== null && (
        <div
          role="group"
          aria-label="Changes"
          className="flex shrink-0 flex-col gap-2 border-t border-line bg-raised p-3"
        >
          <p className="text-sm">
            <span className="font-medium">{said}.</span>{' '}
            <span className="text-soft">
              {wanted.length < 2
                ? 'A virtual raster needs two sources at least.'
                : order === 'as_given'
                  ? 'What is served stays until the new build is ready.'
                  : 'It is ordered by its option, whatever the order here.'}
            </span>
          </p>
          <div className="flex justify-end gap-2">
            <Button size="sm" variant="plain" icon={Undo2} onClick={() => setDraft(null)}>
              Leave as it was
            </Button>
            <Button
              size="sm"
              variant="primary"
              icon={Hammer}
              disabled={wanted.length < 2 || !canEdit}
              busy={start.isPending}
              onClick={apply}
            >
              Build with these
            </Button>
          </div>
        </div>
      )}
    </>
  );
}

const HEALTH = {
  missing: { label: 'Missing', tone: 'danger' },
  inaccessible: { label: 'Unreadable', tone: 'danger' },
  stale: { label: 'Changed since', tone: 'warn' },
} as const;

interface SourcesProps {
  readonly sources: VrtSourceList['sources'];
  readonly status: VrtStatus;
  readonly wanted: readonly string[];
  readonly served: readonly string[];
  readonly canEdit: boolean;
  readonly isMosaic: boolean;
  readonly onChange: (ids: readonly string[]) => void;
  readonly onRemove: (id: string) => void;
}

function Sources(props: SourcesProps): ReactNode {
  const { sources, status, wanted, served, canEdit, isMosaic, onChange, onRemove } = props;
  const handle = useMapHandle();
  const badges = useMemo(() => {
    const isServed = new Set(served);
    const health = new Map(status.source_health.map((one) => [one.dataset_id, one.status]));
    return new Map(wanted.map((id) => [id, badgeOf(isServed.has(id), health.get(id) ?? 'healthy')]));
  }, [served, status, wanted]);
  const known = useMemo(() => new Map(sources.map((one) => [one.dataset_id, one])), [sources]);
  if (canEdit) {
    return (
      <SourceList
        shown={wanted}
        isMosaic={isMosaic}
        badgeOf={(id) => badges.get(id)}
        onReorder={onChange}
        onRemove={onRemove}
        onZoom={(id, dataset) => {
          const box = known.get(id)?.extent_bbox ?? dataset?.extent_bbox ?? null;
          if (box !== null) handle?.fit(box);
        }}
      />
    );
  }
  return (
    <VirtualList
      label={sourcesLabel(isMosaic)}
      count={wanted.length}
      rowHeight={SOURCE_ROW_HEIGHT}
      onRange={noRange}
      renderRow={(index) => {
        const id = wanted[index] ?? '';
        return <PlainRow id={id} title={known.get(id)?.title ?? id} badge={badges.get(id)} />;
      }}
    />
  );
}

/** What is special about a source, in a word; null for nothing. */
function badgeOf(isServed: boolean, health: keyof typeof HEALTH | 'healthy'): ReactNode {
  if (!isServed) return <Badge tone="accent">New</Badge>;
  return health === 'healthy' ? null : <Badge tone={HEALTH[health].tone}>{HEALTH[health].label}</Badge>;
}

/** All of these are known: there is nothing to ask for. */
function noRange(): void {}

/** A source for whoever only looks. */
function PlainRow({
  id,
  title,
  badge,
}: {
  readonly id: string;
  readonly title: string;
  readonly badge: ReactNode;
}): ReactNode {
  return (
    <div className="flex h-full items-center gap-2 border-b border-line px-4">
      <Link to="/datasets/$id" params={{ id }} className="min-w-0 truncate font-medium hover:underline">
        {title}
      </Link>
      {badge}
    </div>
  );
}
