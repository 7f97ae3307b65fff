import { isFinalJobStatus, type Job } from '@inlay/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { RotateCw, Square } from 'lucide-react';
import type { ReactNode } from 'react';
import { client, queries } from '../api.ts';
import { errorLine } from '../describe-error.ts';
import { formatAgo, formatDuration, formatMoment } from '../format.ts';
import { thumbnailUrl } from '../map/dataset-tiles.ts';
import { Badge } from '../ui/badge.tsx';
import { Button, buttonClass } from '../ui/button.tsx';
import { Progress } from '../ui/progress.tsx';
import { Thumbnail } from '../ui/thumbnail.tsx';
import { toast } from '../ui/toast-store.ts';
import { Tooltip } from '../ui/tooltip.tsx';
import { kindLabel, secondsOf, statusLabel } from './job-words.ts';
import { KindIcon } from './kind-icon.tsx';
import { isUnderWay, refreshJobs } from './use-jobs.ts';

/** A job: what it does, how far it is, and what can be done with it. */
export function JobRow({ job }: { readonly job: Job }): ReactNode {
  const { label, tone } = statusLabel(job);
  const { data: dataset } = useQuery({ ...queries.dataset(job.dataset_id ?? ''), enabled: job.dataset_id !== null });
  const seconds = secondsOf(job);
  const isActive = isUnderWay(job);
  return (
    <li className="flex flex-col gap-2 border-b border-line py-3">
      <div className="flex items-center gap-3">
        {job.dataset_id !== null && job.status === 'complete' ? (
          <Thumbnail src={thumbnailUrl(job.dataset_id, 36)} size={36} />
        ) : (
          <span className="flex size-9 shrink-0 items-center justify-center rounded-sm bg-sunken text-soft">
            <KindIcon kind={job.kind} />
          </span>
        )}
        <div className="flex min-w-0 flex-1 flex-col">
          <span className="truncate font-medium">{dataset?.title ?? job.source_filename ?? kindLabel(job.kind)}</span>
          <span className="flex flex-wrap gap-x-2 text-xs text-soft">
            <span>{kindLabel(job.kind)}</span>
            <Tooltip text={formatMoment(job.created_at)}>
              <span>{formatAgo(job.created_at)}</span>
            </Tooltip>
            {seconds !== null && <span>took {formatDuration(seconds)}</span>}
          </span>
        </div>
        <Badge tone={tone}>{label}</Badge>
        <Actions job={job} />
      </div>
      {isActive && (
        <div className="flex flex-col gap-1 pl-12">
          <Progress
            label={`Progress of ${kindLabel(job.kind)}`}
            value={job.status === 'pending' ? null : job.progress}
          />
          <p className="flex justify-between text-xs text-soft">
            <span>{job.current_step ?? 'waits for its turn'}</span>
            <span>{Math.floor(job.progress * 100)}&#8239;%</span>
          </p>
        </div>
      )}
      {job.error_message !== null && <p className="pl-12 text-sm text-danger">{job.error_message}</p>}
      {job.warnings.length > 0 && (
        <details className="pl-12 text-sm">
          <summary className="text-warn">
            {job.warnings.length === 1 ? '1 note' : `${job.warnings.length} notes`}
          </summary>
          <ul className="m-0 mt-1 max-h-48 list-disc space-y-1 overflow-y-auto pl-5 text-soft">
            {job.warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </details>
      )}
    </li>
  );
}

function Actions({ job }: { readonly job: Job }): ReactNode {
  const onError = (error: unknown): void => void toast(errorLine(error), { tone: 'danger' });
  const onSettled = (): Promise<void> => refreshJobs();
  const cancel = useMutation({ mutationFn: () => client.cancelJob(job.id), onError, onSettled });
  const retry = useMutation({ mutationFn: () => client.retryJob(job.id), onError, onSettled });
  const isActive = isUnderWay(job);
  if (!isFinalJobStatus(job.status)) {
    return (
      <Button size="sm" icon={Square} busy={cancel.isPending} onClick={() => cancel.mutate()}>
        {isActive ? 'Cancel' : 'Discard'}
      </Button>
    );
  }
  if (job.can_retry) {
    return (
      <Button size="sm" icon={RotateCw} busy={retry.isPending} onClick={() => retry.mutate()}>
        Try again
      </Button>
    );
  }
  if (job.dataset_id !== null && job.status === 'complete') {
    return (
      <Link to="/datasets/$id" params={{ id: job.dataset_id }} className={buttonClass('quiet', 'sm')}>
        Open
      </Link>
    );
  }
  return null;
}
