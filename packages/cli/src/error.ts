import { CodedError } from '@inlay/geo';

export type CliErrorCode =
  /** The options contradict each other or name something that is not there: exit code 2. */
  | 'cli/usage'
  /** No server was named and none runs on a local data folder. */
  | 'cli/no-server'
  /** The server did not answer at all. */
  | 'cli/unreachable'
  /** A job ended as failed or cancelled. */
  | 'cli/job-failed'
  /** The server in this process cannot go on. */
  | 'cli/server-ended'
  /** GDAL ran and reported an error. */
  | 'cli/gdal-failed'
  /** What was asked for could not be done with these rasters. */
  | 'cli/refused';

/** A failure the command line reports as one sentence, without a stack trace. */
export class CliError extends CodedError<CliErrorCode> {}
