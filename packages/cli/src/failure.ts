import { isCodedError } from '@inlay/geo';
import { type ApiError, ClientError, isApiError } from '@inlay/sdk';
import { printable } from './terminal.ts';

/** A failure as the person at the keyboard reads it. */
export interface FailureText {
  readonly message: string;
  /** The command line was wrong, rather than the world. */
  readonly isUsage: boolean;
}

export function describeFailure(error: unknown): FailureText {
  if (isCodedError(error)) return { message: printable(error.message), isUsage: error.code === 'cli/usage' };
  if (isApiError(error)) return { message: describeApiError(error), isUsage: false };
  if (error instanceof ClientError) return { message: printable(error.message), isUsage: false };
  if (isSystemError(error)) return { message: printable(describeSystemError(error)), isUsage: false };
  // Not foreseen: the stack is what a report of it needs.
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { message: `this should not have happened.\n${stack}`, isUsage: false };
}

function describeApiError({ status, message, requestId }: ApiError): string {
  const lines = message.split('\n').map(printable);
  if (status === 401) lines.push('Give a token with --token or INLAY_TOKEN.');
  // What to look for in the server's log; of no use where the request itself was wrong.
  if (status >= 500 && requestId !== null) lines.push(`Request ${printable(requestId)}`);
  return lines.join('\n');
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string';
}

function describeSystemError(error: NodeJS.ErrnoException): string {
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file or folder',
    EACCES: 'permission denied',
    EISDIR: 'this is a folder',
    ENOSPC: 'no space is left on the disk',
    EADDRINUSE: 'the port is in use; choose another with --port',
  };
  const reason = reasons[error.code ?? ''] ?? error.message;
  return error.path === undefined ? reason : `${error.path}: ${reason}`;
}
