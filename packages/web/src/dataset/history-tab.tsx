import type { Dataset, VrtGenerationList } from '@inlay/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import { History } from 'lucide-react';
import type { ReactNode } from 'react';
import { DatasetActivity } from '../activity/dataset-activity.tsx';
import { client, queryClient, refreshDatasets } from '../api.ts';
import { errorLine } from '../describe-error.ts';
import { formatDuration, formatMoment, formatPlural } from '../format.ts';
import { Failure } from '../shell/page-error.tsx';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { Empty } from '../ui/states.tsx';
import { toast } from '../ui/toast-store.ts';
import { BuildState } from './build-state.tsx';
import { datasetQueries } from './dataset-queries.ts';

type Generation = VrtGenerationList['generations'][number];

const CHANGES: Readonly<Record<Generation['change'], string>> = {
  created: 'created',
  sources_added: 'sources added',
  sources_removed: 'sources removed',
  sources_set: 'sources changed',
  regenerated: 'built anew',
};

export interface HistoryTabProps {
  readonly dataset: Dataset;
  readonly canChange: boolean;
}

/** What a dataset was: the builds of a virtual raster, and for who decides on it, who did what to it. */
export function HistoryTab({ dataset, canChange }: HistoryTabProps): ReactNode {
  const { id, record_type: type, access } = dataset;
  return (
    <>
      {type === 'vrt_dataset' && <Builds id={id} canChange={canChange} />}
      {access.level === 'manage' && <DatasetActivity id={id} />}
    </>
  );
}

/** The builds of a virtual raster, newest first; an earlier one can be served again. */
function Builds({ id, canChange }: { readonly id: string; readonly canChange: boolean }): ReactNode {
  const { data, error, refetch } = useQuery(datasetQueries.generations(id));
  const { data: status } = useQuery(datasetQueries.status(id));
  const current = data?.generations.find(({ is_current: isCurrent }) => isCurrent);
  const rollBack = useMutation({
    mutationFn: ({ id: generationId }: Generation) => client.rollBackVrt(id, { generation_id: generationId }),
    onSuccess: async (_, { number }) => {
      await refreshDatasets();
      toast(`Build ${number ?? ''} is served again.`, {
        action: current === undefined ? null : { label: 'Undo', run: () => rollBack.mutate(current) },
      });
    },
    onError: async (error) => {
      toast(errorLine(error), { tone: 'danger' });
      await queryClient.invalidateQueries({ queryKey: ['dataset', id] });
    },
  });
  if (error !== null) return <Failure error={error} onRetry={() => void refetch()} />;
  if (data === undefined) {
    return (
      <div className="flex flex-col gap-3 p-4">
        <Skeleton className="h-14 w-full" />
        <Skeleton className="h-14 w-full" />
      </div>
    );
  }
  if (data.generations.length === 0) return <Empty icon={History} title="Not built yet" />;
  const isBusy = status?.active_generation != null;
  return (
    <>
      {status !== undefined && <BuildState status={status} canChange={canChange} />}
      <ol aria-label="Builds, newest first" className="m-0 list-none p-0">
        {data.generations.map((generation) => (
          <li key={generation.id} className="flex items-start gap-3 border-b border-line px-4 py-2.5">
            <div className="flex min-w-0 flex-1 flex-col gap-0.5">
              <p className="flex flex-wrap items-center gap-1.5">
                <span className="font-medium">
                  {generation.number === null ? 'Build: ' : `Build ${generation.number}: `}
                  {CHANGES[generation.change]}
                </span>
                <State generation={generation} />
              </p>
              <p className="text-xs text-soft">{factsOf(generation)}</p>
              {generation.error_message !== null && (
                <p className="text-sm break-words text-danger">{generation.error_message}</p>
              )}
            </div>
            {canChange && generation.status === 'completed' && !generation.is_current && (
              <Button
                size="sm"
                aria-label={`Serve again: build ${generation.number ?? ''}`}
                disabled={isBusy}
                busy={rollBack.isPending && rollBack.variables.id === generation.id}
                onClick={() => rollBack.mutate(generation)}
              >
                Serve again
              </Button>
            )}
          </li>
        ))}
      </ol>
      <p className="p-4 text-xs text-soft">The last ten builds are kept, and the one that is served.</p>
    </>
  );
}

function State({ generation: { status, is_current: isCurrent } }: { readonly generation: Generation }): ReactNode {
  if (isCurrent) return <Badge tone="good">Served</Badge>;
  if (status === 'failed') return <Badge tone="danger">Failed</Badge>;
  return status === 'completed' ? null : (
    <Badge tone="accent">{status === 'running' ? 'Being built' : 'Waiting'}</Badge>
  );
}

function factsOf({
  completed_at: end,
  started_at: start,
  duration_seconds: seconds,
  source_count: count,
}: Generation): string {
  const time = end ?? start;
  return [
    time === null ? null : formatMoment(time),
    formatPlural(count, 'source'),
    seconds === null ? null : formatDuration(seconds),
  ]
    .filter((part) => part !== null)
    .join(' · ');
}
