import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { createClient } from '@inlay/sdk';
import { json, type Received, startServer } from './server.ts';

const ID = '0198c4de-7d52-7c3f-9b0a-3a8f5f0c7a11';
const pending = { job_id: ID, status: 'pending', message: 'Commit it' };
const accepted = { job_id: ID, status: 'accepted', message: 'On its way' };

/** The parts of a form, as another implementation of RFC 7578 reads them. */
async function partsOf(
  request: Received | undefined,
): Promise<[name: string, value: string, filename: string | null][]> {
  assert.ok(request);
  const form = await new Response(request.body, {
    headers: { 'content-type': request.headers['content-type'] ?? '' },
  }).formData();
  return await Promise.all(
    [...form].map(async ([name, value]): Promise<[string, string, string | null]> =>
      typeof value === 'string' ? [name, value, null] : [name, await value.text(), value.name],
    ),
  );
}

async function* inPieces(...pieces: string[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const piece of pieces) yield new TextEncoder().encode(piece);
}

void test('a blob is uploaded as a form with one file', async (t) => {
  const server = await startServer(t, json(201, pending));
  const sent: number[] = [];
  const answer = await createClient(server.url).uploadRaster(new Blob(['II*', '...']), {
    filename: 'b04.tif',
    onProgress: (bytes) => sent.push(bytes),
  });
  assert.deepEqual(answer, pending);
  assert.equal(server.requests[0]?.url, '/api/ingest/upload?commit=false');
  assert.deepEqual(await partsOf(server.requests[0]), [['file', 'II*...', 'b04.tif']]);
  assert.deepEqual(sent, [6]);
});

void test('a file brings its own name', async (t) => {
  const server = await startServer(t, json(201, pending));
  await createClient(server.url).uploadRaster(new File(['x'], 'own name.tif'));
  assert.deepEqual(await partsOf(server.requests[0]), [['file', 'x', 'own name.tif']]);
});

void test('an upload that is committed at once sends its fields before the file', async (t) => {
  const server = await startServer(t, json(202, accepted));
  const client = createClient(server.url);
  const commit = {
    title: 'Żuławy "B04"\r\nsecond line',
    visibility: 'public',
    summary: null,
    nodata_override: 0,
  } as const;
  const expected = [
    ['title', 'Żuławy "B04"\r\nsecond line', null],
    ['visibility', 'public', null],
    ['nodata_override', '0', null],
    ['file', 'bytes', 'b04.tif'],
  ];
  assert.deepEqual(await client.uploadRaster(new Blob(['bytes']), { filename: 'b04.tif', commit }), accepted);
  assert.deepEqual(await client.uploadRaster(inPieces('by', 'tes'), { filename: 'b04.tif', commit }), accepted);
  assert.deepEqual(
    server.requests.map(({ url }) => url),
    ['/api/ingest/upload?commit=true', '/api/ingest/upload?commit=true'],
  );
  assert.deepEqual(await partsOf(server.requests[0]), expected);
  assert.deepEqual(await partsOf(server.requests[1]), expected);
});

void test('bytes that come piece by piece are sent and reported piece by piece', async (t) => {
  const server = await startServer(t, json(201, pending));
  const sent: number[] = [];
  await createClient(server.url).uploadRaster(inPieces('one', 'two', 'three'), {
    filename: 'quote".tif',
    onProgress: (bytes) => sent.push(bytes),
  });
  assert.deepEqual(sent, [3, 6, 11]);
  assert.equal(server.requests[0]?.headers['transfer-encoding'], 'chunked');
  assert.deepEqual(await partsOf(server.requests[0]), [['file', 'onetwothree', 'quote".tif']]);
});

void test('bytes without a name are refused before anything is sent', async (t) => {
  const server = await startServer(t, json(201, pending));
  await assert.rejects(createClient(server.url).uploadRaster(new Blob(['x'])), { code: 'sdk/bad-argument' });
  assert.equal(server.requests.length, 0);
});

void test('an answer that comes before all bytes were sent ends the upload', async (t) => {
  const refusing = await startRefusingServer(t);
  for (const bytes of [new Blob([new Uint8Array(5_000_000)]), forEver()]) {
    await assert.rejects(createClient(refusing).uploadRaster(bytes, { filename: 'x.tif' }), {
      name: 'ApiError',
      status: 413,
    });
  }
});

void test('bytes that fail while they are read fail the upload with their own error', async (t) => {
  const server = await startServer(t, json(201, pending));
  const mistake = new Error('the disk is gone');
  async function* failing(): AsyncGenerator<Uint8Array, void, undefined> {
    yield new Uint8Array(10);
    throw mistake;
  }
  const upload = createClient(server.url).uploadRaster(failing(), { filename: 'x.tif' });
  await assert.rejects(upload, (error) => error === mistake);
});

void test('an upload can be aborted, and stops reading its bytes', async (t) => {
  const server = await startServer(t, json(201, pending));
  const controller = new AbortController();
  const reason = new Error('enough');
  let isClosed = false;
  async function* endless(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) {
        yield new Uint8Array(1000);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    } finally {
      isClosed = true;
    }
  }
  const upload = createClient(server.url).uploadRaster(endless(), {
    filename: 'x.tif',
    signal: controller.signal,
    onProgress: (bytes) => bytes >= 5000 && controller.abort(reason),
  });
  await assert.rejects(upload, (error) => error === reason);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(isClosed);
});

void test('an upload is looked at and committed by its job', async (t) => {
  const server = await startServer(t, json(200, { job_id: ID, is_cog: true }), json(202, accepted));
  const client = createClient(server.url);
  assert.equal((await client.previewUpload(ID)).is_cog, true);
  assert.deepEqual(await client.commitUpload(ID, { title: 'B04' }), accepted);
  assert.deepEqual(
    server.requests.map(({ method, url, body }) => [method, url.replace(ID, 'ID'), body]),
    [
      ['POST', '/api/ingest/preview/ID', ''],
      ['POST', '/api/ingest/commit/ID', '{"title":"B04"}'],
    ],
  );
});

/** Answers as soon as it knows the headers, and reads none of the body. */
async function startRefusingServer(t: TestContext): Promise<string> {
  const server = createServer((_, response) => {
    response.writeHead(413, { 'content-type': 'application/problem+json' });
    response.end(JSON.stringify({ title: 'Too large', status: 413, detail: 'Too large.', code: 'payload_too_large' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function* forEver(): AsyncGenerator<Uint8Array, void, undefined> {
  for (;;) {
    yield new Uint8Array(1000);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
