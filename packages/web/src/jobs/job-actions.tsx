import { isFinalJobStatus, type Job } from '@inlay/contract';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Download, PencilLine, RotateCw, Square } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { client } from '../api.ts';
import { serverPath } from '../base.ts';
import { errorLine } from '../describe-error.ts';
import { Button, buttonClass, IconButton } from '../ui/button.tsx';
import { toast } from '../ui/toast-store.ts';
import { CorrectionDialog } from './correction-dialog.tsx';
import { isUnderWay, refreshJobs } from './use-jobs.ts';

/** What can be done with a job as it is: cancel it, try it again, have what it made. */
export function JobActions({ job }: { readonly job: Job }): ReactNode {
  const [isCorrecting, setCorrecting] = useState(false);
  const onError = (error: unknown): void => void toast(errorLine(error), { tone: 'danger' });
  const onSettled = (): Promise<void> => refreshJobs();
  const cancel = useMutation({ mutationFn: () => client.cancelJob(job.id), onError, onSettled });
  const retry = useMutation({ mutationFn: () => client.retryJob(job.id), onError, onSettled });
  if (!isFinalJobStatus(job.status)) {
    return (
      <Button size="sm" icon={Square} busy={cancel.isPending} onClick={() => cancel.mutate()}>
        {isUnderWay(job) ? 'Cancel' : 'Discard'}
      </Button>
    );
  }
  if (job.can_retry) {
    return (
      <>
        <Button size="sm" icon={RotateCw} busy={retry.isPending} onClick={() => retry.mutate()}>
          Try again
        </Button>
        {job.kind === 'upload' && (
          <IconButton
            icon={PencilLine}
            size="sm"
            label="Correct it and try again"
            onClick={() => setCorrecting(true)}
          />
        )}
        {isCorrecting && <CorrectionDialog job={job} onClose={() => setCorrecting(false)} />}
      </>
    );
  }
  if (job.result !== null) {
    return (
      <a href={serverPath(job.result.href as `/${string}`)} download className={buttonClass('quiet', 'sm')}>
        <Download size={14} aria-hidden="true" />
        Download
      </a>
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
