import type { Job } from '@inlay/contract';
import type { ReactNode } from 'react';
import { Progress } from '../ui/progress.tsx';
import { kindLabel, stepText } from './job-words.ts';
import { isUnderWay } from './use-jobs.ts';

/** How far a job is and what it does now; why it failed; what else there is to say. Nothing where all is said. */
export function JobOutcome({ job, className }: { readonly job: Job; readonly className?: string }): ReactNode {
  const isActive = isUnderWay(job);
  if (!isActive && job.error_message === null && job.warnings.length === 0) return null;
  return (
    <div className={className}>
      {isActive && (
        <div className="flex flex-col gap-1">
          <Progress
            label={`Progress of ${kindLabel(job.kind)}`}
            value={job.status === 'pending' ? null : job.progress}
          />
          <p className="flex justify-between text-xs text-soft">
            <span>{stepText(job)}</span>
            <span>{Math.floor(job.progress * 100)}&#8239;%</span>
          </p>
        </div>
      )}
      {job.error_message !== null && <p className="text-sm break-words text-danger">{job.error_message}</p>}
      {job.warnings.length > 0 && (
        <details className="text-sm">
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
    </div>
  );
}
