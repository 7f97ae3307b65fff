import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { text } from 'node:stream/consumers';

/** A request as it arrived. */
export interface Received {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Answer = (response: ServerResponse, request: Received) => void | Promise<void>;

/** A server on loopback that answers the n-th request with the n-th answer, and later ones with the last. */
export async function startServer(
  t: TestContext,
  ...answers: [Answer, ...Answer[]]
): Promise<{ readonly url: string; readonly requests: Received[] }> {
  const requests: Received[] = [];
  const server = createServer((message, response) => {
    void (async () => {
      const { method = '', url = '', headers } = message;
      // A client that goes away in the middle is what some tests are about.
      const body = await text(message).catch(() => null);
      if (body === null) return;
      const request = { method, url, headers, body };
      requests.push(request);
      const answer = answers[Math.min(requests.length, answers.length) - 1] ?? answers[0];
      await answer(response, request);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

/** Answers with JSON. */
export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return (response) => {
    const type = status >= 400 && status !== 422 ? 'application/problem+json' : 'application/json';
    response.writeHead(status, { 'content-type': type, ...headers }).end(JSON.stringify(body));
  };
}

/** Answers with server-sent events, in these very pieces, and ends; with `open` it stays open instead. */
export function events(pieces: readonly (string | Uint8Array)[], ending: 'end' | 'open' | 'break' = 'end'): Answer {
  return async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.flushHeaders();
    for (const piece of pieces) {
      response.write(piece);
      // Pieces written in one turn of the event loop would arrive as one.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    if (ending === 'end') response.end();
    if (ending === 'break') response.destroy();
  };
}
