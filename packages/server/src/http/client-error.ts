import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { PROBLEM_MEDIA_TYPE, type PublicErrorCode } from '@inlay/contract';
import { ServerError } from '../error.ts';
import { answerOf } from './problem.ts';

/** What Node calls the ways in which the bytes that arrive are not a request; all others are a malformed one. */
const REFUSALS: Readonly<Record<string, readonly [PublicErrorCode, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request did not arrive in time.'],
  HPE_HEADER_OVERFLOW: ['bad_request', 'The headers of the request are too long.'],
};

/** Answers what is not HTTP and therefore never becomes a request, with a problem like any other, and hangs up. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const [code, message] = REFUSALS[error.code ?? ''] ?? ['bad_request', 'This is not a request that HTTP allows.'];
  const requestId = randomUUID();
  const { status, body } = answerOf(new ServerError(code, message), requestId);
  const text = JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `content-type: ${PROBLEM_MEDIA_TYPE}; charset=utf-8`,
    `content-length: ${Buffer.byteLength(text)}`,
    `x-request-id: ${requestId}`,
    'cache-control: no-store',
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
}
