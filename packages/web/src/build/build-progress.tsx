import { isFinalJobStatus, type Job } from '@inlay/contract';
import { useNavigate } from '@tanstack/react-router';
import { Check, CircleSlash } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { client, queryClient, queries } from '../api.ts';
import { describeError, errorLine } from '../describe-error.ts';
import { useJob } from '../jobs/use-jobs.ts';
import { Failure } from '../shell/page-error.tsx';
import { PagePending } from '../shell/page-pending.tsx';
import { Button } from '../ui/button.tsx';
import { Progress } from '../ui/progress.tsx';
import { Spinner } from '../ui/spinner.tsx';
import { Empty } from '../ui/states.tsx';
import { toast } from '../ui/toast-store.ts';
import { BuildFailure } from './build-failure.tsx';
import type { Draft } from './draft.ts';

export interface BuildProgressProps {
  readonly jobId: string;
  readonly title: string;
  /** What it is built of, to be mended where that fails. */
  readonly draft: Draft;
  /** The job was begun again. */
  readonly onRetried: () => void;
  readonly onLeaveOut: (ids: readonly string[]) => void;
  readonly onBuildAnew: () => Promise<void>;
  /** Back to the draft, which is as it was. */
  readonly onBack: () => void;
}

/** A virtual raster being built: its steps as they come, until it opens. */
export function BuildProgress(props: BuildProgressProps): ReactNode {
  const { jobId, title, onBack } = props;
  const { data: job, error, refetch } = useJob(jobId);
  const navigate = useNavigate();
  const [isCancelling, setCancelling] = useState(false);
  const steps = useSteps(job);
  const datasetId = job?.status === 'complete' ? job.dataset_id : null;

  useEffect(() => {
    if (datasetId === null) return;
    void navigate({ to: '/datasets/$id', params: { id: datasetId }, search: ({ map }) => ({ map }), replace: true });
  }, [datasetId, navigate]);

  const cancel = async (): Promise<void> => {
    setCancelling(true);
    try {
      await client.cancelJob(jobId);
    } catch (error) {
      // It may have come to its end meanwhile, which is seen next.
      if (describeError(error).code !== 'job_not_cancellable') toast(errorLine(error), { tone: 'danger' });
    }
    await queryClient.invalidateQueries({ queryKey: queries.job(jobId).queryKey });
    setCancelling(false);
  };
  const retry = async (): Promise<void> => {
    try {
      await client.retryJob(jobId);
      await queryClient.invalidateQueries({ queryKey: queries.job(jobId).queryKey });
      props.onRetried();
    } catch (error) {
      toast(errorLine(error), { tone: 'danger' });
    }
  };

  const back = <Button onClick={onBack}>Back to the draft</Button>;
  if (error !== null) return <Failure error={error} onRetry={() => void refetch()} />;
  if (job === undefined) return <PagePending />;
  if (job.status === 'cancelled') {
    return (
      <Empty icon={CircleSlash} title="Cancelled" actions={back}>
        Nothing was built. What you had chosen is still there.
      </Empty>
    );
  }
  if (job.status === 'failed') {
    return (
      <BuildFailure
        job={job}
        title={title}
        draft={props.draft}
        onRetry={() => void retry()}
        onBuildAnew={props.onBuildAnew}
        onLeaveOut={props.onLeaveOut}
        onBack={onBack}
      />
    );
  }
  return (
    <div className="flex flex-col gap-4 p-5">
      <div>
        <h1 className="text-lg font-semibold">{isFinalJobStatus(job.status) ? 'Built' : 'Building'}</h1>
        <p className="break-words text-soft">{title}</p>
      </div>
      <Progress label={`Building ${title}`} value={job.status === 'pending' ? null : job.progress} />
      <ol aria-label="Steps" aria-live="polite" className="flex list-none flex-col gap-2 p-0">
        {steps.map((step, index) => {
          const isDone = index < steps.length - 1 || job.status === 'complete';
          return (
            <li key={step} className="flex items-center gap-2">
              <span className="flex w-4 justify-center">
                {isDone ? <Check size={16} aria-hidden="true" className="text-good" /> : <Spinner />}
              </span>
              <span className={isDone ? 'text-soft' : 'font-medium'}>{step}</span>
              <span className="sr-only">{isDone ? ', done' : ', under way'}</span>
            </li>
          );
        })}
      </ol>
      {job.warnings.length > 0 && (
        <ul className="flex flex-col gap-1 pl-4 text-sm text-soft">
          {job.warnings.slice(0, 5).map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
      <div>
        <Button busy={isCancelling} disabled={isFinalJobStatus(job.status)} onClick={() => void cancel()}>
          Cancel
        </Button>
      </div>
    </div>
  );
}

/** The steps that a job has named so far, in words. */
function useSteps(job: Job | undefined): readonly string[] {
  const [steps, setSteps] = useState<readonly string[]>([]);
  const now = job === undefined ? null : stepOf(job);
  if (now !== null && !steps.includes(now)) setSteps([...steps, now]);
  return steps;
}

function stepOf({ status, current_step: step }: Job): string {
  if (status === 'complete') return 'Opening it';
  if (status === 'pending') return 'Waiting for its turn';
  if (step === null) return 'Starting';
  return `${step[0]?.toUpperCase() ?? ''}${step.slice(1)}`;
}
