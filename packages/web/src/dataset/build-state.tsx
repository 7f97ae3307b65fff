import type { VrtStatus } from '@inlay/contract';
import { useMutation } from '@tanstack/react-query';
import { CircleAlert } from 'lucide-react';
import { type ReactNode, useEffect } from 'react';
import { client, queryClient, refreshDatasets } from '../api.ts';
import { errorLine } from '../describe-error.ts';
import { formatAgo } from '../format.ts';
import { JobProgress, type ShownProgress } from '../jobs/job-progress.tsx';
import { refreshJobs, useJob } from '../jobs/use-jobs.ts';
import { Button } from '../ui/button.tsx';
import { Note } from '../ui/states.tsx';
import { toast } from '../ui/toast-store.ts';

/** The build that is under way, or why the last one failed; nothing where all is well. */
export function BuildState({
  status,
  canChange,
}: {
  readonly status: VrtStatus;
  readonly canChange: boolean;
}): ReactNode {
  const { active_generation: active, last_failure: failure } = status;
  if (active !== null) return <Building key={active.generation_id} active={active} canChange={canChange} />;
  return failure === null ? null : <Failed failure={failure} canChange={canChange} />;
}

interface BuildingProps {
  readonly active: NonNullable<VrtStatus['active_generation']>;
  readonly canChange: boolean;
}

function Building({ active, canChange }: BuildingProps): ReactNode {
  // Only whoever asked for it, and administrators, may follow and cancel the job; all others see how far it is.
  const { data: job } = useJob(canChange ? active.job_id : null);
  const cancel = useMutation({
    mutationFn: (id: string) => client.cancelJob(id),
    onSuccess: async () => {
      await Promise.all([refreshDatasets(), refreshJobs()]);
    },
    onError: (error) => toast(errorLine(error), { tone: 'danger' }),
  });
  // Whoever follows no job learns of its end by the state, which is asked for again and again.
  useEffect(() => () => void refreshDatasets(), []);
  return (
    <section
      aria-label="New build"
      className="flex shrink-0 flex-col gap-2 border-b border-line bg-accent-wash px-4 py-3"
    >
      <p className="font-medium">A new build is being made</p>
      <JobProgress job={job ?? asProgress(active)} />
      <div className="flex items-center justify-between gap-3">
        <p className="text-sm text-soft">The map, tiles and downloads stay as they were until it is ready.</p>
        {job !== undefined && (
          <Button size="sm" busy={cancel.isPending} onClick={() => cancel.mutate(job.id)}>
            Cancel
          </Button>
        )}
      </div>
    </section>
  );
}

function asProgress({ progress, current_step: step }: BuildingProps['active']): ShownProgress {
  return { status: 'running', progress, current_step: step, error_message: null, warnings: [] };
}

interface FailedProps {
  readonly failure: NonNullable<VrtStatus['last_failure']>;
  readonly canChange: boolean;
}

function Failed({ failure, canChange }: FailedProps): ReactNode {
  const retry = useMutation({
    mutationFn: () => client.retryJob(failure.job_id),
    onSuccess: async () => {
      await Promise.all([queryClient.invalidateQueries({ queryKey: ['dataset'] }), refreshJobs()]);
    },
    onError: (error) => toast(errorLine(error), { tone: 'danger' }),
  });
  return (
    <div className="shrink-0 border-b border-line p-3">
      <Note tone="danger" icon={CircleAlert}>
        <p className="font-medium">The last build failed, {formatAgo(failure.failed_at)}</p>
        <p>{failure.error_message}</p>
        <p className="text-soft">What was served before it still is.</p>
        {canChange && (
          <Button size="sm" className="mt-2" busy={retry.isPending} onClick={() => retry.mutate()}>
            Try again
          </Button>
        )}
      </Note>
    </div>
  );
}
