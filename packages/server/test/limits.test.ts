import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { operations } from '@inlay/contract';
import { makeGeoTiff } from '@inlay/testing';
import { checkRefusal } from './refusal.ts';
import { startTestServer, type TestServer } from './test-server.ts';

// What is malformed, too much, too slow or in the wrong place.

describe('requests', () => {
  let server: TestServer;
  let ids: string[];

  before(async () => {
    server = await startTestServer();
    ids = [];
    for (const index of [0, 1]) {
      const bytes = makeGeoTiff({
        width: 8,
        height: 8,
        origin: [500_000 + index * 80, 5e6],
        resolution: 10,
        epsg: 32633,
      });
      ids.push(await server.addRaster(bytes, { title: `tile ${index}` }));
    }
  });
  after(() => server.close());

  const JSON_TYPE = { 'content-type': 'application/json' };
  const MOSAIC = { vrt_type: 'mosaic', resolution_strategy: 'finest', title: 'x' };
  const create = (sourceIds: unknown) =>
    server.call('POST', '/api/ingest/vrt/create', { json: { ...MOSAIC, source_dataset_ids: sourceIds } });
  const createText = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = JSON_TYPE) =>
    server.call('POST', '/api/ingest/vrt/create', { body, headers });

  it('may name 100,000 sources and not one more', async () => {
    const sent = Array.from({ length: 100_001 }, () => randomUUID());
    const tooMany = await create(sent);
    assert.equal(tooMany.status, 422);
    assert.deepEqual(
      tooMany.body.detail.map((item: { type: string }) => item.type),
      ['too_many_sources'],
    );
    const startedAt = performance.now();
    const unknown = await create(sent.slice(1));
    const ms = performance.now() - startedAt;
    assert.equal(unknown.status, 422);
    assert.equal(unknown.body.detail.length, 1000);
    assert.equal(unknown.body.detail.at(-1).ctx.total, 100_000);
    assert.deepEqual(
      new Set(unknown.body.detail.map((item: { type: string }) => item.type)),
      new Set(['source_not_found']),
    );
    assert.ok(ms < 5000, `${ms} ms`);
    const dryRun = await server.call('POST', '/api/ingest/vrt/validate', {
      json: { ...MOSAIC, source_dataset_ids: sent.slice(1) },
    });
    assert.equal(dryRun.body.problems.length, 1000);
  });

  it('are refused as too large before they are read', async () => {
    const large = JSON.stringify({ title: 'x'.repeat(17 * 1024 * 1024) });
    assert.equal((await createText(large)).status, 413);
    const login = await server.call('POST', '/api/auth/login', {
      token: null,
      body: new URLSearchParams({ username: 'x'.repeat(2 * 1024 * 1024), password: 'x' }),
    });
    assert.equal(login.status, 413);
    const patch = await server.call('PATCH', `/api/datasets/${ids[0]}`, {
      json: { summary: 'x'.repeat(2 * 1024 * 1024) },
    });
    assert.equal(patch.status, 413);
  });

  const deep = 200_000;
  const texts: [what: string, body: string | Uint8Array<ArrayBuffer>, type: string][] = [
    ['arrays within arrays', '['.repeat(deep) + ']'.repeat(deep), 'model_attributes_type'],
    ['objects within objects', '{"a":'.repeat(deep) + '1' + '}'.repeat(deep), 'missing'],
    ['deep ids', `{"source_dataset_ids":${'['.repeat(deep) + ']'.repeat(deep)}}`, 'too_few_sources'],
    ['what is not closed', '['.repeat(deep), 'json_invalid'],
    ['NaN', '{"title": NaN}', 'json_invalid'],
    ['two values', '{} {}', 'json_invalid'],
    ['a comment', '{/* title */}', 'json_invalid'],
    ['what is not UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), 'json_invalid'],
    ['UTF-16', new Uint8Array(Buffer.from('{"title": "x"}', 'utf16le')), 'json_invalid'],
    ['nothing', '', 'missing'],
    ['blanks', '  \n', 'missing'],
    ['null', 'null', 'model_attributes_type'],
  ];
  for (const [what, body, type] of texts) {
    it(`with ${what} for JSON are answered with ${type}`, async () => {
      const answer = await createText(body);
      assert.equal(answer.status, 422);
      const types = answer.body.detail.map((item: { type: string }) => item.type);
      assert.ok(types.includes(type), JSON.stringify(types));
      assert.ok(JSON.stringify(answer.body).length < 20_000);
    });
  }

  it('with a byte order mark are JSON all the same', async () => {
    const body = `\uFEFF${JSON.stringify({ ...MOSAIC, source_dataset_ids: ids })}`;
    assert.equal((await createText(body)).status, 202);
  });

  it('cannot reach what objects inherit', async () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const body = JSON.stringify({ ...MOSAIC, source_dataset_ids: ids }).replace(
        '{',
        `{"${name}":{"visibility":"public"},`,
      );
      const answer = await createText(body);
      assert.equal(answer.status, 422, name);
      assert.deepEqual(
        answer.body.detail.map((item: { type: string; loc: string[] }) => [item.type, item.loc]),
        [['extra_forbidden', ['body', name]]],
      );
    }
    assert.equal(({} as Record<string, unknown>)['visibility'], undefined);
  });

  it('take the last of two members of a name, as JSON.parse does', async () => {
    const body = `{"title":"first",${JSON.stringify({ ...MOSAIC, source_dataset_ids: ids, title: 'second' }).slice(1)}`;
    const answer = await createText(body);
    assert.equal(answer.status, 202);
    assert.match(answer.body.message, /"second"/);
  });

  it('of another content type are 415, whatever they hold', async () => {
    const body = JSON.stringify({ ...MOSAIC, source_dataset_ids: ids });
    for (const type of ['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'application/jsonp', 'x']) {
      assert.equal((await createText(body, { 'content-type': type })).status, 415, type);
    }
    assert.equal((await createText(body, { 'content-type': 'application/json; charset=utf-8' })).status, 202);
  });

  it('reach every operation with and without a slash at the end', async () => {
    for (const { method, path, id } of operations) {
      if (id === 'docs' || id === 'login') continue;
      const filled = path.replaceAll(/\{\w+\}/g, '00000000-0000-4000-8000-0000000000ff').replace(/\/$/, '');
      const [bare, slashed] = await Promise.all([
        server.call(method, filled, { token: null }),
        server.call(method, `${filled}/`, { token: null }),
      ]);
      assert.equal(slashed.status, bare.status, path);
      const isRoute = bare.status < 400 || method === 'HEAD' || !/no such page/.test(bare.body.detail);
      assert.ok(isRoute, `${method} ${path}`);
    }
    for (const path of ['/api/docs', '/api/docs/', '/api/openapi.json']) {
      assert.equal((await server.call('GET', path, { token: null })).status, 200, path);
    }
  });

  it('that lead nowhere are a problem, 404', async () => {
    const paths = [
      '/api',
      '/api/',
      '/api/nothing',
      '/api/datasets/x/y/z',
      '/api//datasets',
      '/wp-admin.php',
      '/api/ingest/vrt',
    ];
    for (const path of paths) {
      const answer = await server.call('GET', path);
      assert.equal(answer.status, 404, path);
      assert.equal(answer.body.code, 'not_found');
    }
    for (const [method, path] of [
      ['POST', '/api/datasets'],
      ['PUT', `/api/datasets/${ids[0]}`],
      ['DELETE', '/api/health'],
      ['GET', '/api/auth/login'],
      ['GET', '/api/ingest/vrt/create'],
      ['PROPFIND', '/api/datasets'],
    ] as const) {
      assert.ok([404, 405].includes((await server.call(method, path)).status), `${method} ${path}`);
    }
  });

  it('with a malformed or endless path are a problem too', async () => {
    for (const path of [
      '/api/datasets/%E0%A4%A',
      '/api/%',
      `/api/datasets/${'x'.repeat(600)}`,
      `/api/${'x/'.repeat(3000)}`,
    ]) {
      const answer = await server.call('GET', path);
      assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} ${path.slice(0, 50)}`);
    }
  });

  it('get their own X-Request-Id back where it is sensible, and a new one where it is not', async () => {
    const idOf = async (sent: string): Promise<string | null> =>
      (await server.call('GET', '/api/health', { headers: { 'x-request-id': sent } })).headers.get('x-request-id');
    assert.equal(await idOf('client-7.a:b_c'), 'client-7.a:b_c');
    for (const sent of ['a b', 'x'.repeat(129), 'a"b', '<script>', '${jndi:ldap}']) {
      assert.match((await idOf(sent)) ?? '', /^[0-9a-f-]{36}$/, sent);
    }
    const failed = await server.call('GET', '/api/nothing', { headers: { 'x-request-id': 'mine' } });
    assert.equal(failed.headers.get('x-request-id'), 'mine');
    assert.equal(failed.body.request_id, 'mine');
    const sent = await server.call('POST', '/api/ingest/vrt/create', {
      json: { ...MOSAIC, source_dataset_ids: ids },
      headers: { 'x-request-id': 'of-a-job' },
    });
    const job = await server.call('GET', `/api/jobs/${sent.body.job_id}`);
    assert.equal(job.body.request_id, 'of-a-job');
  });

  it('may come from any page, with a token in a header', async () => {
    for (const [path, method] of [
      ['/api/ingest/vrt/create', 'POST'],
      [`/api/datasets/${ids[0]}`, 'PATCH'],
      [`/api/datasets/${ids[0]}`, 'DELETE'],
      [`/api/datasets/${ids[0]}/download/cog`, 'GET'],
    ] as const) {
      const preflight = await server.call('OPTIONS', path, {
        token: null,
        headers: {
          origin: 'https://map.example',
          'access-control-request-method': method,
          'access-control-request-headers': 'authorization,content-type,range',
        },
      });
      assert.equal(preflight.status, 204, path);
      assert.equal(preflight.headers.get('access-control-allow-origin'), '*');
      assert.ok(preflight.headers.get('access-control-allow-methods')?.split(/, ?/).includes(method), method);
      const allowed = preflight.headers.get('access-control-allow-headers') ?? '';
      for (const name of ['authorization', 'content-type', 'range']) assert.ok(allowed.includes(name), name);
    }
    const origin = { origin: 'https://map.example' };
    for (const [path, token] of [
      ['/api/health', null],
      ['/api/nothing', null],
      ['/api/jobs', null],
      [`/api/datasets/${ids[0]}/download/cog`, server.admin],
    ] as const) {
      const answer = await server.call('GET', path, { token, headers: origin });
      assert.equal(answer.headers.get('access-control-allow-origin'), '*', path);
      assert.equal(answer.headers.get('access-control-allow-credentials'), null);
      assert.ok(!answer.headers.get('vary')?.includes('Origin'), path);
      for (const name of ['ETag', 'Content-Range', 'X-Request-Id']) {
        assert.ok(answer.headers.get('access-control-expose-headers')?.includes(name), name);
      }
    }
  });

  it('of HEAD are answered like those of GET, without a body', async () => {
    for (const path of ['/api/health', '/api/datasets/', `/api/datasets/${ids[0]}`, '/api/jobs']) {
      const answer = await server.call('HEAD', path);
      assert.equal(answer.status, 200, path);
      assert.equal(answer.body.length, 0);
    }
    assert.equal((await server.call('HEAD', '/api/nothing')).status, 404);
    assert.equal((await server.call('HEAD', '/api/jobs', { token: null })).status, 401);
  });

  /** Sends bytes as they are; resolves with all that comes back until the server hangs up, or for a while. */
  function sendRaw(bytes: string, patienceMs = 2000): Promise<string> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = new URL(server.url);
      const socket = connect(Number(port), hostname, () => socket.write(bytes));
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
      socket.setTimeout(patienceMs, () => socket.destroy());
    });
  }

  const malformed: [what: string, bytes: string][] = [
    ['no HTTP at all', 'hello\r\n\r\n'],
    ['a TLS greeting', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'],
    ['two lengths', 'POST /api/health HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    [
      'a length and chunks',
      'POST /api/health HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['endless headers', `GET /api/health HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`],
  ];
  for (const [what, bytes] of malformed) {
    it(`that are ${what} are answered with a problem`, async () => {
      const text = await sendRaw(bytes);
      const [head = '', body = ''] = text.split('\r\n\r\n');
      const status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]);
      assert.ok(status >= 400 && status < 500, text);
      const headers = new Headers(
        head
          .split('\r\n')
          .slice(1)
          .map((line) => line.split(': ') as [string, string]),
      );
      checkRefusal(what, { status, headers, body: JSON.parse(body) }, server.dataDir);
    });
  }

  it('that arrive byte by byte do not keep others waiting', async () => {
    const body = JSON.stringify({ ...MOSAIC, source_dataset_ids: ids });
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    const answered = new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk.toString();
        if (text.includes('job_id')) resolve(text);
      });
    });
    socket.write(
      `POST /api/ingest/vrt/create HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.admin}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    for (const character of body) {
      socket.write(character);
      await delay(1);
    }
    assert.equal((await server.call('GET', '/api/health')).status, 200);
    assert.match(await answered, /^HTTP\/1\.1 202 /);
    socket.destroy();
  });

  it('that stop in the middle leave no job behind', async () => {
    const jobs = async (): Promise<number> =>
      (await server.call('GET', '/api/jobs?limit=1&kind=vrt_create')).body.total;
    const before = await jobs();
    const half = `POST /api/ingest/vrt/create HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.admin}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"title":`;
    await Promise.all(Array.from({ length: 20 }, () => sendRaw(half, 100)));
    assert.equal(await jobs(), before);
    assert.equal((await server.call('GET', '/api/health')).status, 200);
  });

  it('to sign in are few a minute', async () => {
    const login = () =>
      server.call('POST', '/api/auth/login', {
        token: null,
        body: new URLSearchParams({ username: 'nobody', password: 'wrong' }),
      });
    const statuses = new Set<number>();
    let last = await login();
    for (let attempt = 0; attempt < 40 && last.status !== 429; attempt += 1) {
      statuses.add(last.status);
      last = await login();
    }
    assert.deepEqual(statuses, new Set([401]));
    assert.equal(last.status, 429);
    assert.equal(last.body.code, 'too_many_requests');
    assert.ok(Number(last.headers.get('retry-after')) > 0);
    assert.equal((await server.call('GET', '/api/jobs')).status, 200);
  });
});
