import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Gdal, GDAL_IS_ABSENT, makeGeoTiff, openGdal } from '@inlay/testing';
import { type S3Server, startS3Server } from './s3-server.ts';
import { type Answer, type Job, startTestServer, type TestServer } from './test-server.ts';
import { tileAt } from './tile-address.ts';

// Rasters that stay in buckets: registered, shown, built of and downloaded, beside the same files on disk.

const SIZE = 32;
const COLUMNS = 20;

/** One of many side by side, 20 to a row. */
const tile = (index: number, value = (index * 7) % 251): Uint8Array =>
  makeGeoTiff({
    width: SIZE,
    height: SIZE,
    origin: [500_000 + 320 * (index % COLUMNS), 5_300_000 - 320 * Math.floor(index / COLUMNS)],
    resolution: 10,
    epsg: 32633,
    value: (col, row) => (value + col + row) % 256,
  });

describe('rasters in buckets', () => {
  let s3: S3Server;
  let server: TestServer;
  let folder: string;

  before(async () => {
    s3 = await startS3Server(['imagery', 'open-data', 'elsewhere']);
    folder = await mkdtemp(join(tmpdir(), 'inlay-buckets-'));
    server = await startTestServer({
      sourceRoots: [folder, 's3://imagery/', 's3://open-data/landsat/'],
      s3: s3.settings,
      renderThreads: 2,
    });
  });
  after(async () => {
    await server.close();
    await s3.close();
    await rm(folder, { recursive: true, force: true });
  });

  const register = (json: object, on = server): Promise<Answer> =>
    on.call('POST', '/api/ingest/register-rasters', { json });
  async function registered(json: object, on = server): Promise<{ job: Job; ids: string[] }> {
    const sent = await register(json, on);
    assert.equal(sent.status, 202, JSON.stringify(sent.body));
    const job = await on.waitForJob(sent.body.job_id);
    const { body } = await on.call('GET', `/api/datasets/?job_id=${job.id}&limit=1000&sort=title`);
    return { job, ids: body.datasets.map((dataset: { id: string }) => dataset.id) };
  }
  async function one(key: string, bytes: Uint8Array): Promise<string> {
    await s3.put('imagery', key, bytes);
    const { job, ids } = await registered({ hrefs: [`s3://imagery/${key}`] });
    assert.equal(job.status, 'complete', job.error_message ?? '');
    return ids[0] as string;
  }
  const get = async (path: string) => await server.call('GET', `/api/datasets/${path}`);

  it('are told of to those who may register them', async () => {
    const { body } = await server.call('GET', '/api/ingest/source-roots', { token: await server.user('editor') });
    assert.deepEqual(body.roots, [
      { kind: 'folder', location: folder },
      { kind: 'bucket', location: 's3://imagery/' },
      { kind: 'bucket', location: 's3://open-data/landsat/' },
    ]);
  });

  describe('are refused', () => {
    const hrefs: [what: string, href: string, reason: RegExp][] = [
      ['outside of the bucket', 's3://elsewhere/a.tif', /none of the allowed buckets/],
      ['outside of the prefix', 's3://open-data/sentinel/a.tif', /none of the allowed buckets/],
      ['under what only begins like the prefix', 's3://open-data/landsat-secret/a.tif', /none of the allowed buckets/],
      ['with dots that a URL would resolve', 's3://open-data/landsat/../sentinel/a.tif', /"\." or "\.\."/],
      ['in what is no bucket', 's3://user:password@imagery/a.tif', /name of a bucket/],
      ['with a key that is too long', `s3://imagery/${'x'.repeat(1025)}`, /1024 bytes/],
    ];
    for (const [what, href, reason] of hrefs) {
      it(what, async () => {
        const asked = s3.log.length;
        const answer = await register({ hrefs: [href] });
        assert.equal(answer.status, 422, JSON.stringify(answer.body));
        assert.equal(answer.body.detail[0].type, 'href_not_allowed');
        assert.match(answer.body.detail[0].msg, reason);
        assert.equal(s3.log.length, asked);
      });
    }

    it('as a prefix outside', async () => {
      const answer = await register({ prefix: 's3://open-data/' });
      assert.deepEqual(
        [answer.body.detail[0].loc, answer.body.detail[0].type],
        [['body', 'prefix'], 'href_not_allowed'],
      );
    });
  });

  describe('of a prefix', () => {
    const ids: string[] = [];
    const localIds: string[] = [];
    let mosaic: string;
    let localMosaic: string;

    before(async () => {
      for (let index = 0; index < 200; index += 1) {
        const key = `scenes/${index % 2 === 0 ? 'even' : 'odd/deeper'}/tile ${String(index).padStart(3, '0')}.tif`;
        await s3.put('imagery', key, tile(index));
        const path = join(folder, key);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, tile(index));
      }
      await s3.put('imagery', 'scenes/readme.txt', new Uint8Array(3));
      await s3.put('imagery', 'scenes/bad.tif', Buffer.from('no raster'));
      await s3.put('imagery', 'scenes-other/tile.tif', tile(0));
    });

    it('are all registered by one job, which lists them twice', async () => {
      s3.log.length = 0;
      const { job, ids: found } = await registered({ prefix: 's3://imagery/scenes' });
      assert.equal(job.status, 'complete', job.error_message ?? '');
      assert.equal(found.length, 200);
      assert.equal(job.warnings.length, 1);
      assert.match(job.warnings[0] ?? '', /^bad\.tif was left out: bad\.tif is not a TIFF/);
      ids.push(...found);
      const lists = s3.log.filter((line) => line.endsWith('?list'));
      assert.deepEqual(new Set(lists), new Set(['GET /imagery?list']));
      assert.equal(lists.length, 2);

      const again = await registered({ prefix: 's3://imagery/scenes/' });
      assert.deepEqual(again.ids, []);
      assert.equal(again.job.warnings.at(-1), '200 files are catalogued already and have not changed.');
    });

    it('make mosaics whose tiles are those of the same files on disk', async () => {
      const local = await registered({ prefix: join(folder, 'scenes') });
      localIds.push(...local.ids);
      assert.equal(localIds.length, 200);
      mosaic = await server.addVrt(ids);
      localMosaic = await server.addVrt(localIds);
      await server.settled();
      let drawn = 0;
      for (const z of [11, 13, 15]) {
        const { x, y } = tileAt(15.03, 47.84, z);
        for (const [dx, dy] of [
          [0, 0],
          [1, 0],
          [0, 1],
        ] as const) {
          // Stretched by what is the same for both: statistics of a mosaic are estimated, of members chosen by their ids.
          const route = `tiles/${z}/${x + dx}/${y + dy}.png?rescale=0,255`;
          const [ours, theirs] = [await get(`${mosaic}/${route}`), await get(`${localMosaic}/${route}`)];
          assert.equal(ours.status, theirs.status, route);
          assert.deepEqual(ours.body, theirs.body, route);
          if (ours.status === 200) drawn += 1;
        }
      }
      assert.ok(drawn >= 5, `${drawn} tiles had data`);
      const point = 'point/15.01,47.85';
      assert.deepEqual(
        (await get(`${mosaic}/${point}`)).body.values,
        (await get(`${localMosaic}/${point}`)).body.values,
      );
    });

    it('have thumbnails and statistics', async () => {
      for (const id of [ids[0], ids[199], mosaic]) {
        assert.equal((await get(`${id}/quicklook?size=16`)).status, 200);
        const { raster } = (await get(id as string)).body;
        assert.notEqual(raster.bands[0].statistics, null);
      }
    });

    it('are exported like the files on disk', async () => {
      const exported = async (id: string): Promise<Buffer> => {
        const sent = await server.call('POST', `/api/datasets/${id}/export`, { json: {} });
        assert.equal(sent.status, 202, JSON.stringify(sent.body));
        const job = await server.waitForJob(sent.body.job_id);
        assert.equal(job.status, 'complete', job.error_message ?? '');
        const answer = await server.call('GET', `/api/jobs/${job.id}/result`);
        return answer.body as Buffer;
      };
      assert.deepEqual(await exported(mosaic), await exported(localMosaic));
    });

    it('are opened by GDAL where they are, with the pixels of the files on disk', async (t) => {
      const paths = await get(`${localMosaic}/download/vrt?sources=local`);
      const answer = await get(`${mosaic}/download/vrt?sources=s3`);
      assert.equal(answer.status, 200);
      const text = answer.body.toString();
      assert.match(text, /<SourceFilename relativeToVRT="0">\/vsis3\/imagery\/scenes\/even\/tile 000\.tif</);
      assert.ok(!/X-Amz|S3RVER|vsicurl/.test(text));
      const reader = await openGdalWith({
        AWS_S3_ENDPOINT: s3.url.replace('http://', ''),
        AWS_HTTPS: 'NO',
        AWS_VIRTUAL_HOSTING: 'FALSE',
        AWS_ACCESS_KEY_ID: 'S3RVER',
        AWS_SECRET_ACCESS_KEY: 'S3RVER',
        AWS_REGION: 'us-east-1',
      });
      if (reader === null) return t.skip(GDAL_IS_ABSENT);
      try {
        const [inBucket, onDisk] = [join(folder, 'bucket.vrt'), join(folder, 'disk.vrt')];
        await writeFile(inBucket, text);
        await writeFile(onDisk, paths.body);
        const [ours, theirs] = [await reader.describe(inBucket), await reader.describe(onDisk)];
        assert.deepEqual([ours.width, ours.height], [640, 320]);
        assert.deepEqual([ours.width, ours.height], [theirs.width, theirs.height]);
        assert.equal(typeof ours.bands[0]?.pixels, 'string');
        assert.equal(ours.bands[0]?.pixels, theirs.bands[0]?.pixels);
      } finally {
        await reader.close();
      }
    });

    it('are named to nobody who may not know where they lie, nor where one lies in no bucket', async () => {
      const shown = await server.addVrt(ids.slice(0, 2), { visibility: 'public', overviews: 'none' });
      const viewer = await server.user('viewer');
      assert.equal((await server.call('GET', `/api/datasets/${shown}/download/vrt`, { token: viewer })).status, 200);
      const path = `/api/datasets/${shown}/download/vrt?sources=s3`;
      assert.equal((await server.call('GET', path, { token: viewer })).status, 403);
      const mixed = await get(`${localMosaic}/download/vrt?sources=s3`);
      assert.deepEqual([mixed.status, mixed.body.code], [501, 'not_implemented']);
      assert.match(mixed.body.detail, /lies in no bucket/);
    });
  });

  it('lists thousands of keys by pages', async () => {
    const empty = new Uint8Array(1);
    for (let start = 0; start < 3000; start += 50) {
      await Promise.all(
        Array.from({ length: 50 }, (_, at) =>
          s3.put('imagery', `many/${String(start + at).padStart(5, '0')}.txt`, empty),
        ),
      );
    }
    await s3.put('imagery', 'many/02999.tif', tile(3));
    s3.log.length = 0;
    const { job, ids } = await registered({ prefix: 's3://imagery/many/' });
    assert.equal(job.status, 'complete', job.error_message ?? '');
    assert.equal(ids.length, 1);
    // 3,001 keys are four pages; twice, once to count.
    assert.equal(s3.log.filter((line) => line.endsWith('?list')).length, 8);
  });

  it('finds what lies beside them, from the list as by asking for one', async () => {
    const plain = makeGeoTiff({ width: 8, height: 8, origin: [0, 0], resolution: 1, epsg: 32633, value: () => 9 });
    const worldFile = Buffer.from('2\n0\n0\n-2\n1001\n1999\n');
    const pam = Buffer.from(
      '<PAMDataset><PAMRasterBand band="1"><Description>height</Description></PAMRasterBand></PAMDataset>',
    );
    for (const name of ['listed/a', 'single/b']) {
      await s3.put('imagery', `${name}.tif`, plain);
      await s3.put('imagery', `${name}.tif.aux.xml`, pam);
      await s3.put('imagery', `${name}.tfw`, worldFile);
      await s3.put('imagery', `${name}.other.tif`, plain);
    }
    const listed = await registered({ prefix: 's3://imagery/listed/' });
    const single = await registered({ hrefs: ['s3://imagery/single/b.tif', 's3://imagery/single/b.other.tif'] });
    s3.unlistedBuckets.add('imagery');
    await s3.put('imagery', 'single/c.tif', plain);
    await s3.put('imagery', 'single/c.tif.aux.xml', pam);
    const unlisted = await registered({ hrefs: ['s3://imagery/single/c.tif'] });
    s3.unlistedBuckets.clear();
    const described = async (id: string): Promise<string | null> => (await get(id)).body.raster.bands[0].name;
    for (const { ids } of [listed, single]) {
      const facts = await Promise.all(ids.map(async (id) => [(await get(id)).body.title, await described(id)]));
      assert.deepEqual(
        facts.map(([title, name]) => `${title.slice(1)} ${name}`),
        ['.other.tif null', '.tif height'],
      );
    }
    assert.equal(await described(unlisted.ids[0] as string), 'height');
  });

  it('are no longer shown once replaced, are told from those that are gone, and are read again when refreshed', async () => {
    const [replaced, removed, kept] = [
      await one('health/replaced.tif', tile(0)),
      await one('health/removed.tif', tile(1)),
      await one('health/kept.tif', tile(2)),
    ] as const;
    const mosaic = await server.addVrt([replaced, removed, kept], { overviews: 'none' });
    const health = async (): Promise<Record<string, string>> => {
      await server.call('POST', `/api/datasets/${mosaic}/check-files`);
      await server.running.checkHealth();
      const { body } = await get(`${mosaic}/vrt/status/`);
      return Object.fromEntries(
        body.source_health.map((source: { dataset_id: string; status: string }) => [source.dataset_id, source.status]),
      );
    };
    assert.deepEqual(await health(), { [replaced]: 'healthy', [removed]: 'healthy', [kept]: 'healthy' });
    await s3.put('imagery', 'health/replaced.tif', tile(0, 99));
    await s3.remove('imagery', 'health/removed.tif');
    assert.deepEqual(await health(), { [replaced]: 'stale', [removed]: 'missing', [kept]: 'healthy' });

    const refused = await get(`${replaced}/download/versions/1/cog`);
    assert.deepEqual([refused.status, refused.body.code], [409, 'source_changed']);
    const gone = await get(`${removed}/download/cog`);
    assert.equal(gone.body.code, 'source_unavailable');

    const sent = await server.call('POST', `/api/datasets/${replaced}/refresh`);
    assert.equal(sent.status, 202, JSON.stringify(sent.body));
    assert.equal((await server.waitForJob(sent.body.job_id)).status, 'complete');
    await server.settled();
    assert.equal((await get(`${replaced}/point/15.0015,47.8535`)).status, 200);
    assert.deepEqual((await get(`${replaced}/download/versions/2/cog`)).body, Buffer.from(tile(0, 99)));
  });

  it('are downloaded by ranges, with the ETag of their bucket, and in one piece', async () => {
    const bytes = tile(5);
    const id = await one('whole/#1 100%+25? ü.tif', bytes);
    assert.equal((await get(id)).body.title, '#1 100%+25? ü.tif');
    const whole = await get(`${id}/download/cog`);
    assert.deepEqual(whole.body, Buffer.from(bytes));
    const part = await server.call('GET', `/api/datasets/${id}/download/cog`, { headers: { range: 'bytes=100-199' } });
    assert.equal(part.status, 206);
    assert.deepEqual(part.body, Buffer.from(bytes.subarray(100, 200)));
    assert.match(part.headers.get('etag') ?? '', /^"[0-9a-f]{32}"$/);
    assert.equal((await get(`${id}/preview?width=16&height=16`)).status, 200);
  });

  it('are waited for where their store asks for fewer requests', async () => {
    const id = await one('slow/a.tif', tile(6));
    s3.slowDowns = 2;
    assert.equal((await get(`${id}/preview`)).status, 200);
    assert.equal(s3.slowDowns, 0);
  });

  it('are read by no signature where they are public, and only there', async () => {
    await s3.put('open-data', 'landsat/a.tif', tile(7));
    const anonymous = await startTestServer({
      sourceRoots: ['s3://open-data/landsat', 's3://imagery/scenes'],
      s3: { ...s3.settings, isAnonymous: true, keys: null },
    });
    try {
      s3.publicBuckets.add('open-data');
      const { job, ids } = await registered({ prefix: 's3://open-data/landsat' }, anonymous);
      assert.equal(job.status, 'complete', job.error_message ?? '');
      assert.equal((await anonymous.call('GET', `/api/datasets/${ids[0]}/preview`)).status, 200);
      const secret = await registered({ prefix: 's3://imagery/scenes' }, anonymous);
      assert.equal(secret.job.status, 'failed');
      assert.match(secret.job.error_message ?? '', /s3:\/\/imagery\/scenes\/ may not be read with this server's AWS/);
    } finally {
      s3.publicBuckets.clear();
      await anonymous.close();
    }
  });

  it('say what is wrong with the credentials, and never what those are', async () => {
    const wrong = await startTestServer({
      sourceRoots: ['s3://imagery/'],
      s3: { ...s3.settings, keys: { accessKeyId: 'S3RVER', secretAccessKey: 'WRONG-SECRET', sessionToken: null } },
    });
    try {
      await s3.put('imagery', 'secret/a.tif', tile(8));
      for (const json of [{ prefix: 's3://imagery/secret/' }, { hrefs: ['s3://imagery/secret/a.tif'] }]) {
        const { job } = await registered(json, wrong);
        assert.equal(job.status, 'failed');
        assert.match(job.error_message ?? '', /does not accept the signature\. Check AWS_SECRET_ACCESS_KEY/);
        assert.ok(!JSON.stringify(job).includes('WRONG-SECRET'));
      }
    } finally {
      await wrong.close();
    }
  });

  it('leave no signature in the database', async () => {
    assert.ok(s3.signatures.size > 100);
    const tables = await server.query(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
    );
    assert.ok(tables.length > 10);
    for (const { name } of tables) {
      const [found] = await server.query(
        `SELECT count(*)::int AS n FROM "${String(name)}" t WHERE t::text ~ 'X-Amz-|AWS4-HMAC'`,
      );
      assert.equal(found?.['n'], 0, String(name));
    }
  });

  /** GDAL takes its options from the environment that it is started in. */
  async function openGdalWith(env: Record<string, string>): Promise<Gdal | null> {
    const former = { ...process.env };
    try {
      Object.assign(process.env, env);
      return await openGdal();
    } finally {
      for (const name of Object.keys(env)) {
        if (former[name] === undefined) delete process.env[name];
        else process.env[name] = former[name];
      }
    }
  }
});
