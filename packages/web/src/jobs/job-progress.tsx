import type { Job } from '@inlay/contract';
import { CircleAlert, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { Progress } from '../ui/progress.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { Note } from '../ui/states.tsx';
import { stepText } from './job-words.ts';

/** What is shown of how far a job is. */
export type ShownProgress = Pick<Job, 'status' | 'progress' | 'current_step' | 'error_message' | 'warnings'>;

/** How far a job is, what it does now, and what it has to say; as tall before the first answer as after it. */
export function JobProgress({ job }: { readonly job: ShownProgress | undefined }): ReactNode {
  if (job === undefined) {
    return (
      <div className="flex flex-col gap-2">
        <Skeleton className="h-5 w-40" />
        <Skeleton className="h-1 w-full" />
      </div>
    );
  }
  const { status, progress, error_message: problem, warnings } = job;
  return (
    <div className="flex flex-col gap-2">
      <p className="flex justify-between gap-4" aria-live="polite">
        <span>{stepText(job)}</span>
        <span className="text-soft">{Math.floor(progress * 100)}&#8239;%</span>
      </p>
      <Progress
        label="Progress"
        value={status === 'pending' ? null : progress}
        tone={status === 'failed' ? 'danger' : status === 'complete' ? 'good' : 'accent'}
      />
      {problem !== null && (
        <Note tone="danger" icon={CircleAlert}>
          {problem}
        </Note>
      )}
      {warnings.length > 0 && (
        <Note tone="warn" icon={TriangleAlert}>
          <ul className="m-0 max-h-40 list-none space-y-1 overflow-y-auto p-0">
            {warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </Note>
      )}
    </div>
  );
}
