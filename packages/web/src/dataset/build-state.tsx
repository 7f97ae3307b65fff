import type { VrtStatus } from '@inlay/contract';
import { useMutation } from '@tanstack/react-query';
import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { client, queryClient, refreshDatasets } from '../api.ts';
import { errorLine } from '../describe-error.ts';
import { formatAgo } from '../format.ts';
import { JobProgress } from '../jobs/job-progress.tsx';
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
  if (active !== null) return <Building jobId={canChange ? active.job_id : null} active={active} />;
  return failure === null ? null : <Failed failure={failure} canChange={canChange} />;
}

interface BuildingProps {
  /** Null for whoever may not follow the job. */
  readonly jobId: string | null;
  readonly active: NonNullable<VrtStatus['active_generation']>;
}

function Building({ jobId, active }: BuildingProps): ReactNode {
  const { data: job } = useJob(jobId);
  const cancel = useMutation({
    mutationFn: (id: string) => client.cancelJob(id),
    onSuccess: async () => {
      await Promise.all([refreshDatasets(), refreshJobs()]);
    },
    onError: (error) => toast(errorLine(error), { tone: 'danger' }),
  });
  return (
    <section
      aria-label="New build"
      className="flex shrink-0 flex-col gap-2 border-b border-line bg-accent-wash px-4 py-3"
    >
      <p className="font-medium">A new build is being made</p>
      {jobId === null ? (
        <p className="text-sm">{active.current_step ?? 'It waits for its turn'}</p>
      ) : (
        <JobProgress job={job} />
      )}
      <div className="flex items-center justify-between gap-3">
        <p className="text-sm text-soft">The map, tiles and downloads stay as they were until it is ready.</p>
        {jobId !== null && (
          <Button size="sm" busy={cancel.isPending} onClick={() => cancel.mutate(jobId)}>
            Cancel
          </Button>
        )}
      </div>
    </section>
  );
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
