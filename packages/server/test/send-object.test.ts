import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import fastify from 'fastify';
import { sendError } from '../src/http/problem.ts';
import {
  contentDisposition,
  evaluatePreconditions,
  ifRangeHolds,
  requestedRange,
  type SendableObject,
  sendObject,
} from '../src/http/send-object.ts';

const CONTENT = '0123456789';
const MODIFIED = 'Tue, 01 Sep 2026 10:00:00 GMT';
const DAY_BEFORE = 'Mon, 31 Aug 2026 10:00:00 GMT';
const DAY_AFTER = 'Wed, 02 Sep 2026 10:00:00 GMT';

const app = fastify({ exposeHeadRoutes: true });
let port = 0;
let opened = 0;
let endless: Readable | null = null;

before(async () => {
  app.setErrorHandler((error, _request, reply) => sendError(reply, error, 'test'));
  app.get('/digits', (req, reply) => sendObject(req, reply, digits()));
  app.get('/empty', (req, reply) => sendObject(req, reply, { ...digits(), bytes: 0 }));
  app.route({ method: ['HEAD', 'GET'], url: '/explicit', handler: (req, reply) => sendObject(req, reply, digits()) });
  app.get('/endless', (req, reply) =>
    sendObject(req, reply, { ...digits(), bytes: 1e12, stream: () => (endless = zeros()) }),
  );
  app.get('/breaking', (req, reply) =>
    sendObject(req, reply, { ...digits(), stream: () => Readable.from(breaking()) }),
  );
  await app.listen({ port: 0, host: '127.0.0.1' });
  port = (app.server.address() as AddressInfo).port;
});
after(() => app.close());

