import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routes, type VrtCreate } from '@inlay/contract';
import { ClientError, createClient } from '@inlay/sdk';
import { json, startServer } from './server.ts';

const A = '2489e9ad-2ee2-8e00-8ec9-32d5f69181c0';
const B = '7b1f0c52-9a3d-4e64-b0c8-51d2e6f7a983';
const accepted = { job_id: A, status: 'accepted', message: 'Building' };

void test('a call sends the JSON body and the token, and gives back the answer', async (t) => {
  const server = await startServer(t, json(202, accepted));
  const body: VrtCreate = {
    source_dataset_ids: [A, B],
    vrt_type: 'mosaic',
    resolution_strategy: 'finest',
    title: 'Żuławy',
  };
  const answer = await createClient(`${server.url}/`, { token: 'secret' }).createVrt(body);
  assert.deepEqual(answer, accepted);
  const [request] = server.requests;
  assert.equal(request?.method, 'POST');
  assert.equal(request.url, '/api/ingest/vrt/create');
  assert.equal(request.headers.authorization, 'Bearer secret');
  assert.equal(request.headers['content-type'], 'application/json');
  assert.deepEqual(JSON.parse(request.body), body);
});

void test('without a token no credential is sent, and withToken makes a client that sends one', async (t) => {
  const server = await startServer(t, json(200, { status: 'ok', version: '1' }));
  const client = createClient(server.url);
  await client.health();
  await client.withToken('other').health();
  assert.deepEqual(
    server.requests.map(({ headers }) => headers.authorization),
    [undefined, 'Bearer other'],
  );
});

void test('a query leaves out what is undefined and separates lists by commas', async (t) => {
  const server = await startServer(t, json(200, { datasets: [], total: 0, limit: 5, skip: 0 }));
  await createClient(server.url).listDatasets({ limit: 5, q: 'a&b', bbox: [-1.5, 2, 3, 4] });
  const { pathname, searchParams } = new URL(server.requests[0]?.url ?? '', server.url);
  assert.equal(pathname, '/api/datasets/');
  assert.deepEqual(Object.fromEntries(searchParams), { limit: '5', q: 'a&b', bbox: '-1.5,2,3,4' });
});

void test('a parameter whose values have commas is repeated', async (t) => {
  const server = await startServer(t, json(200, {}));
  await createClient(server.url).legend(A, { bidx: ['3', '2', '1'], rescale: ['0,100', '0,200', '0,300'] });
  const { searchParams } = new URL(server.requests[0]?.url ?? '', server.url);
  assert.deepEqual(searchParams.getAll('bidx'), ['3', '2', '1']);
  assert.deepEqual(searchParams.getAll('rescale'), ['0,100', '0,200', '0,300']);
});

void test('a picture is null where the dataset is not', async (t) => {
  const empty = await startServer(t, (response) => void response.writeHead(204).end());
  const tile = { id: A, z: 3, x: 2, y: 1, format: 'png' } as const;
  assert.equal(await createClient(empty.url).tile(tile), null);
  assert.equal(empty.requests[0]?.url, `/api/datasets/${A}/tiles/3/2/1.png`);
  const box = { id: A, minx: -1.5, miny: 2, maxx: 3.25, maxy: 4, format: 'jpg' } as const;
  assert.equal(await createClient(empty.url).bboxPicture(box, { max_size: 64 }), null);
  assert.equal(empty.requests[1]?.url, `/api/datasets/${A}/bbox/-1.5,2,3.25,4.jpg?max_size=64`);
});

void test('a chunk of a large mosaic is asked for of one build, in the way that sources are to be named', async (t) => {
  const server = await startServer(t, json(200, {}));
  await createClient(server.url).downloadVrtChunk(A, B, 17, { sources: 'local' });
  const path = `/api/datasets/${A}/download/vrt/generations/${B}/chunks/17.vrt?sources=local`;
  assert.equal(server.requests[0]?.url, path);
});

void test('any operation of the route table can be called, below a path as well', async (t) => {
  const server = await startServer(t, json(200, { sources: [] }));
  const client = createClient(`${server.url}/catalogue`);
  assert.deepEqual(await client.call(routes.listVrtSources, { params: { id: A } }), { sources: [] });
  assert.equal(server.requests[0]?.url, `/catalogue/api/datasets/${A}/vrt-sources/`);
});

void test('a request hands out the answer unread, with its body sent', async (t) => {
  const server = await startServer(t, json(200, { valid: true }));
  const body: VrtCreate = {
    source_dataset_ids: [A, B],
    vrt_type: 'mosaic',
    resolution_strategy: 'finest',
    title: 'x',
  };
  const response = await createClient(server.url).request(routes.validateVrt, { body });
  assert.equal(response.status, 200);
  assert.equal(await response.text(), '{"valid":true}');
  assert.deepEqual(JSON.parse(server.requests[0]?.body ?? ''), body);
});

