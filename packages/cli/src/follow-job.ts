import type { Client } from '@inlay/sdk';
import type { Job } from './client.ts';
import { CliError } from './error.ts';
import type { Step } from './progress.ts';

/**
 * Waits for a job while its progress is shown.
 *
 * @throws CliError `cli/job-failed` where it ends in any other way than complete
 */
export async function followJob(
  client: Client,
  jobId: string,
  step: Pick<Step, 'update'>,
  signal: AbortSignal,
): Promise<Job> {
  const job = await client.waitForJob(jobId, {
    signal,
    onProgress: ({ progress, current_step: currentStep }) => step.update(progress, currentStep ?? ''),
  });
  if (job.status === 'complete') return job;
  const reason = job.error_message ?? 'no reason was given';
  throw new CliError('cli/job-failed', `The job ${job.status === 'failed' ? `failed: ${reason}` : 'was cancelled.'}`, {
    details: { jobId },
  });
}
