import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { makeGeoTiff } from '@inlay/testing';
import { type RangeServer, startRangeServer } from './range-server.ts';
import { type Answer, type Job, startTestServer, type TestServer } from './test-server.ts';

// POST /api/ingest/register-rasters: what may be registered from where, and what becomes of files that stay in place.

const tile = (index: number, value?: number): Uint8Array =>
  makeGeoTiff({
    width: 8,
    height: 8,
    origin: [500_000 + 80 * index, 5_300_000],
    resolution: 10,
    epsg: 32633,
    ...(value === undefined ? {} : { value: () => value }),
  });

describe('POST /api/ingest/register-rasters', () => {
  let server: TestServer;
  let web: RangeServer;
  let folder: string;
  let root: string;
  let outside: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inlay-register-'));
    root = join(folder, 'root');
    outside = join(folder, 'root-outside');
    for (const name of [root, outside]) await mkdir(name);
    await writeFile(join(outside, 'secret.tif'), tile(0));
    web = await startRangeServer();
    server = await startTestServer({ sourceRoots: [root, `${web.url}/open`] });
  });
  after(async () => {
    await server.close();
    await web.close();
    await rm(folder, { recursive: true, force: true });
  });

  const register = (json: object, token?: string): Promise<Answer> =>
    server.call('POST', '/api/ingest/register-rasters', { json, ...(token === undefined ? {} : { token }) });
  async function registered(json: object): Promise<{ job: Job; ids: string[] }> {
    const sent = await register(json);
    assert.equal(sent.status, 202, JSON.stringify(sent.body));
    const job = await server.waitForJob(sent.body.job_id);
    const { body } = await server.call('GET', `/api/datasets/?job_id=${job.id}&limit=1000&sort=title`);
    return { job, ids: body.datasets.map((dataset: { id: string }) => dataset.id) };
  }
  const get = async (id: string) => (await server.call('GET', `/api/datasets/${id}`)).body;
  async function put(name: string, bytes: Uint8Array): Promise<string> {
    const path = join(root, name);
    await writeFile(path, bytes);
    return path;
  }

  describe('refuses', () => {
    before(async () => {
      await symlink(join(outside, 'secret.tif'), join(root, 'link.tif'));
      await symlink(outside, join(root, 'folder-link'));
    });

    const hrefs: [what: string, href: () => string, reason: RegExp][] = [
      ['a path outside', () => join(outside, 'secret.tif'), /none of the allowed folders/],
      ['a path that leads out by dots', () => `${root}/../root-outside/secret.tif`, /none of the allowed folders/],
      ['a path that only begins like the root', () => `${root}-outside/secret.tif`, /none of the allowed folders/],
      ['a link that leads out', () => join(root, 'link.tif'), /none of the allowed folders/],
      ['a linked folder that leads out', () => join(root, 'folder-link/secret.tif'), /none of the allowed folders/],
      [
        'a file outside that does not exist, as one that does',
        () => join(outside, 'none.tif'),
        /none of the allowed folders/,
      ],
      ['a file that does not exist', () => join(root, 'none.tif'), /no such file/],
      ['a relative path', () => 'root/a.tif', /absolute path/],
      ['a path of GDAL’s', () => `/vsicurl/${web.url}/open/a.tif`, /none of the allowed folders/],
      ['a path into an archive', () => `/vsizip/${root}/a.zip/a.tif`, /none of the allowed folders/],
      ['a file: URL', () => `file://${root}/a.tif`, /only paths/],
      ['a bucket', () => 's3://bucket/a.tif', /none of the allowed buckets/],
      ['another scheme', () => 'gopher://127.0.0.1/a.tif', /only paths/],
      ['a URL outside of the prefix', () => `${web.url}/other/a.tif`, /none of the allowed URLs/],
      ['a URL that only begins like the prefix', () => `${web.url}/open-secret/a.tif`, /none of the allowed URLs/],
      ['a URL that leads out by dots', () => `${web.url}/open/../other/a.tif`, /none of the allowed URLs/],
      ['a URL that leads out by coded dots', () => `${web.url}/open/%2e%2e/other/a.tif`, /none of the allowed URLs/],
      ['a URL that leads out by coded slashes', () => `${web.url}/open/..%2fother/a.tif`, /none of the allowed URLs/],
      ['another port', () => 'http://127.0.0.1:1/open/a.tif', /none of the allowed URLs/],
      ['another host in disguise', () => `${web.url}@evil.example/open/a.tif`, /credentials/],
      ['credentials in a URL', () => web.url.replace('//', '//user:password@') + '/open/a.tif', /credentials/],
      ['what is no URL', () => 'http://[/open/a.tif', /valid URL/],
    ];
    for (const [what, href, reason] of hrefs) {
      it(what, async () => {
        const answer = await register({ hrefs: [href()] });
        assert.equal(answer.status, 422, JSON.stringify(answer.body));
        const [item] = answer.body.detail;
        assert.deepEqual([item.type, item.loc], ['href_not_allowed', ['body', 'hrefs', 0]]);
        assert.match(item.msg, reason);
        assert.ok(!item.msg.includes(folder));
      });
    }

    const bodies: [what: string, json: () => object, expected: string][] = [
      ['neither hrefs nor a prefix', () => ({}), 'body value_error'],
      ['both', () => ({ hrefs: ['/a'], prefix: '/b' }), 'body value_error'],
      ['no hrefs', () => ({ hrefs: [] }), 'body.hrefs too_short'],
      ['the same href twice', () => ({ hrefs: ['/a', '/a'] }), 'body.hrefs.1 duplicate_item'],
      ['NUL', () => ({ hrefs: [`${root}/a\0.tif`] }), 'body.hrefs.0 value_error'],
      ['a path too long', () => ({ hrefs: [`${root}/${'x'.repeat(4097)}`] }), 'body.hrefs.0 string_too_long'],
      ['a prefix outside', () => ({ prefix: outside }), 'body.prefix href_not_allowed'],
      ['a prefix that is a file', () => ({ prefix: join(outside, '../root/file.tif') }), 'body.prefix not_a_folder'],
      ['the prefix of a web server', () => ({ prefix: `${web.url}/open/` }), 'body.prefix not_supported_yet'],
    ];
    for (const [what, json, expected] of bodies) {
      it(what, async () => {
        await put('file.tif', tile(0));
        const answer = await register(json());
        assert.equal(answer.status, 422, JSON.stringify(answer.body));
        const items = answer.body.detail.map(
          (item: { type: string; loc: string[] }) => `${item.loc.join('.')} ${item.type}`,
        );
        assert.deepEqual(items, [expected]);
      });
    }

    it('a name longer than any file system allows, without an accident', async () => {
      const answer = await register({ hrefs: [`${root}/${'x'.repeat(1000)}.tif`] });
      assert.equal(answer.body.detail[0].type, 'href_not_allowed');
    });

    it('viewers, and everything where the operator allows nothing', async () => {
      assert.equal((await register({ prefix: root }, await server.user('viewer'))).status, 403);
      const none = await startTestServer();
      try {
        const answer = await none.call('POST', '/api/ingest/register-rasters', { json: { prefix: root } });
        assert.match(answer.body.detail[0].msg, /INLAY_SOURCE_ROOTS/);
      } finally {
        await none.close();
      }
    });
  });

  it('registers hundreds of files in one job, and says which it left out and why', async () => {
    const place = join(root, 'many');
    await mkdir(join(place, 'deeper/still'), { recursive: true });
    for (let index = 0; index < 200; index += 1) {
      await writeFile(join(place, index % 2 === 0 ? 'deeper' : 'deeper/still', `tile-${index}.tif`), tile(index));
    }
    await writeFile(join(place, 'bad.tif'), 'not a raster');
    await writeFile(join(place, 'cut.TIFF'), tile(0).slice(0, -9));
    await writeFile(join(place, 'readme.txt'), 'no raster, and not called one');
    await writeFile(join(place, 'a#b 100%25?.tif'), tile(400));
    await symlink(join(outside, 'secret.tif'), join(place, 'out.tif'));
    await symlink(place, join(place, 'deeper/around'));
    await symlink(join(place, 'deeper/tile-0.tif'), join(place, 'same.tif'));
    await mkdir(join(place, 'folder.tif'));

    const { job, ids } = await registered({ prefix: place, visibility: 'internal' });
    assert.equal(job.status, 'complete', job.error_message ?? '');
    assert.equal(ids.length, 201);
    const text = job.warnings.join('\n');
    assert.match(text, /^bad\.tif was left out: bad\.tif is not a TIFF/m);
    assert.match(text, /^cut\.TIFF was left out: cut\.TIFF ends before its last pixels/m);
    assert.match(text, /^out\.tif was left out: it links to where nothing may be registered from/m);
    assert.equal(job.warnings.length, 3, text);
    assert.ok(!text.includes(folder));
    assert.deepEqual(
      [(await get(ids[0] as string)).title, (await get(ids[0] as string)).visibility],
      ['a#b 100%25?.tif', 'internal'],
    );

    await server.settled();
    const thumbnails = await Promise.all(ids.map((id) => server.call('GET', `/api/datasets/${id}/quicklook?size=16`)));
    assert.deepEqual(new Set(thumbnails.map(({ status }) => status)), new Set([200]));

    const again = await registered({ prefix: place });
    assert.equal(again.job.status, 'complete');
    assert.deepEqual(again.ids, []);
    assert.equal(again.job.warnings.at(-1), '201 files are catalogued already and have not changed.');
    assert.equal(again.job.warnings.length, 4);
  });

  it('registers a place once, however it is written, and again for another user', async () => {
    const path = await put('once.tif', tile(1));
    const { job, ids } = await registered({
      hrefs: [path, `${root}/./once.tif`, `${root}//once.tif`],
    });
    assert.equal(job.status, 'complete', job.error_message ?? '');
    assert.equal(ids.length, 1);
    const other = await server.user('editor');
    const sent = await register({ hrefs: [path] }, other);
    const theirs = await server.waitForJob(sent.body.job_id, other);
    assert.notEqual(theirs.dataset_id, ids[0]);
  });

  it('fails where nothing of it is a raster, and completes where there is nothing', async () => {
    await mkdir(join(root, 'empty'));
    const empty = await registered({ prefix: join(root, 'empty') });
    assert.equal(empty.job.status, 'complete');
    assert.deepEqual(empty.job.warnings, ['No GeoTIFF was found there.']);
    const bad = await put('text.tif', new Uint8Array(Buffer.from('text')));
    const { job } = await registered({ hrefs: [bad] });
    assert.equal(job.status, 'failed');
    assert.match(job.error_message ?? '', /^None of 1 files is a raster that can be catalogued\. text\.tif/);
    assert.ok(!job.error_message?.includes(folder));
  });

  it('serves no sidecar that is a link to elsewhere', async () => {
    const path = await put('linked.tif', tile(2));
    await writeFile(join(outside, 'passwords'), 'secret');
    await symlink(join(outside, 'passwords'), `${path}.msk`);
    await symlink(join(outside, 'passwords'), `${path}.ovr`);
    const { job, ids } = await registered({ hrefs: [path] });
    assert.equal(job.status, 'complete', job.error_message ?? '');
    for (const suffix of ['.msk', '.ovr']) {
      assert.equal((await server.call('GET', `/api/datasets/${ids[0]}/download/cog${suffix}`)).status, 404);
    }
    // Linked after it was registered: found when it is sent.
    const later = await put('later.tif', tile(3));
    await writeFile(`${later}.ovr`, tile(3));
    const second = await registered({ hrefs: [later] });
    await rm(`${later}.ovr`);
    await symlink(join(outside, 'passwords'), `${later}.ovr`);
    assert.equal((await server.call('GET', `/api/datasets/${second.ids[0]}/download/cog.ovr`)).status, 502);
    await rm(later);
    await symlink(join(outside, 'secret.tif'), later);
    assert.equal((await server.call('GET', `/api/datasets/${second.ids[0]}/download/cog`)).status, 502);
  });

  describe('a file that is not what it was', () => {
    const create = (ids: readonly string[]) =>
      server.call('POST', '/api/ingest/vrt/create', {
        json: { source_dataset_ids: ids, vrt_type: 'mosaic', resolution_strategy: 'finest', title: 'of changed files' },
      });
    async function failsToBuild(ids: readonly string[], reason: RegExp): Promise<string> {
      await server.settled();
      const files = await server.storedFiles();
      const sent = await create(ids);
      assert.equal(sent.status, 202, JSON.stringify(sent.body));
      const job = await server.waitForJob(sent.body.job_id);
      assert.equal(job.status, 'failed');
      assert.match(job.error_message ?? '', reason);
      assert.ok(!job.error_message?.includes(folder), job.error_message ?? '');
      assert.deepEqual(await server.storedFiles(), files);
      const made = await server.call('GET', `/api/datasets/?job_id=${job.id}`);
      assert.equal(made.body.total, 0);
      return job.id;
    }

    it('is not built from, until it is registered again', async () => {
      const [a, b] = [await put('change-a.tif', tile(1, 10)), await put('change-b.tif', tile(2, 10))];
      const { ids } = await registered({ hrefs: [a, b] });
      await server.settled();
      await writeFile(
        a,
        makeGeoTiff({ width: 16, height: 8, origin: [500_000, 5_300_000], resolution: 10, epsg: 32633 }),
      );
      await utimes(a, 1, 1);
      const jobId = await failsToBuild(ids, /^"change-a\.tif" has changed since it was registered/);
      const again = await registered({ hrefs: [a, b] });
      assert.deepEqual(again.job.warnings, ['change-b.tif is already catalogued as "change-b.tif".']);
      assert.equal(again.job.dataset_id, ids[0]);
      assert.deepEqual(again.ids, []);
      assert.equal((await get(ids[0] as string)).raster.width, 16);
      await server.settled();
      assert.equal((await server.call('GET', `/api/datasets/${ids[0]}/quicklook`)).status, 200);
      // Tried again, the request is about what is there now.
      assert.equal((await server.call('POST', `/api/jobs/${jobId}/retry`)).status, 202);
      const retried = await server.waitForJob(jobId);
      assert.equal(retried.status, 'complete', retried.error_message ?? '');
      assert.deepEqual((await get(retried.dataset_id as string)).raster.width, 24);
    });

    it('tells its virtual raster that it is stale', async () => {
      const [a, b] = [await put('stale-a.tif', tile(1)), await put('stale-b.tif', tile(2))];
      const { ids } = await registered({ hrefs: [a, b] });
      const mosaic = await server.addVrt(ids, { title: 'stale' });
      await server.settled();
      await writeFile(a, tile(1, 7));
      await registered({ hrefs: [a] });
      const { body } = await server.call('GET', `/api/datasets/${mosaic}/vrt/status/`);
      assert.deepEqual(
        body.source_health.map((source: { status: string }) => source.status),
        ['stale', 'healthy'],
      );
    });

    it('counts as changed when a mask is put beside it', async () => {
      const [a, b] = [await put('mask-a.tif', tile(1)), await put('mask-b.tif', tile(2))];
      const { ids } = await registered({ hrefs: [a, b] });
      await writeFile(`${b}.msk`, tile(2));
      await failsToBuild(ids, /^"mask-b\.tif" got a \.msk file/);
    });

    it('is missed when it is gone, and not sent', async () => {
      const [a, b] = [await put('gone-a.tif', tile(1)), await put('gone-b.tif', tile(2))];
      const { ids } = await registered({ hrefs: [a, b] });
      await server.settled();
      await rm(a);
      await failsToBuild(ids, /^"gone-a\.tif" cannot be found where it was registered/);
      const download = await server.call('GET', `/api/datasets/${ids[0]}/download/cog`);
      assert.equal(download.status, 502);
      assert.equal(download.body.code, 'source_unavailable');
      await mkdir(a);
      assert.equal((await server.call('GET', `/api/datasets/${ids[0]}/download/cog`)).status, 502);
    });

    it('costs the others no thumbnail', async () => {
      const paths = await Promise.all([0, 1, 2].map((index) => put(`thumb-${index}.tif`, tile(index))));
      const { ids } = await registered({ hrefs: paths });
      // Too late for some runs of the job that draws them, which then has nothing to miss; never wrong.
      await rm(paths[1] as string);
      await server.settled();
      for (const index of [0, 2]) {
        assert.equal((await server.call('GET', `/api/datasets/${ids[index]}/quicklook`)).status, 200);
      }
    });
  });

  it('deletes a dataset and leaves its file where it is', async () => {
    const path = await put('stays.tif', tile(5));
    const { ids } = await registered({ hrefs: [path] });
    await server.settled();
    const files = await server.storedFiles();
    const removed = await server.call('DELETE', `/api/datasets/${ids[0]}`, { json: { confirm_title: 'stays.tif' } });
    assert.equal(removed.status, 204);
    assert.ok((await server.storedFiles()).length < files.length);
    assert.equal((await registered({ hrefs: [path] })).ids.length, 1);
  });

  it('leaves out what this process may not read', async (t) => {
    if (process.getuid?.() === 0) return t.skip('root may read everything');
    const place = join(root, 'locked');
    await mkdir(join(place, 'inner'), { recursive: true });
    await writeFile(join(place, 'good.tif'), tile(0));
    await writeFile(join(place, 'locked.tif'), tile(1));
    await chmod(join(place, 'locked.tif'), 0);
    await chmod(join(place, 'inner'), 0);
    const { job, ids } = await registered({ prefix: place });
    assert.equal(job.status, 'complete');
    assert.equal(ids.length, 1);
    assert.equal(job.warnings.length, 2);
  });

  describe('over HTTP', () => {
    it('reads headers by ranges, and serves what lies there', async () => {
      web.files.set('/open/a.tif', tile(0));
      web.files.set('/open/b%20c.tif', tile(1));
      const { job, ids } = await registered({
        hrefs: [`${web.url}/open/a.tif?sig=secret`, `${web.url}/open/b%20c.tif`],
      });
      assert.equal(job.status, 'complete', job.error_message ?? '');
      assert.deepEqual(await Promise.all(ids.map(async (id) => (await get(id)).title)), ['a.tif', 'b c.tif']);
      const download = await server.call('GET', `/api/datasets/${ids[0]}/download/cog`);
      assert.deepEqual(new Uint8Array(download.body), tile(0));
      const part = await server.call('GET', `/api/datasets/${ids[0]}/download/cog`, {
        headers: { range: 'bytes=4-9' },
      });
      assert.deepEqual(new Uint8Array(part.body), tile(0).slice(4, 10));
      assert.ok(!web.log.some((line) => /\.(msk|ovr|aux\.xml|tfw)$/.test(line)));
      const mosaic = await server.addVrt(ids, { title: 'of the web' });
      const local = await server.call('GET', `/api/datasets/${mosaic}/download/vrt?sources=local`);
      assert.ok(local.body.toString().includes(`>/vsicurl/${web.url}/open/a.tif?sig=secret<`));
    });

    it('reads what answers GET alone, and notices when it changes', async () => {
      for (const index of [0, 1]) {
        web.files.set(`/open/signed-${index}.tif`, tile(index));
        web.withoutHead.add(`/open/signed-${index}.tif`);
      }
      const { job, ids } = await registered({ hrefs: [0, 1].map((index) => `${web.url}/open/signed-${index}.tif`) });
      assert.equal(job.status, 'complete', job.error_message ?? '');
      const download = await server.call('GET', `/api/datasets/${ids[0]}/download/cog`);
      assert.deepEqual(new Uint8Array(download.body), tile(0));
      web.files.set('/open/signed-0.tif', tile(0, 99));
      const sent = await server.call('POST', '/api/ingest/vrt/create', {
        json: { source_dataset_ids: ids, vrt_type: 'mosaic', resolution_strategy: 'finest', title: 'x' },
      });
      const failed = await server.waitForJob(sent.body.job_id);
      assert.match(failed.error_message ?? '', /"signed-0\.tif" has changed/);
    });

    it('follows no redirect out of what is allowed, when it registers or later', async () => {
      web.files.set('/other/secret.tif', tile(0));
      web.redirects.set('/open/inside.tif', `${web.url}/other/secret.tif`);
      web.redirects.set('/open/outside.tif', 'http://127.0.0.1:1/secret.tif');
      web.files.set('/open/moves.tif', tile(1));
      const before = web.log.length;
      const { job, ids } = await registered({
        hrefs: ['inside', 'outside', 'moves'].map((name) => `${web.url}/open/${name}.tif`),
      });
      assert.equal(job.status, 'complete');
      assert.equal(ids.length, 1);
      assert.equal(job.warnings.length, 2);
      assert.ok(!web.log.slice(before).some((line) => line.includes('/other/')));
      await server.settled();
      web.redirects.set('/open/moves.tif', `${web.url}/other/secret.tif`);
      assert.equal((await server.call('GET', `/api/datasets/${ids[0]}/download/cog`)).status, 502);
      assert.ok(!web.log.slice(before).some((line) => line.includes('/other/')));
    });

    it('leaves out what is not there', async () => {
      web.files.set('/open/there.tif', tile(0));
      web.files.set('/open/text%00.tif', new Uint8Array(Buffer.from('text')));
      web.files.set('/open/nul%00.tif', tile(2));
      const names = ['there.tif', 'none.tif', 'text%00.tif', 'nul%00.tif', ''];
      const { job, ids } = await registered({ hrefs: names.map((name) => `${web.url}/open/${name}`) });
      assert.equal(job.status, 'complete', job.error_message ?? '');
      assert.deepEqual(await Promise.all(ids.map(async (id) => (await get(id)).title)), ['nul.tif', 'there.tif']);
      assert.equal(job.warnings.length, 3, job.warnings.join('\n'));
    });
  });
});
