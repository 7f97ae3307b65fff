import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { addressOf } from '../src/s3/bucket-address.ts';
import { createRegionLookup } from '../src/s3/bucket-regions.ts';
import { createBuckets, type ObjectLinks } from '../src/s3/object-links.ts';
import { lookAtObject, objectSource } from '../src/s3/object-source.ts';
import type { S3Settings } from '../src/s3/s3-settings.ts';

// What is sent to stores, word by word: addresses, the question for a bucket's region, signatures, and links that end.

const AMAZON: S3Settings = { endpoint: null, region: null, isPathStyle: false, isAnonymous: false, keys: null };
/** Of Amazon's own examples (S3 API Reference, "Authenticating Requests: Using Query Parameters"). */
const KEYS = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  sessionToken: null,
};

describe('the address of an object', () => {
  const store = (endpoint: string | null, isPathStyle: boolean) => ({ endpoint, isPathStyle });
  const addresses: [bucket: string, key: string, region: string, ReturnType<typeof store>, url: string][] = [
    ['imagery', 'a.tif', 'eu-central-1', store(null, false), 'https://imagery.s3.eu-central-1.amazonaws.com/a.tif'],
    ['imagery', '', 'us-east-1', store(null, false), 'https://imagery.s3.us-east-1.amazonaws.com/'],
    [
      'imagery',
      'two words/ä+(1)*.tif',
      'us-west-2',
      store(null, false),
      'https://imagery.s3.us-west-2.amazonaws.com/two%20words/%C3%A4%2B%281%29%2A.tif',
    ],
    ['my.bucket', 'a.tif', 'eu-west-1', store(null, false), 'https://s3.eu-west-1.amazonaws.com/my.bucket/a.tif'],
    ['imagery', 'a.tif', 'eu-west-1', store(null, true), 'https://s3.eu-west-1.amazonaws.com/imagery/a.tif'],
    ['imagery', 'a.tif', 'cn-north-1', store(null, false), 'https://imagery.s3.cn-north-1.amazonaws.com.cn/a.tif'],
    ['imagery', 'a.tif', 'us-east-1', store('http://minio:9000', true), 'http://minio:9000/imagery/a.tif'],
    ['imagery', 'a.tif', 'us-east-1', store('http://minio:9000', false), 'http://imagery.minio:9000/a.tif'],
    ['my.bucket', 'a.tif', 'us-east-1', store('http://minio:9000', false), 'http://my.bucket.minio:9000/a.tif'],
    ['imagery', '', 'us-east-1', store('https://store.example/s3', true), 'https://store.example/s3/imagery'],
    ['imagery', 'a.tif', 'x', store('https://store.example/s3', false), 'https://imagery.store.example/s3/a.tif'],
  ];
  for (const [bucket, key, region, settings, url] of addresses) {
    it(`is ${url}`, () => assert.equal(addressOf({ bucket, key }, region, settings), url));
  }
});

describe('the region of a bucket', () => {
  type Asked = { readonly url: string; readonly method: string | undefined; readonly redirect: string | undefined };

  /** A lookup whose questions are answered one after the other: with a status and a region, or not at all. */
  function lookup(answers: readonly (readonly [status: number, region: string | null] | null)[], settings = AMAZON) {
    const asked: Asked[] = [];
    const regionOf = createRegionLookup(settings, (url, init) => {
      const answer = answers[asked.length];
      asked.push({ url: url as string, method: init?.method, redirect: init?.redirect });
      if (answer == null) return Promise.reject(new TypeError('fetch failed'));
      const [status, region] = answer;
      const headers: Record<string, string> = region === null ? {} : { 'x-amz-bucket-region': region };
      return Promise.resolve(new Response(null, { status, headers }));
    });
    return { regionOf, asked };
  }

  for (const status of [200, 301, 400, 403, 404]) {
    it(`is what S3 says with a ${status}, asked for once`, async () => {
      const { regionOf, asked } = lookup([[status, 'eu-central-1']]);
      const found = await Promise.all(['imagery', 'imagery'].map(regionOf));
      assert.deepEqual([...found, await regionOf('imagery')], ['eu-central-1', 'eu-central-1', 'eu-central-1']);
      assert.deepEqual(asked, [
        { url: 'https://imagery.s3.us-east-1.amazonaws.com/', method: 'HEAD', redirect: 'manual' },
      ]);
    });
  }

  it('is asked for where the operator names one, and may be another', async () => {
    const { regionOf, asked } = lookup([[301, 'ap-south-1']], { ...AMAZON, region: 'eu-west-3' });
    assert.equal(await regionOf('imagery'), 'ap-south-1');
    assert.equal(asked[0]?.url, 'https://imagery.s3.eu-west-3.amazonaws.com/');
  });

  it('is asked for again where nobody said it: without an answer, or with one that has none', async () => {
    const { regionOf, asked } = lookup([null, [503, null], [301, 'eu-north-1']]);
    assert.equal(await regionOf('imagery'), 'us-east-1');
    assert.equal(await regionOf('imagery'), 'us-east-1');
    assert.equal(await regionOf('imagery'), 'eu-north-1');
    assert.equal(await regionOf('imagery'), 'eu-north-1');
    assert.equal(asked.length, 3);
  });

  it('is never asked of another store', async () => {
    const { regionOf, asked } = lookup([], { ...AMAZON, endpoint: 'http://minio:9000', region: 'garage' });
    assert.equal(await regionOf('imagery'), 'garage');
    assert.deepEqual(asked, []);
  });
});

