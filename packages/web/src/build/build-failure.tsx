import type { Job } from '@inlay/contract';
import { useQuery } from '@tanstack/react-query';
import { CircleAlert, Eraser, RotateCw } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { client, queries } from '../api.ts';
import { errorLine } from '../describe-error.ts';
import { formatPlural } from '../format.ts';
import { thumbnailUrl } from '../map/dataset-tiles.ts';
import { Button } from '../ui/button.tsx';
import { Thumbnail } from '../ui/thumbnail.tsx';
import { toast } from '../ui/toast-store.ts';
import { blamedSources } from './blamed-sources.ts';
import type { Draft } from './draft.ts';

export interface BuildFailureProps {
  readonly job: Job;
  readonly title: string;
  readonly draft: Draft;
  /** Does the same job again. */
  readonly onRetry: () => void;
  /** Builds the draft anew: of the sources as they are now. */
  readonly onBuildAnew: () => Promise<void>;
  /** Goes back to the draft, without these sources. */
  readonly onLeaveOut: (ids: readonly string[]) => void;
  readonly onBack: () => void;
}

/** Why a build failed, of which sources, and the buttons that mend it. */
export function BuildFailure(props: BuildFailureProps): ReactNode {
  const { job, title, draft, onRetry, onBuildAnew, onLeaveOut, onBack } = props;
  const message = job.error_message ?? 'The server does not say why.';
  const { data: footprints } = useQuery(queries.footprints({ record_type: 'raster_dataset' }));
  const titles = new Map(footprints?.footprints.map((one) => [one.id, one.title]));
  const blamed = blamedSources(
    message,
    draft.ids.map((id) => ({ id, title: titles.get(id) ?? null })),
  );
  const canCure = blamed.length > 0 && blamed.every(({ cure }) => cure !== null);
  const [isReading, setReading] = useState(false);
  const readAgain = async (): Promise<void> => {
    setReading(true);
    try {
      for (const { id, cure } of blamed) {
        if (cure !== 'read') continue;
        const { job_id: refresh } = await client.refreshRaster(id);
        const { status, error_message: problem } = await client.waitForJob(refresh);
        if (status !== 'complete') throw new Error(problem ?? 'The file could not be read again.');
      }
      await onBuildAnew();
    } catch (error) {
      toast(errorLine(error), { tone: 'danger' });
    }
    setReading(false);
  };
  const areLeft = draft.ids.length - blamed.length >= 2;
  return (
    <div role="alert" className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto p-5">
      <div>
        <h1 className="flex items-center gap-2 text-lg font-semibold">
          <CircleAlert size={18} aria-hidden="true" className="shrink-0 text-danger" />
          It could not be built
        </h1>
        <p className="break-words text-soft">{title}</p>
      </div>
      {blamed.length > 0 ? (
        <ul aria-label="Sources that it failed for" className="m-0 flex list-none flex-col gap-2 p-0">
          {blamed.map(({ id, title: source, problem }) => (
            <li key={id} className="flex items-center gap-3 rounded-md border-l-2 border-danger bg-danger-wash p-2">
              <Thumbnail src={thumbnailUrl(id, 40)} size={40} className="opacity-50 grayscale" />
              <span className="min-w-0">
                <span className="block truncate font-medium">{source}</span>
                <span className="block text-xs">It {problem}.</span>
              </span>
            </li>
          ))}
        </ul>
      ) : (
        <p className="rounded-md border-l-2 border-danger bg-danger-wash px-3 py-2 break-words">{message}</p>
      )}
      <div className="flex flex-wrap gap-2">
        {canCure && (
          <Button variant="primary" icon={RotateCw} busy={isReading} onClick={() => void readAgain()}>
            Read {blamed.length === 1 ? 'it' : 'them'} again and build
          </Button>
        )}
        {blamed.length > 0 && areLeft && (
          <Button
            variant={canCure ? 'quiet' : 'primary'}
            icon={Eraser}
            disabled={isReading}
            onClick={() => onLeaveOut(blamed.map(({ id }) => id))}
          >
            Leave {blamed.length === 1 ? 'it' : `these ${blamed.length}`} out
          </Button>
        )}
        {job.can_retry && !canCure && (
          <Button icon={RotateCw} disabled={isReading} onClick={onRetry}>
            Try again
          </Button>
        )}
        <Button disabled={isReading} onClick={onBack}>
          Back to the draft
        </Button>
      </div>
      <p className="text-sm text-soft">
        Nothing was built. What you have chosen, {formatPlural(draft.ids.length, 'source')}, is kept.
        {blamed.length > 0 && !canCure && ' Put a file back where it was and try again, or build without it.'}
      </p>
    </div>
  );
}