describe('sending an object', () => {
  it('sends the whole with all that describes it', async () => {
    const { status, headers, body } = await fetchBytes('/digits');
    assert.equal(status, 200);
    assert.equal(body, CONTENT);
    assert.equal(headers['content-length'], '10');
    assert.equal(headers['content-type'], 'image/tiff');
    assert.equal(headers['accept-ranges'], 'bytes');
    assert.equal(headers.etag, '"v1"');
    assert.equal(headers['last-modified'], MODIFIED);
    assert.equal(headers['content-disposition'], 'attachment; filename="scene.tif"');
    assert.equal(headers['content-encoding'], undefined);
    assert.equal(headers['content-range'], undefined);
  });

  it('is never compressed, also for clients that would take it', async () => {
    const { headers, body } = await fetchBytes('/digits', { 'accept-encoding': 'gzip, br' });
    assert.equal(headers['content-encoding'], undefined);
    assert.equal(body, CONTENT);
  });

  it('sends single ranges: bounded, open-ended, of the end, longer than the object', async () => {
    for (const [range, expected, contentRange] of [
      ['bytes=0-3', '0123', 'bytes 0-3/10'],
      ['bytes=9-9', '9', 'bytes 9-9/10'],
      ['bytes=4-', '456789', 'bytes 4-9/10'],
      ['bytes=-3', '789', 'bytes 7-9/10'],
      ['bytes=-99', '0123456789', 'bytes 0-9/10'],
      ['bytes=8-99999999999999999999', '89', 'bytes 8-9/10'],
      ['BYTES= 0-0 ', '0', 'bytes 0-0/10'],
    ] as const) {
      const { status, headers, body } = await fetchBytes('/digits', { range });
      assert.deepEqual(
        [status, body, headers['content-range'], headers['content-length']],
        [206, expected, contentRange, String(expected.length)],
        range,
      );
      assert.equal(headers.etag, '"v1"');
    }
  });

  it('answers ranges behind the end with 416 and the size', async () => {
    for (const range of ['bytes=10-', 'bytes=10-20', 'bytes=-0']) {
      const { status, headers, body } = await fetchBytes('/digits', { range });
      assert.equal(status, 416, range);
      assert.equal(headers['content-range'], 'bytes */10');
      assert.equal(headers['content-type'], 'application/problem+json; charset=utf-8');
      assert.equal(JSON.parse(body).code, 'range_not_satisfiable');
    }
  });

  it('sends the whole for several ranges, and for ranges it does not understand', async () => {
    for (const range of [
      'bytes=0-1,4-5',
      'bytes=5-2',
      'bytes=a-b',
      'bytes=',
      'bytes=-',
      'lines=0-1',
      'bytes 0-1',
      '0-1',
    ]) {
      const { status, headers, body } = await fetchBytes('/digits', { range });
      assert.deepEqual([status, body, headers['content-range']], [200, CONTENT, undefined], range);
    }
  });

  it('answers HEAD as GET without the bytes, whichever way the route is declared, and ignores its Range', async () => {
    opened = 0;
    for (const path of ['/digits', '/explicit']) {
      const { status, headers, body } = await fetchBytes(path, { range: 'bytes=0-1' }, 'HEAD');
      assert.deepEqual([status, body, headers['content-length'], headers.etag], [200, '', '10', '"v1"'], path);
    }
    assert.equal(opened, 0);
  });

  it('answers 304 without bytes when the client has this version', async () => {
    opened = 0;
    for (const header of [
      { 'if-none-match': '"v0", "v1"' },
      { 'if-none-match': 'W/"v1"' },
      { 'if-none-match': '*' },
      { 'if-modified-since': MODIFIED },
    ]) {
      const { status, headers, body } = await fetchBytes('/digits', header);
      assert.deepEqual([status, body, headers.etag], [304, '', '"v1"'], JSON.stringify(header));
    }
    assert.equal(opened, 0);
  });

  it('answers 412 when the client means another version', async () => {
    for (const header of [{ 'if-match': '"v0"' }, { 'if-match': 'W/"v1"' }, { 'if-unmodified-since': DAY_BEFORE }]) {
      const { status, body } = await fetchBytes('/digits', header);
      assert.equal(status, 412, JSON.stringify(header));
      assert.equal(JSON.parse(body).code, 'precondition_failed');
    }
  });

  it('continues a download only of the same version', async () => {
    const range = 'bytes=5-';
    for (const [ifRange, status] of [
      ['"v1"', 206],
      [MODIFIED, 206],
      ['"v0"', 200],
      ['W/"v1"', 200],
      [DAY_AFTER, 200],
      ['nonsense', 200],
    ] as const) {
      assert.equal((await fetchBytes('/digits', { range, 'if-range': ifRange })).status, status, ifRange);
    }
  });

  it('sends an object of no bytes', async () => {
    const whole = await fetchBytes('/empty');
    assert.deepEqual([whole.status, whole.body, whole.headers['content-length']], [200, '', '0']);
    const behind = await fetchBytes('/empty', { range: 'bytes=0-' });
    assert.deepEqual([behind.status, behind.headers['content-range']], [416, 'bytes */0']);
    assert.equal((await fetchBytes('/empty', { range: 'bytes=-5' })).status, 200);
  });

  it('stops reading when the client goes away', async () => {
    const client = request({ port, host: '127.0.0.1', path: '/endless' });
    client.end();
    const [response] = (await once(client, 'response')) as [IncomingMessage];
    await once(response, 'data');
    client.destroy();
    const source = endless;
    assert.ok(source !== null);
    if (!source.destroyed) await once(source, 'close');
    assert.equal(source.destroyed, true);
  });

  it('breaks the connection off when the bytes cannot be read to their end', async () => {
    await assert.rejects(fetchBytes('/breaking'), { code: 'ECONNRESET' });
  });
});

