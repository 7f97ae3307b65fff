import type { Dataset } from '@inlay/contract';
import { createClient, isApiError } from '@inlay/sdk';
import { useMutation } from '@tanstack/react-query';
import { FileUp } from 'lucide-react';
import { type ReactNode, useRef, useState } from 'react';
import { xhrFetch } from '../add/xhr-fetch.ts';
import { client } from '../api.ts';
import { SERVER_URL } from '../base.ts';
import { errorLine } from '../describe-error.ts';
import { JobProgress } from '../jobs/job-progress.tsx';
import { refreshJobs, useJob } from '../jobs/use-jobs.ts';
import { Button } from '../ui/button.tsx';
import { Progress } from '../ui/progress.tsx';

/** Puts another file in the place of a raster's, or reads one again that lies on the server. */
export function ReplaceRaster({ dataset: { id } }: { readonly dataset: Dataset }): ReactNode {
  const picker = useRef<HTMLInputElement>(null);
  const [sent, setSent] = useState(0);
  const [jobId, setJobId] = useState<string | null>(null);
  const { data: job } = useJob(jobId);
  const onSuccess = async ({ job_id: started }: { readonly job_id: string }): Promise<void> => {
    setJobId(started);
    await refreshJobs();
  };
  const replace = useMutation({
    mutationFn: (file: File) =>
      createClient(SERVER_URL, { fetch: xhrFetch(setSent) }).replaceRaster(id, file, { filename: file.name }),
    onMutate: () => {
      setSent(0);
      setJobId(null);
    },
    onSuccess,
  });
  const refresh = useMutation({ mutationFn: () => client.refreshRaster(id), onSuccess });
  const error = refresh.error ?? replace.error;
  const isInPlace = isApiError(replace.error) && replace.error.code === 'not_replaceable';
  return (
    <div className="flex flex-col gap-2">
      <input
        ref={picker}
        type="file"
        aria-label="Another file for this raster"
        className="sr-only"
        tabIndex={-1}
        onChange={({ target }) => {
          const [file] = target.files ?? [];
          if (file !== undefined) replace.mutate(file);
          // The same file may be chosen again.
          target.value = '';
        }}
      />
      <div className="flex flex-wrap gap-2">
        <Button size="sm" icon={FileUp} busy={replace.isPending} onClick={() => picker.current?.click()}>
          Choose another file
        </Button>
        {isInPlace && (
          <Button size="sm" busy={refresh.isPending} onClick={() => refresh.mutate()}>
            Read the file on the server again
          </Button>
        )}
      </div>
      {replace.isPending && <Progress label="Sent" value={sent} />}
      {error !== null && jobId === null && (
        <p role="alert" className="text-sm text-danger">
          {errorLine(error)}
        </p>
      )}
      {jobId !== null && <JobProgress job={job} />}
    </div>
  );
}
