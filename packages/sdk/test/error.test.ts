import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { ApiError, ClientError, createClient, describeItems, isApiError } from '@inlay/sdk';
import { type Answer, json, startServer } from './server.ts';
import type { TestContext } from 'node:test';

const A = '2489e9ad-2ee2-8e00-8ec9-32d5f69181c0';

async function refusal(t: TestContext, answer: Answer): Promise<ApiError> {
  const server = await startServer(t, answer);
  const error: unknown = await createClient(server.url)
    .getDataset(A)
    .then(
      () => null,
      (reason: unknown) => reason,
    );
  assert.ok(isApiError(error), String(error));
  assert.ok(error instanceof ApiError);
  return error;
}

void test('a problem is an ApiError with its status, code, words and further members', async (t) => {
  const problem = {
    type: 'about:blank',
    title: 'The dataset is a source of other datasets',
    status: 409,
    detail: '"B04" is used by 1 virtual raster: delete that first.',
    code: 'dataset_in_use',
    dependent_vrts: [{ vrt_dataset_id: A, vrt_dataset_title: 'Delta' }],
  };
  const error = await refusal(t, json(409, problem, { 'x-request-id': 'r-1' }));
  assert.equal(error.message, '"B04" is used by 1 virtual raster: delete that first.');
  assert.equal(error.status, 409);
  assert.equal(error.code, 'dataset_in_use');
  assert.equal(error.requestId, 'r-1');
  assert.equal(error.retryAfterSeconds, null);
  assert.deepEqual(error.problem, problem);
  assert.deepEqual(error.items, []);
});

void test('a code of a later version is unknown, and still there in the problem', async (t) => {
  const error = await refusal(
    t,
    json(418, { title: 'Teapot', status: 418, detail: 'Short and stout.', code: 'teapot' }),
  );
  assert.equal(error.code, 'unknown');
  assert.equal((error.problem as { code: string } | null)?.code, 'teapot');
});

void test('a 422 lists every item in the message, with its place and how to fix it', async (t) => {
  const detail = [
    { loc: ['body', 'title'], msg: 'Field required', type: 'missing', input: null },
    {
      loc: ['body', 'source_dataset_ids', 3],
      msg: 'Source "B04" is EPSG:32632, the mosaic is EPSG:32633',
      type: 'crs_mismatch',
      input: A,
      ctx: { field: 'crs', fix: 'leave it out' },
    },
    { loc: ['query', 'limit'], msg: 'Input should be a valid integer', type: 'int_type', input: 'x' },
    { loc: ['body'], msg: 'Field required', type: 'missing', input: null },
  ];
  const error = await refusal(t, json(422, { detail }));
  assert.equal(error.code, 'validation_error');
  assert.equal(error.problem, null);
  assert.deepEqual(error.items, detail);
  assert.equal(
    error.message,
    [
      'The request was refused:',
      '- title: Field required (missing).',
      '- source_dataset_ids[3]: Source "B04" is EPSG:32632, the mosaic is EPSG:32633 (crs_mismatch). To fix it: leave it out.',
      '- query.limit: Input should be a valid integer (int_type).',
      '- body: Field required (missing).',
    ].join('\n'),
  );
});

void test('items that were cut say how many there are', () => {
  const item = { loc: ['body', 'a'], msg: 'No', type: 'no', input: null, ctx: { total: 1500 } };
  assert.equal(describeItems([item]), 'The request was refused:\n- a: No (no).\n... and 1499 more');
});

void test('the page of a proxy becomes one readable line', async (t) => {
  const page = '<html><style>p { color: red }</style><body>\n<h1>502 Bad Gateway</h1>\n<p>nginx</p></body></html>';
  const error = await refusal(t, (response) => void response.writeHead(502, { 'content-type': 'text/html' }).end(page));
  assert.equal(error.message, 'The server answered 502 Bad Gateway: 502 Bad Gateway nginx');
  assert.equal(error.code, 'unknown');
  assert.equal(error.problem, null);
});

void test('an error without a body names its status', async (t) => {
  const error = await refusal(t, (response) => void response.writeHead(503).end());
  assert.equal(error.message, 'The server answered 503 Service Unavailable');
});

void test('a long error text is cut', async (t) => {
  const error = await refusal(t, (response) => void response.writeHead(500).end('x'.repeat(1_000_000)));
  assert.equal(error.message, `The server answered 500 Internal Server Error: ${'x'.repeat(200)}…`);
});

void test('JSON that is no problem of ours is an error all the same', async (t) => {
  for (const body of [null, [], 'no', { detail: 7 }, { detail: [1] }, { error: 'x' }]) {
    const error = await refusal(t, json(400, body));
    assert.equal(error.code, 'unknown');
    assert.deepEqual(error.items, []);
  }
});

void test('Retry-After is seconds or a date', async (t) => {
  const problem = { title: 'Too many requests', status: 429, detail: 'Slow down.', code: 'too_many_requests' };
  assert.equal((await refusal(t, json(429, problem, { 'retry-after': '7' }))).retryAfterSeconds, 7);
  const date = new Date(Date.now() + 90_000).toUTCString();
  const seconds = (await refusal(t, json(429, problem, { 'retry-after': date }))).retryAfterSeconds;
  assert.ok(seconds !== null && seconds >= 85 && seconds <= 91, `${seconds} s`);
  assert.equal((await refusal(t, json(429, problem, { 'retry-after': 'soon' }))).retryAfterSeconds, null);
  const past = new Date(Date.now() - 90_000).toUTCString();
  assert.equal((await refusal(t, json(429, problem, { 'retry-after': past }))).retryAfterSeconds, 0);
});

void test('success that is not JSON is not an answer of this API', async (t) => {
  const server = await startServer(
    t,
    (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
  );
  await assert.rejects(createClient(server.url).health(), {
    name: 'ClientError',
    code: 'sdk/unexpected-answer',
    message: 'GET /api/health was answered with text/html, not with JSON. Is this the address of an Inlay server?',
  });
});

void test('a server that is not there is unreachable, with the reason', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  await assert.rejects(createClient(`http://127.0.0.1:${port}`).health(), (error) => {
    assert.ok(error instanceof ClientError);
    assert.equal(error.code, 'sdk/unreachable');
    assert.match(error.message, /^GET \/api\/health got no answer: connect ECONNREFUSED 127\.0\.0\.1/);
    assert.ok(error.cause instanceof Error);
    return true;
  });
});

void test('an answer that breaks off is unreachable too', async (t) => {
  const server = await startServer(t, (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
    response.write('{"id":', () => response.destroy());
  });
  await assert.rejects(createClient(server.url).me(), { name: 'ClientError', code: 'sdk/unreachable' });
});