describe('a link to an object', () => {
  /** SigV4 of a query, as the S3 API Reference describes it step by step. */
  function signature(at: { readonly host: string; readonly path: string; readonly region: string }, search: string) {
    const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
    const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
    const request = ['GET', at.path, search, `host:${at.host}\n`, 'host', 'UNSIGNED-PAYLOAD'].join('\n');
    const text = [
      'AWS4-HMAC-SHA256',
      '20130524T000000Z',
      `20130524/${at.region}/s3/aws4_request`,
      sha256(request),
    ].join('\n');
    const day = hmac(`AWS4${KEYS.secretAccessKey}`, '20130524');
    return hmac(hmac(hmac(hmac(day, at.region), 's3'), 'aws4_request'), text).toString('hex');
  }
  const query = (region: string, seconds: number): string =>
    'X-Amz-Algorithm=AWS4-HMAC-SHA256' +
    `&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2F${region}%2Fs3%2Faws4_request` +
    `&X-Amz-Date=20130524T000000Z&X-Amz-Expires=${seconds}&X-Amz-SignedHeaders=host`;

  it('of Amazon’s own example has the signature that this test works out', () => {
    const at = { host: 'examplebucket.s3.amazonaws.com', path: '/test.txt', region: 'us-east-1' };
    assert.equal(
      signature(at, query('us-east-1', 86400)),
      'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
    );
  });

  function answeredWithRegion(t: TestContext, region: string): void {
    t.mock.timers.enable({ apis: ['Date'], now: Date.UTC(2013, 4, 24) });
    const headers = { 'x-amz-bucket-region': region };
    t.mock.method(globalThis, 'fetch', () => Promise.resolve(new Response(null, { status: 301, headers })));
  }

  it('is signed for the region that its bucket is in, for a quarter of an hour', async (t) => {
    answeredWithRegion(t, 'eu-central-1');
    const { linkTo } = createBuckets({ ...AMAZON, keys: KEYS }, () => true);
    const { url, expiresAt } = await linkTo('s3://examplebucket/two words.tif');
    const sent = new URL(url);
    const at = {
      host: 'examplebucket.s3.eu-central-1.amazonaws.com',
      path: '/two%20words.tif',
      region: 'eu-central-1',
    };
    assert.deepEqual([sent.protocol, sent.host, sent.pathname], ['https:', at.host, at.path]);
    const pairs = sent.search.slice(1).split('&').toSorted();
    const expected = query('eu-central-1', 900);
    assert.deepEqual(pairs, [...expected.split('&'), `X-Amz-Signature=${signature(at, expected)}`].toSorted());
    assert.equal(expiresAt, Date.UTC(2013, 4, 24, 0, 15));
  });

  it('to the host of a bucket of another store has that host signed', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.UTC(2013, 4, 24) });
    const settings = { ...AMAZON, endpoint: 'http://minio:9000', keys: KEYS };
    const { url } = await createBuckets(settings, () => true).linkTo('s3://imagery/a.tif');
    const at = { host: 'imagery.minio:9000', path: '/a.tif', region: 'us-east-1' };
    assert.equal(new URL(url).host, at.host);
    assert.equal(new URL(url).searchParams.get('X-Amz-Signature'), signature(at, query('us-east-1', 900)));
  });

  it('ends with the session that it is signed in, whose keys are asked for again in time', async (t) => {
    const lent = ['first', 'second'].map((name, index) => ({
      AccessKeyId: `ASIA${name.toUpperCase()}`,
      SecretAccessKey: name,
      Token: `session-${name}`,
      // Amazon's own tools ask anew five minutes before the end.
      Expiration: new Date(Date.now() + (index === 0 ? 4 : 600) * 60_000).toISOString(),
    }));
    const asked: string[] = [];
    const role = createServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(lent[asked.length - 1]));
    }).listen(0, '127.0.0.1');
    await once(role, 'listening');
    const former = { ...process.env };
    t.after(() => {
      process.env = former;
      role.close();
    });
    for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
    // The role of a container (AWS SDKs and Tools Reference Guide, "Container credential provider").
    process.env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] = `http://127.0.0.1:${(role.address() as AddressInfo).port}/role`;
    process.env['AWS_CONTAINER_AUTHORIZATION_TOKEN'] = 'of-the-container';
    process.env['AWS_SHARED_CREDENTIALS_FILE'] = '/nowhere';
    process.env['AWS_CONFIG_FILE'] = '/nowhere';
    const { linkTo } = createBuckets({ ...AMAZON, endpoint: 'http://minio:9000', isPathStyle: true }, () => true);
    const tokenOf = (url: string): string | null => new URL(url).searchParams.get('X-Amz-Security-Token');
    const first = await linkTo('s3://imagery/a.tif');
    assert.equal(tokenOf(first.url), 'session-first');
    assert.equal(first.expiresAt, Date.parse(lent[0]?.Expiration ?? ''));
    // The former ones are good while the new ones are on their way.
    let next = first;
    while (tokenOf(next.url) !== 'session-second') {
      await delay(5);
      next = await linkTo('s3://imagery/a.tif');
    }
    assert.ok(next.expiresAt < Date.parse(lent[1]?.Expiration ?? ''), 'a quarter of an hour is less');
    assert.deepEqual(
      asked,
      Array.from({ length: 2 }, () => 'GET /role of-the-container'),
    );
  });
});

