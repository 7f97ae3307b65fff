import {
  isPublicErrorCode,
  type Problem,
  type PublicErrorCode,
  type ValidationErrorBody,
  type ValidationItem,
} from '@inlay/contract';

/** Why there is no usable answer at all. */
export type ClientErrorCode = 'sdk/bad-argument' | 'sdk/unreachable' | 'sdk/unexpected-answer';

/** The server could not be asked, or what came back is not an answer of this API. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code: ClientErrorCode;

  constructor(code: ClientErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What a refusal is called: the server's own code, or one for answers that carry none we know. */
export type ApiErrorCode = PublicErrorCode | 'validation_error' | 'unknown';

/** All that an {@link ApiError} knows. */
export interface ApiErrorFacts {
  /** The HTTP status. */
  readonly status: number;
  readonly code: ApiErrorCode;
  /** The RFC 9457 body; null for a 422, and where something other than the server answered. */
  readonly problem: Problem | null;
  /** What is wrong with the request, one item each; empty unless the status is 422. */
  readonly items: readonly ValidationItem[];
  /** X-Request-Id of the answer, which the server's log knows; null without one. */
  readonly requestId: string | null;
  /** When the server asks to be left alone for a while (Retry-After); null where it does not. */
  readonly retryAfterSeconds: number | null;
}

/** The server answered, and refused. */
export class ApiError extends Error implements ApiErrorFacts {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: ApiErrorCode;
  readonly problem: Problem | null;
  readonly items: readonly ValidationItem[];
  readonly requestId: string | null;
  readonly retryAfterSeconds: number | null;

  constructor(message: string, facts: ApiErrorFacts) {
    super(message);
    this.status = facts.status;
    this.code = facts.code;
    this.problem = facts.problem;
    this.items = facts.items;
    this.requestId = facts.requestId;
    this.retryAfterSeconds = facts.retryAfterSeconds;
  }
}

/** Whether it is an {@link ApiError}; holds across copies of this package, where `instanceof` fails. */
export function isApiError(error: unknown): error is ApiError {
  return error instanceof Error && error.name === 'ApiError' && 'items' in error && 'status' in error;
}

/** The refusal that an answer is, whoever wrote it: this API, or a proxy before it. */
export function apiErrorOf(response: Response, text: string): ApiError {
  const body = parse(text);
  const common = {
    status: response.status,
    requestId: response.headers.get('x-request-id'),
    retryAfterSeconds: parseRetryAfter(response.headers.get('retry-after'), Date.now()),
  };
  if (isValidationErrorBody(body)) {
    const facts = { ...common, code: 'validation_error', problem: null, items: body.detail } as const;
    return new ApiError(describeItems(body.detail), facts);
  }
  if (isProblem(body)) {
    const code = isPublicErrorCode(body.code) ? body.code : 'unknown';
    const requestId = common.requestId ?? body.request_id ?? null;
    return new ApiError(body.detail, { ...common, requestId, code, problem: body, items: [] });
  }
  const message = `The server answered ${response.status} ${response.statusText}`.trimEnd();
  const excerpt = excerptOf(text);
  return new ApiError(excerpt === '' ? message : `${message}: ${excerpt}`, {
    ...common,
    code: 'unknown',
    problem: null,
    items: [],
  });
}

/** Every item on a line of its own: where, what, and what to do. */
export function describeItems(items: readonly ValidationItem[]): string {
  const lines = items.map(({ loc, msg, type, ctx }) => {
    const fix = typeof ctx?.['fix'] === 'string' ? ` To fix it: ${ctx['fix']}.` : '';
    return `- ${describeLoc(loc)}: ${msg} (${type}).${fix}`;
  });
  const total = items.at(-1)?.ctx?.['total'];
  if (typeof total === 'number' && total > items.length) lines.push(`... and ${total - items.length} more`);
  return ['The request was refused:', ...lines].join('\n');
}

/** `source_dataset_ids[3]`; the place itself (`body`) only where there is nothing below it, or it is not the body. */
function describeLoc(loc: ValidationItem['loc']): string {
  const steps = loc[0] === 'body' && loc.length > 1 ? loc.slice(1) : loc;
  return steps
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${step}`))
    .join('');
}

/** Retry-After is a number of seconds or a date (RFC 9110, section 10.2.3). */
export function parseRetryAfter(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  if (/^\d+$/.test(header.trim())) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, Math.ceil((date - nowMs) / 1000));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isValidationErrorBody(body: unknown): body is ValidationErrorBody {
  const detail = (body as { detail?: unknown } | null)?.detail;
  return (
    Array.isArray(detail) &&
    detail.every(
      (item: unknown) =>
        typeof item === 'object' && item !== null && 'loc' in item && Array.isArray(item.loc) && 'msg' in item,
    )
  );
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'detail' in body && typeof body.detail === 'string';
}

/** The beginning of a page or text, on one line and without tags. */
function excerptOf(text: string): string {
  const line = text
    .slice(0, 4000)
    .replaceAll(/<(style|script)[\s\S]*?<\/\1>/gi, ' ')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
