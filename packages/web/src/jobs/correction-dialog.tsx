import type { Job, RetryJob } from '@inlay/contract';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { client } from '../api.ts';
import { describeError } from '../describe-error.ts';
import { Field, Input } from '../ui/field.tsx';
import { FormDialog, formText } from '../ui/form-dialog.tsx';
import { refreshJobs } from './use-jobs.ts';

/** Tries an upload again with another CRS, nodata value or title than it had. */
export function CorrectionDialog({ job, onClose }: { readonly job: Job; readonly onClose: () => void }): ReactNode {
  const retry = useMutation({
    mutationFn: (correction: RetryJob) => client.retryJob(job.id, { correction }),
    onSuccess: async () => {
      await refreshJobs();
      onClose();
    },
  });
  return (
    <FormDialog
      title="Correct it and try again"
      submitLabel="Try again"
      isBusy={retry.isPending}
      onClose={onClose}
      onSubmit={(form) => retry.mutate(correctionOf(form, job.title))}
    >
      {job.error_message !== null && <p className="text-soft">It failed: {job.error_message}</p>}
      <Field label="Title">
        <Input name="title" required maxLength={500} pattern=".*\S.*" defaultValue={job.title ?? ''} />
      </Field>
      <div className="grid grid-cols-2 gap-4">
        <Field label="EPSG code of its CRS" hint="Left out: what the file says.">
          <Input name="srid" inputMode="numeric" pattern="\d{1,6}" autoComplete="off" placeholder="32633" />
        </Field>
        <Field label="Nodata value" hint="Left out: what the file says.">
          <Input name="nodata" pattern="-?[\d.]+([eE][+\-]?\d+)?" autoComplete="off" placeholder="0" />
        </Field>
      </div>
      {retry.error !== null && (
        <p role="alert" className="text-sm text-danger">
          {describeError(retry.error).detail}
        </p>
      )}
    </FormDialog>
  );
}

function correctionOf(form: FormData, former: string | null): RetryJob {
  const [title, srid, nodata] = [formText(form, 'title'), formText(form, 'srid'), formText(form, 'nodata')].map(
    (text) => text.trim(),
  );
  return {
    ...(title === undefined || title === '' || title === former ? {} : { title }),
    ...(srid === undefined || srid === '' ? {} : { srid_override: Number(srid) }),
    ...(nodata === undefined || nodata === '' ? {} : { nodata_override: Number(nodata) }),
  };
}