describe('reading by links that end', () => {
  /** A store that serves ten bytes, but for links that it refuses. */
  async function startStore(t: TestContext) {
    const log: string[] = [];
    const refused = new Map<string, readonly [status: number, code: string]>();
    const server = createServer((request, response) => {
      log.push(`${request.method} ${request.url} ${request.headers.range}`);
      const refusal = refused.get(request.url ?? '');
      if (refusal !== undefined) {
        response.writeHead(refusal[0], { 'content-type': 'application/xml' });
        response.end(`<Error><Code>${refusal[1]}</Code></Error>`);
        return;
      }
      const headers = { 'content-range': 'bytes 0-9/10', 'content-length': '10', etag: '"one"' };
      response.writeHead(206, headers).end('0123456789');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, log, refused };
  }

  /** Links that are numbered, the first good for `seconds`, the others for long. */
  function numberedLinks(url: string, seconds: number): ObjectLinks {
    let number = 0;
    return {
      linkTo() {
        number += 1;
        return Promise.resolve({
          url: `${url}/a.tif?sig=${number}`,
          expiresAt: Date.now() + (number === 1 ? seconds : 900) * 1000,
        });
      },
    };
  }
  const read = async (source: ReturnType<typeof objectSource>): Promise<string> =>
    Buffer.from(await source.fetch(0, 10)).toString();

  it('takes a new one two minutes before it ends, and the same until then', async (t) => {
    for (const [seconds, links] of [
      [119, [1, 2, 2]],
      [125, [1, 1, 1]],
    ] as const) {
      const store = await startStore(t);
      const source = objectSource('s3://imagery/a.tif', numberedLinks(store.url, seconds), '"one"');
      for (const _ of links) assert.equal(await read(source), '0123456789');
      assert.deepEqual(
        store.log,
        links.map((link) => `GET /a.tif?sig=${link} bytes=0-9`),
      );
    }
  });

  for (const refusal of [
    [400, 'ExpiredToken'],
    [403, 'AccessDenied'],
  ] as const) {
    it(`takes a new one where one that was good is answered with ${refusal.join(' ')}, once`, async (t) => {
      const store = await startStore(t);
      const source = objectSource('s3://imagery/a.tif', numberedLinks(store.url, 900), null);
      await read(source);
      store.refused.set('/a.tif?sig=1', refusal);
      assert.equal(await read(source), '0123456789');
      store.refused.set('/a.tif?sig=2', refusal).set('/a.tif?sig=3', refusal);
      await assert.rejects(read(source), { code: 'geotiff/source-unavailable' });
      const asked = store.log.map((line) => Number(/sig=(\d)/.exec(line)?.[1]));
      assert.deepEqual(asked, [1, 1, 2, 2, 3]);
    });
  }

  it('asks no second time with a link that was never good', async (t) => {
    const store = await startStore(t);
    store.refused.set('/a.tif?sig=1', [403, 'SignatureDoesNotMatch']);
    await assert.rejects(lookAtObject('s3://imagery/a.tif', numberedLinks(store.url, 900)), {
      code: 'geotiff/source-unavailable',
      message: 'a.tif cannot be read: the store does not accept the signature. Check AWS_SECRET_ACCESS_KEY',
    });
    assert.deepEqual(store.log, ['GET /a.tif?sig=1 bytes=0-0']);
  });
});
