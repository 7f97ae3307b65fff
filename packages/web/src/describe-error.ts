import { ERROR_TITLES, isPublicErrorCode } from '@inlay/contract';
import { type ApiErrorCode, ClientError, type ClientErrorCode, isApiError } from '@inlay/sdk';

/** An error as a person reads it. */
export interface ErrorText {
  /** What happened, in a few words. */
  readonly title: string;
  /** What exactly, and what to do. */
  readonly detail: string;
  /** What the server's log knows it by; null where the server did not answer. */
  readonly requestId: string | null;
  /** Whether trying again as it is may help. */
  readonly canRetry: boolean;
  readonly code: ApiErrorCode | ClientErrorCode | 'unexpected';
}

/** Where the server's own words are for programmers, or more can be said here. */
const DETAILS: Readonly<Partial<Record<ApiErrorCode | ClientErrorCode, string>>> = {
  unauthorized: 'Sign in to go on.',
  invalid_token: 'The session has ended. Sign in again.',
  not_found:
    'It was deleted, it never was, or it is not shared with you. If you have another account, sign in with it.',
  too_many_requests: 'The server asks for a pause. Wait a moment, then try again.',
  'sdk/unreachable': 'The server gave no answer. Is it running, and is this computer online?',
  'sdk/unexpected-answer': 'What answered is not this server. A proxy between here and it may be in the way.',
};

const CLIENT_TITLES: Readonly<Record<ClientErrorCode, string>> = {
  'sdk/bad-argument': 'This cannot be asked for',
  'sdk/unreachable': 'The server cannot be reached',
  'sdk/unexpected-answer': 'The answer makes no sense',
};

/** Statuses that may go away by themselves: busy, restarting, overtaken (RFC 9110, 15.5.9, 15.6; RFC 6585, 4). */
const PASSING: readonly number[] = [408, 429, 500, 502, 503, 504];

/** An error of any kind in words. */
export function describeError(error: unknown): ErrorText {
  if (isApiError(error)) {
    const title = isPublicErrorCode(error.code) ? ERROR_TITLES[error.code] : 'The request was refused';
    const detail = DETAILS[error.code] ?? (error.items.length > 0 ? listItems(error.items) : error.message);
    return {
      title,
      detail,
      requestId: error.requestId,
      canRetry: PASSING.includes(error.status),
      code: error.code,
    };
  }
  if (error instanceof ClientError) {
    return {
      title: CLIENT_TITLES[error.code],
      detail: DETAILS[error.code] ?? error.message,
      requestId: null,
      canRetry: error.code !== 'sdk/bad-argument',
      code: error.code,
    };
  }
  return {
    title: 'Something went wrong in the browser',
    detail: error instanceof Error ? error.message : String(error),
    requestId: null,
    canRetry: false,
    code: 'unexpected',
  };
}

/** The error in one line, for where there is room for no more. */
export function errorLine(error: unknown): string {
  const { title, detail } = describeError(error);
  return `${title}. ${detail}`;
}

function listItems(items: readonly { readonly msg: string }[]): string {
  const said = [...new Set(items.map(({ msg }) => msg.replace(/[.\s]+$/, '')))];
  return said.length > 5 ? `${said.slice(0, 5).join('. ')}, and ${said.length - 5} more.` : `${said.join('. ')}.`;
}