describe('preconditions', () => {
  const object = { etag: '"v1"', lastModified: new Date(MODIFIED) };

  it('look at dates only where no entity tag is given', () => {
    assert.equal(evaluatePreconditions({ 'if-match': '"v1"', 'if-unmodified-since': DAY_BEFORE }, object), 'none');
    assert.equal(evaluatePreconditions({ 'if-none-match': '"v0"', 'if-modified-since': DAY_AFTER }, object), 'none');
  });

  it('that fail win over those that would answer 304', () => {
    assert.equal(evaluatePreconditions({ 'if-match': '"v0"', 'if-none-match': '"v1"' }, object), 'failed');
  });

  it('ignore dates that are none, and dates where the object has none', () => {
    assert.equal(evaluatePreconditions({ 'if-modified-since': 'yesterday' }, object), 'none');
    assert.equal(evaluatePreconditions({ 'if-modified-since': DAY_AFTER }, { ...object, lastModified: null }), 'none');
    assert.equal(
      evaluatePreconditions({ 'if-unmodified-since': DAY_BEFORE }, { ...object, lastModified: null }),
      'none',
    );
  });

  it('compare whole seconds, as HTTP dates have no fractions', () => {
    const later = { ...object, lastModified: new Date(Date.parse(MODIFIED) + 900) };
    assert.equal(evaluatePreconditions({ 'if-modified-since': MODIFIED }, later), 'not-modified');
    assert.equal(evaluatePreconditions({ 'if-unmodified-since': MODIFIED }, later), 'none');
  });

  it('do not take a date for a strong validator while its second still runs', () => {
    const modified = Date.parse(MODIFIED);
    assert.equal(ifRangeHolds(MODIFIED, object, modified + 999), false);
    assert.equal(ifRangeHolds(MODIFIED, object, modified + 1000), true);
  });
});

it('requestedRange keeps to the object', () => {
  assert.deepEqual(requestedRange('bytes=0-0', 1), [0, 0]);
  assert.deepEqual(requestedRange('bytes=-1', 1), [0, 0]);
  assert.equal(requestedRange('bytes=1-', 1), 'unsatisfiable');
  assert.equal(requestedRange(undefined, 1), null);
});

describe('Content-Disposition', () => {
  it('gives other letters twice: replaced for old clients, exactly for the others', () => {
    assert.equal(
      contentDisposition("Zürich 'north' 100%.tif"),
      `attachment; filename="Z_rich 'north' 100_.tif"; filename*=UTF-8''Z%C3%BCrich%20%27north%27%20100%25.tif`,
    );
    assert.equal(
      contentDisposition('東京.vrt'),
      `attachment; filename="__.vrt"; filename*=UTF-8''%E6%9D%B1%E4%BA%AC.vrt`,
    );
  });

  it('lets no title leave its place: quotes, line breaks, folders, hidden and reserved names', () => {
    assert.equal(contentDisposition('a"b.tif'), `attachment; filename="a_b.tif"; filename*=UTF-8''a%22b.tif`);
    assert.equal(contentDisposition('a\r\nSet-Cookie: x.tif'), 'attachment; filename="a__Set-Cookie_ x.tif"');
    assert.equal(contentDisposition('../../etc/passwd'), 'attachment; filename="__.._etc_passwd"');
    assert.equal(contentDisposition('.htaccess'), 'attachment; filename="_htaccess"');
    assert.equal(contentDisposition('  '), 'attachment; filename="download"');
    assert.match(contentDisposition('\ud800.tif'), /filename\*=UTF-8''%EF%BF%BD\.tif$/);
  });

  it('shortens long titles but not their extensions', () => {
    const header = contentDisposition(`${'x'.repeat(500)}.tif.msk`);
    assert.equal(header, `attachment; filename="${'x'.repeat(142)}.tif.msk"`);
  });
});

function digits(): SendableObject {
  return {
    bytes: CONTENT.length,
    etag: '"v1"',
    lastModified: new Date(MODIFIED),
    contentType: 'image/tiff',
    filename: 'scene.tif',
    stream(start, end) {
      opened += 1;
      return Readable.from([Buffer.from(CONTENT.slice(start, end + 1))]);
    },
  };
}

function zeros(): Readable {
  return new Readable({
    read(size) {
      this.push(Buffer.alloc(size));
    },
  });
}

async function* breaking(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('01');
  throw new Error('the disk is gone');
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** `fetch` would add headers of its own and decode what it gets. */
async function fetchBytes(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const client = request({ port, host: '127.0.0.1', path, method, headers, agent: false });
  client.end();
  const [response] = (await once(client, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() };
}