void test('an id that would lead to another path is refused before anything is sent', async (t) => {
  const server = await startServer(t, json(200, {}));
  for (const id of ['..', '.', '', '%2e%2E']) {
    await assert.rejects(
      createClient(server.url).getJob(id),
      (error) => error instanceof ClientError && error.code === 'sdk/bad-argument',
    );
  }
  assert.equal(server.requests.length, 0);
});

void test('characters of an id that mean something in a URL are encoded', async (t) => {
  const server = await startServer(t, json(200, {}));
  await createClient(server.url).getJob('a/../b?c#d');
  assert.equal(server.requests[0]?.url, '/api/jobs/a%2F..%2Fb%3Fc%23d');
});

void test('signing in sends a form', async (t) => {
  const token = { access_token: 'x', token_type: 'bearer', expires_in: 60 };
  const server = await startServer(t, json(200, token));
  assert.deepEqual(await createClient(server.url).login('ada', 'a&b=c'), token);
  assert.equal(server.requests[0]?.headers['content-type'], 'application/x-www-form-urlencoded');
  assert.equal(server.requests[0]?.body, 'username=ada&password=a%26b%3Dc');
});

void test('deleting sends the title as confirmation and gives back nothing', async (t) => {
  const server = await startServer(t, (response) => void response.writeHead(204).end());
  assert.equal(await createClient(server.url).deleteDataset(A, 'The Nile'), undefined);
  assert.equal(server.requests[0]?.method, 'DELETE');
  assert.deepEqual(JSON.parse(server.requests[0]?.body ?? ''), { confirm_title: 'The Nile' });
});

void test('all datasets come page by page, each once although the pages shift', async (t) => {
  const page = (ids: string[], skip: number) =>
    json(200, { datasets: ids.map((id) => ({ id })), total: 5, limit: 2, skip });
  const server = await startServer(t, page(['e', 'd'], 0), page(['d', 'c'], 2), page(['b'], 4));
  const ids: string[] = [];
  for await (const { id } of createClient(server.url).allDatasets({ record_type: 'raster_dataset' })) ids.push(id);
  assert.deepEqual(ids, ['e', 'd', 'c', 'b']);
  assert.deepEqual(
    server.requests.map(({ url }) => new URL(url, server.url).search),
    [0, 2, 4].map((skip) => `?record_type=raster_dataset&limit=1000&skip=${skip}`),
  );
});

void test('no page is asked for that nobody reads', async (t) => {
  const server = await startServer(t, json(200, { datasets: [{ id: 'a' }, { id: 'b' }], total: 9, limit: 2, skip: 0 }));
  for await (const { id } of createClient(server.url).allDatasets()) if (id === 'b') break;
  assert.equal(server.requests.length, 1);
});

void test('a virtual raster is downloaded as text, a raster and its picture as bytes', async (t) => {
  const server = await startServer(
    t,
    (response) => void response.writeHead(200, { 'content-type': 'application/xml' }).end('<VRTDataset/>'),
    (response) => void response.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.from([137, 80])),
    (response) => void response.writeHead(200, { 'content-type': 'image/tiff' }).end(Buffer.from([73, 73])),
  );
  const client = createClient(server.url);
  assert.equal(await client.downloadVrt(A, { sources: 'local' }), '<VRTDataset/>');
  assert.deepEqual(
    new Uint8Array(await (await client.quicklook(A, { size: 64 })).arrayBuffer()),
    new Uint8Array([137, 80]),
  );
  assert.deepEqual(new Uint8Array(await (await client.downloadRaster(A)).arrayBuffer()), new Uint8Array([73, 73]));
  assert.deepEqual(
    server.requests.map(({ url }) => url.replace(A, 'ID')),
    [
      '/api/datasets/ID/download/vrt?sources=local',
      '/api/datasets/ID/quicklook?size=64',
      '/api/datasets/ID/download/cog',
    ],
  );
});

void test('an aborted call rejects with the reason of its signal', async (t) => {
  const server = await startServer(t, () => {});
  const controller = new AbortController();
  const reason = new Error('changed my mind');
  const call = createClient(server.url).me({ signal: controller.signal });
  setTimeout(() => controller.abort(reason), 20);
  await assert.rejects(call, (error) => error === reason);
});

void test('an abort while the answer arrives rejects with the reason as well', async (t) => {
  const server = await startServer(t, (response) => void response.writeHead(200).write('{"id":'));
  const controller = new AbortController();
  const call = createClient(server.url).me({ signal: controller.signal });
  setTimeout(() => controller.abort(), 50);
  await assert.rejects(call, { name: 'AbortError' });
});
