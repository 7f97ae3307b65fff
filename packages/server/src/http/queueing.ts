import { isCodedError } from '@inlay/geo';
import { ServerError, ValidationError } from '../error.ts';

/**
 * Does what queues a job. What stops it from being queued is not the caller's fault: nothing was kept, and later may be
 * better.
 *
 * @throws ServerError `service_unavailable` in place of what nobody expected
 */
export async function queueing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ValidationError || isCodedError(error)) throw error;
    throw new ServerError(
      'service_unavailable',
      'The job could not be queued, and nothing was changed. Try again in a moment.',
      { cause: error },
    );
  }
}
