import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Gdal, GDAL_IS_ABSENT, makeGeoTiff, openGdal } from '@inlay/testing';
import sharp from 'sharp';
import { type Answer, type Job, startTestServer, type TestServer } from './test-server.ts';

// Rasters that are replaced: what was built of the former one shows the former one, and says so, until it is built anew.

/** A square degree at (12 + index, 48) of one value. */
const square = (index: number, value: number, size = 16): Uint8Array<ArrayBuffer> =>
  makeGeoTiff({
    width: size,
    height: size,
    origin: [12 + index, 49],
    resolution: 1 / size,
    epsg: 4326,
    value: () => value,
  });

const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

describe('a raster that is replaced', () => {
  let gdal: Gdal | null;
  let server: TestServer;
  let folder: string;
  let root: string;

  before(async () => {
    gdal = await openGdal();
    folder = await mkdtemp(join(tmpdir(), 'inlay-replace-'));
    root = join(folder, 'root');
    await mkdir(root);
    server = await startTestServer({ sourceRoots: [root] });
  });
  after(async () => {
    await gdal?.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  const get = async (id: string, path = '', token?: string | null): Promise<Answer> =>
    await server.call('GET', `/api/datasets/${id}${path}`, token === undefined ? {} : { token });
  function form(bytes: Uint8Array<ArrayBuffer>, fields: Record<string, string> = {}, name = 'new.tif'): FormData {
    const sent = new FormData();
    for (const [field, value] of Object.entries(fields)) sent.set(field, value);
    sent.set('file', new Blob([bytes]), name);
    return sent;
  }
  const send = async (id: string, body: FormData, token?: string): Promise<Answer> =>
    await server.call('POST', `/api/datasets/${id}/replace`, { body, ...(token === undefined ? {} : { token }) });
  async function replaced(id: string, bytes: Uint8Array<ArrayBuffer>, fields?: Record<string, string>): Promise<Job> {
    const sent = await send(id, form(bytes, fields));
    assert.equal(sent.status, 202, JSON.stringify(sent.body));
    return await server.waitForJob(sent.body.job_id);
  }
  /** The value of band 1 at the middle of square `index`; null where there is none. */
  async function valueAt(id: string, index: number): Promise<number | null> {
    const { status, body } = await get(id, `/point/${12.5 + index},48.5`);
    assert.equal(status, 200, JSON.stringify(body));
    return body.values[0];
  }
  const stateOf = async (mosaic: string): Promise<Record<string, string>> => {
    const { body } = await get(mosaic, '/vrt/status/');
    return Object.fromEntries(
      body.source_health.map((source: { dataset_id: string; status: string }) => [source.dataset_id, source.status]),
    );
  };

  describe('by an upload', () => {
    let first: string;
    let second: string;
    let mosaic: string;
    beforeEach(async () => {
      first = await server.addRaster(square(0, 10), { title: 'first' });
      second = await server.addRaster(square(1, 20), { title: 'second' });
      mosaic = await server.addVrt([first, second]);
      await server.settled();
    });

    it('keeps its id, title and visibility, and shows the new pixels, statistics and thumbnail at once', async () => {
      await server.call('PATCH', `/api/datasets/${first}`, { json: { visibility: 'internal', summary: 'kept' } });
      const before = (await get(first)).body;
      const thumbnail = (await get(first, '/quicklook')).headers.get('etag');
      const bytes = square(0, 77, 32);
      const job = await replaced(first, bytes);
      assert.deepEqual([job.status, job.dataset_id], ['complete', first]);
      const now = (await get(first)).body;
      for (const kept of ['id', 'title', 'summary', 'visibility', 'created_by', 'created_at', 'record_type']) {
        assert.deepEqual(now[kept], before[kept], kept);
      }
      assert.deepEqual([now.raster.width, now.raster.checksum], [32, sha256(bytes)]);
      assert.equal(now.raster.bands[0].statistics.mean, 77);
      assert.equal(await valueAt(first, 0), 77);
      assert.notEqual((await get(first, '/quicklook')).headers.get('etag'), thumbnail);
      assert.deepEqual((await get(first, '/download/cog')).body, Buffer.from(bytes));
    });

    it('leaves its mosaic as it was built, which says that it is stale', async () => {
      assert.deepEqual(await stateOf(mosaic), { [first]: 'healthy', [second]: 'healthy' });
      // Elsewhere, and of another size: read with the new geometry, the mosaic would show anything but what it says.
      await replaced(first, square(5, 77, 8));
      assert.deepEqual([await valueAt(mosaic, 0), await valueAt(mosaic, 1)], [10, 20]);
      assert.deepEqual(await stateOf(mosaic), { [first]: 'stale', [second]: 'healthy' });
      const tile = await get(mosaic, '/tiles/8/136/88.png?rescale=0,255');
      assert.equal(tile.headers.get('degraded'), null);
    });

    it('has another address for its tiles from the instant that they differ, and its mosaic once it is built anew', async () => {
      for (const id of [first, second, mosaic]) {
        assert.equal(
          (await server.call('PATCH', `/api/datasets/${id}`, { json: { visibility: 'public' } })).status,
          200,
        );
      }
      // By the version in the address: the pictures that a cache was told to keep under it.
      const kept = new Map<string, Set<string>>();
      const look = async (id: string): Promise<string> => {
        const { body } = await get(id, '/tilejson.json');
        const version = new URL(body.tiles[0]).searchParams.get('v') ?? '';
        const tile = await get(id, `/tiles/8/136/88.png?rescale=0,255&v=${version}`);
        assert.equal(tile.status, 200);
        const pictures = kept.get(`${id} ${version}`) ?? new Set();
        if (/max-age=[1-9]/.test(tile.headers.get('cache-control') ?? '')) pictures.add(sha256(tile.body));
        kept.set(`${id} ${version}`, pictures);
        return version;
      };
      const lookUntil = async (work: Promise<unknown>): Promise<void> => {
        const ended = work.then(() => true);
        do for (const id of [first, mosaic]) await look(id);
        while (!(await Promise.race([ended, delay(2, false)])));
        await server.settled();
      };
      const pictureOf = async (id: string): Promise<string[]> => [...(kept.get(`${id} ${await look(id)}`) ?? [])];
      const [raster, built] = [await look(first), await look(mosaic)];
      const former = await pictureOf(mosaic);
      assert.equal(former.length, 1);
      await lookUntil(replaced(first, square(0, 77)));
      assert.notEqual(await look(first), raster);
      assert.deepEqual(await pictureOf(mosaic), former, 'it still shows the former one');
      await lookUntil(
        (async () => {
          const sent = await server.call('POST', `/api/datasets/${mosaic}/vrt/regenerate/`);
          assert.equal((await server.waitForJob(sent.body.job_id)).status, 'complete');
        })(),
      );
      assert.notEqual(await look(mosaic), built);
      assert.deepEqual(await stateOf(mosaic), { [first]: 'healthy', [second]: 'healthy' });
      assert.notDeepEqual(await pictureOf(mosaic), former);
      for (const [version, pictures] of kept) assert.ok(pictures.size <= 1, version);
    });

    it('is read by its mosaic’s VRT as it was built, in GDAL, whichever way it is downloaded', async (t) => {
      if (gdal === null) return t.skip(GDAL_IS_ABSENT);
      await server.call('PATCH', `/api/datasets/${first}`, { json: { visibility: 'public' } });
      await server.call('PATCH', `/api/datasets/${second}`, { json: { visibility: 'public' } });
      const early = join(folder, 'early.vrt');
      await writeFile(early, (await get(mosaic, '/download/vrt')).body);
      await replaced(first, square(5, 77, 8));
      const late = join(folder, 'late.vrt');
      await writeFile(late, (await get(mosaic, '/download/vrt')).body);
      const local = join(folder, 'local.vrt');
      await writeFile(local, (await get(mosaic, '/download/vrt?sources=local')).body);
      for (const path of [early, late, local]) {
        assert.deepEqual(new Set((await gdal.values(path, 1)).map(Number)), new Set([10, 20]), path);
      }
    });

    it('has versions, each to be downloaded', async () => {
      const [one, two] = [square(0, 10), square(0, 11)];
      await replaced(first, two);
      const { body } = await get(first, '/versions');
      assert.equal(body.total, 2);
      assert.deepEqual(
        body.versions.map((v: { version: number; checksum: string }) => [v.version, v.checksum]),
        [
          [2, sha256(two)],
          [1, sha256(one)],
        ],
      );
      assert.deepEqual([body.versions[0].replaced_at === null, body.versions[1].replaced_at === null], [true, false]);
      for (const [index, bytes] of [two, one].entries()) {
        const url: string = body.versions[index].download_url;
        const answer = await server.call('GET', url.slice(server.url.length));
        assert.deepEqual(answer.body, Buffer.from(bytes));
        assert.match(answer.headers.get('etag') ?? '', /^"[0-9a-f]{64}"$/);
        const head = await server.call('HEAD', url.slice(server.url.length));
        assert.deepEqual([head.status, head.headers.get('content-length')], [200, `${bytes.byteLength}`]);
      }
      assert.equal((await get(first, '/download/versions/3/cog')).status, 404);
      assert.equal((await get(first, '/download/versions/1/cog.msk')).status, 404);
      assert.equal((await get(first, '/versions', null)).status, 404, 'private to others');
    });

    it('takes what is said of the file with it', async () => {
      const job = await replaced(first, square(0, 9), { srid_override: '4258', nodata_override: '9' });
      assert.equal(job.status, 'complete', job.error_message ?? '');
      const { raster } = (await get(first)).body;
      assert.deepEqual([raster.epsg, raster.nodata], [4258, 9]);
    });

    it('is refused to strangers, for what is no upload, and while it is replaced already', async () => {
      const stranger = await server.user('editor');
      assert.equal((await send(first, form(square(0, 1)), stranger)).status, 404);
      await server.call('PATCH', `/api/datasets/${first}`, { json: { visibility: 'internal' } });
      assert.equal((await send(first, form(square(0, 1)), stranger)).status, 403);
      const virtual = await send(mosaic, form(square(0, 1)));
      assert.deepEqual([virtual.status, virtual.body.code], [409, 'not_replaceable']);
      const refreshed = await server.call('POST', `/api/datasets/${first}/refresh`);
      assert.deepEqual([refreshed.status, refreshed.body.code], [409, 'not_replaceable']);
      const files = await server.storedFiles();
      const bad = await send(first, form(Buffer.from('<VRTDataset/>'), {}, 'a.tif'));
      assert.equal(bad.status, 422);
      const stray = await send(first, form(square(0, 1), { title: 'other' }));
      assert.deepEqual([stray.status, stray.body.detail[0].type], [422, 'extra_forbidden']);
      assert.deepEqual(await server.storedFiles(), files);

      const owner = (await server.query('SELECT created_by FROM datasets WHERE id = $1', [first]))[0]?.['created_by'];
      await server.query(
        `INSERT INTO jobs (id, kind, input, status, owner, dataset_id, queued, attempt, lease_expires_at)
         VALUES (gen_random_uuid(), 'upload', '{}', 'running', $1, $2, true, 1, now() + interval '1 hour')`,
        [owner, first],
      );
      const busy = await send(first, form(square(0, 1)));
      assert.deepEqual([busy.status, busy.body.code], [409, 'dataset_busy']);
      assert.equal((await server.query('SELECT 1 FROM jobs WHERE id = $1', [busy.body.job_id])).length, 1);
      assert.deepEqual(await server.storedFiles(), files);
      await server.query('DELETE FROM jobs WHERE id = $1', [busy.body.job_id]);
    });

    it('is one of two that were sent at once', async () => {
      const both = await Promise.all([send(first, form(square(0, 31))), send(first, form(square(0, 32)))]);
      const accepted = both.filter(({ status }) => status === 202);
      for (const { body } of accepted) await server.waitForJob(body.job_id);
      for (const { status, body } of both) assert.ok(status === 202 || body.code === 'dataset_busy', `${status}`);
      const { body } = await get(first, '/versions');
      assert.equal(body.total, 1 + accepted.length);
    });

    it('goes with all its versions when its dataset is deleted', async () => {
      const lone = await server.addRaster(square(3, 1), { title: 'lone' });
      await replaced(lone, square(3, 2));
      const deleted = await server.call('DELETE', `/api/datasets/${lone}`, { json: { confirm_title: 'lone' } });
      assert.equal(deleted.status, 204);
      assert.equal((await send(lone, form(square(3, 3)))).status, 404);
      await server.running.cleanUp();
      const left = (await server.storedFiles()).filter((key) => key.startsWith('rasters/'));
      const rows = await server.query(
        'SELECT object_key FROM rasters UNION SELECT object_key FROM raster_versions ORDER BY 1',
      );
      const named = new Set(rows.map((row) => row['object_key']));
      assert.deepEqual(
        left.filter((key) => !named.has(key)),
        [],
      );
    });
  });

  describe('by what is written over a registered file', () => {
    let path: string;
    let first: string;
    let second: string;
    let mosaic: string;
    let round = 0;
    beforeEach(async () => {
      round += 1;
      path = join(root, `${round}-a.tif`);
      await writeFile(path, square(0, 10));
      await writeFile(join(root, `${round}-b.tif`), square(1, 20));
      const sent = await server.call('POST', '/api/ingest/register-rasters', {
        json: { hrefs: [path, join(root, `${round}-b.tif`)] },
      });
      await server.waitForJob(sent.body.job_id);
      const { body } = await server.call('GET', `/api/datasets/?job_id=${sent.body.job_id}&sort=title`);
      [first, second] = body.datasets.map(({ id }: { id: string }) => id);
      mosaic = await server.addVrt([first, second]);
      await server.settled();
    });
    async function refreshed(id: string): Promise<Job> {
      const sent = await server.call('POST', `/api/datasets/${id}/refresh`);
      assert.equal(sent.status, 202, JSON.stringify(sent.body));
      const job = await server.waitForJob(sent.body.job_id);
      await server.settled();
      return job;
    }

    it('is read again when asked for, and its mosaic shows nothing there', async () => {
      await writeFile(path, square(5, 77, 8));
      const job = await refreshed(first);
      assert.deepEqual([job.status, job.dataset_id, job.warnings], ['complete', first, []]);
      const { raster } = (await get(first)).body;
      assert.deepEqual([raster.width, raster.bands[0].statistics.mean], [8, 77]);
      assert.equal(await valueAt(first, 5), 77);
      assert.equal(await valueAt(mosaic, 1), 20);
      const point = await get(mosaic, '/point/12.5,48.5');
      assert.deepEqual([point.status, point.body.code], [502, 'source_unavailable']);
      const picture = await get(mosaic, '/bbox/12,48,14,49.png?rescale=0,255&width=4&height=2');
      assert.deepEqual([picture.status, picture.headers.get('degraded')], [200, 'problems=1']);
      const { data, info } = await sharp(picture.body).raw().toBuffer({ resolveWithObject: true });
      const alpha = Array.from({ length: 8 }, (_, i) => data[info.channels * (i + 1) - 1]);
      assert.deepEqual(alpha, [0, 0, 255, 255, 0, 0, 255, 255]);
      assert.deepEqual(await stateOf(mosaic), { [first]: 'stale', [second]: 'healthy' });
      const { body } = await get(first, '/versions');
      assert.deepEqual(
        body.versions.map((v: { version: number; download_url: string | null }) => [
          v.version,
          v.download_url === null,
        ]),
        [
          [2, false],
          [1, true],
        ],
      );
      const gone = await get(first, '/download/versions/1/cog');
      assert.deepEqual([gone.status, gone.body.code], [410, 'version_gone']);
      assert.equal((await get(first, '/download/versions/2/cog')).status, 200);
      const local = await get(mosaic, '/download/vrt?sources=local');
      assert.deepEqual([local.status, local.body.code], [409, 'source_changed']);
    });

    it('is never sent as the version that was built of, though nobody has read it again yet', async () => {
      await writeFile(path, square(5, 77, 8));
      const pinned = await get(first, '/download/versions/1/cog');
      assert.deepEqual([pinned.status, pinned.body.code], [409, 'source_changed']);
      assert.equal((await get(second, '/download/versions/1/cog')).status, 200);
    });

    it('stays the version that it is while it has not changed', async () => {
      const job = await refreshed(first);
      assert.equal(job.status, 'complete');
      assert.match(job.warnings[0] ?? '', /has not changed/);
      assert.equal((await get(first, '/versions')).body.total, 1);
    });

    it('is not replaced by what cannot be read', async () => {
      await writeFile(path, 'no raster');
      const broken = await refreshed(first);
      assert.equal(broken.status, 'failed');
      await rm(path);
      const gone = await refreshed(first);
      assert.equal(gone.status, 'failed');
      assert.match(gone.error_message ?? '', /cannot be read/);
      assert.ok(!(gone.error_message ?? '').includes(root));
      assert.equal((await get(first, '/versions')).body.total, 1);
    });

    it('cannot be replaced by an upload', async () => {
      const sent = await send(first, form(square(0, 1)));
      assert.deepEqual([sent.status, sent.body.code], [409, 'not_replaceable']);
    });
  });
});
