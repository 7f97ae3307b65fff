import {
  ERROR_TITLES,
  isPublicErrorCode,
  PROBLEM_MEDIA_TYPE,
  type PublicErrorCode,
  type ValidationItem,
} from '@inlay/contract';
import { isCodedError } from '@inlay/geo';
import type { FastifyReply } from 'fastify';
import { ValidationError } from '../error.ts';

/** The one table of codes and HTTP statuses: a public code without a status does not compile. */
export const STATUS: Readonly<Record<PublicErrorCode, number>> = {
  bad_request: 400,
  too_expensive: 400,
  title_mismatch: 400,
  unauthorized: 401,
  invalid_token: 401,
  invalid_credentials: 401,
  forbidden: 403,
  read_only_token: 403,
  cross_site_request: 403,
  not_found: 404,
  method_not_allowed: 405,
  not_acceptable: 406,
  request_timeout: 408,
  dataset_in_use: 409,
  regenerating: 409,
  already_linked: 409,
  generation_incomplete: 409,
  dataset_busy: 409,
  not_replaceable: 409,
  username_taken: 409,
  last_administrator: 409,
  job_not_cancellable: 409,
  job_not_retryable: 409,
  upload_already_committed: 409,
  upload_not_ready: 409,
  not_georeferenced: 409,
  source_changed: 409,
  result_not_ready: 409,
  result_gone: 410,
  generation_gone: 410,
  version_gone: 410,
  precondition_failed: 412,
  payload_too_large: 413,
  unsupported_media_type: 415,
  range_not_satisfiable: 416,
  too_many_requests: 429,
  internal: 500,
  not_implemented: 501,
  source_unavailable: 502,
  service_unavailable: 503,
  storage_full: 507,
};

/** Codes of the packages below the server that a request can meet, and what the caller is told instead. */
const TRANSLATED: Readonly<Record<string, PublicErrorCode>> = {
  'storage/full': 'storage_full',
  'storage/too-large': 'payload_too_large',
  'storage/not-found': 'source_unavailable',
  'geotiff/source-unavailable': 'source_unavailable',
  'geotiff/source-changed': 'source_changed',
  'geotiff/damaged-block': 'source_unavailable',
  'geotiff/truncated': 'source_unavailable',
  'geotiff/malformed': 'source_unavailable',
  'geotiff/not-a-tiff': 'source_unavailable',
  'geotiff/unsupported': 'source_unavailable',
  'geotiff/unsupported-compression': 'source_unavailable',
  'geotiff/too-large': 'too_expensive',
  'geotiff/too-expensive': 'too_expensive',
  'tiler/too-expensive': 'too_expensive',
  'mosaic/too-large': 'too_expensive',
  'mosaic/unsupported': 'not_implemented',
  'mosaic/source-failed': 'source_unavailable',
};

/** What Fastify and its plugins throw, by their codes; other refusals of theirs are `bad_request`. */
const FASTIFY: Readonly<Record<string, PublicErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'bad_request',
  FST_INVALID_MULTIPART_CONTENT_TYPE: 'unsupported_media_type',
  FST_REQ_FILE_TOO_LARGE: 'payload_too_large',
};

/** An error as the body of an answer. */
export type ErrorAnswer =
  | { readonly status: 422; readonly body: { readonly detail: readonly ValidationItem[] } }
  | { readonly status: number; readonly code: PublicErrorCode; readonly body: Readonly<Record<string, unknown>> };

/** What the caller is told of an error: nothing but our own messages, never a path, SQL or a stack. */
export function answerOf(error: unknown, requestId: string): ErrorAnswer {
  if (error instanceof ValidationError) return { status: 422, body: { detail: error.items } };
  const code = publicCode(error);
  const status = STATUS[code];
  const ours = isCodedError(error) && code !== 'internal';
  const detail = ours ? error.message : `${ERROR_TITLES[code]}. Request ${requestId}.`;
  const members = ours ? error.details : {};
  return {
    status,
    code,
    body: { ...members, type: 'about:blank', title: ERROR_TITLES[code], status, detail, code, request_id: requestId },
  };
}

function publicCode(error: unknown): PublicErrorCode {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'string') return 'internal';
  if (isCodedError(error)) return isPublicErrorCode(code) ? code : (TRANSLATED[code] ?? 'internal');
  return FASTIFY[code] ?? (isFastifysRefusal(error) ? 'bad_request' : 'internal');
}

/** Whether it is one of the many ways in which Fastify and its plugins say that a request is malformed. */
function isFastifysRefusal(error: unknown): boolean {
  const { code, statusCode } = error as { code: string; statusCode?: unknown };
  return code.startsWith('FST_') && typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
}

export async function sendError(reply: FastifyReply, error: unknown, requestId: string): Promise<void> {
  const answer = answerOf(error, requestId);
  if (answer.status === 401) reply.header('www-authenticate', 'Bearer');
  const { retry_after_seconds: seconds } = answer.body as { readonly retry_after_seconds?: number };
  if (seconds !== undefined) reply.header('retry-after', seconds);
  // What was set for a picture that then could not be sent.
  reply.removeHeader('etag');
  const type = answer.status === 422 ? 'application/json' : PROBLEM_MEDIA_TYPE;
  await reply.code(answer.status).header('cache-control', 'no-store').type(`${type}; charset=utf-8`).send(answer.body);
}
