import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { makeGeoTiff } from '@inlay/testing';
import sharp from 'sharp';
import { createSharedCache } from '../src/pixels/shared-cache.ts';
import { type RangeServer, startRangeServer } from './range-server.ts';
import { type Job, startTestServer, type TestServer } from './test-server.ts';

// What happens when many ask at once, when they leave, when there is too much to do, and when files are not what they were.

const PATIENCE_MS = 30_000;

/** 128 x 128 bytes near Munich, one strip; a tile that holds all of it is 8/136/88. */
const raster = (value = 100): Uint8Array =>
  makeGeoTiff({
    width: 128,
    height: 128,
    origin: [690_000, 5_340_000],
    resolution: 100,
    epsg: 32632,
    value: (col, row) => (col + row + value) % 256,
  });
const TILE = 'tiles/8/136/88.png';

describe('pixels under load', () => {
  let server: TestServer;
  let web: RangeServer;
  let folder: string;
  let root: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inlay-load-'));
    root = join(folder, 'root');
    await mkdir(root);
    web = await startRangeServer();
    server = await startTestServer({
      sourceRoots: [root, web.url],
      renderThreads: 1,
      tileCacheBytes: 20_000,
    });
  });
  after(async () => {
    web.release();
    await server.close();
    await web.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function register(href: string): Promise<string> {
    const job = await registerAll(href);
    const { body } = await server.call('GET', `/api/datasets/?job_id=${job.id}`);
    return body.datasets[0].id as string;
  }
  async function registerAll(href: string): Promise<Job> {
    const sent = await server.call('POST', '/api/ingest/register-rasters', { json: { hrefs: [href] } });
    const job = await server.waitForJob(sent.body.job_id);
    assert.equal(job.status, 'complete', String(job.error_message));
    await server.settled();
    return job;
  }
  /** A raster behind a URL that a rendering thread has opened, and of which it has read no pixels. */
  async function openedRemote(name: string): Promise<{ id: string; path: string }> {
    const path = `/${name}.tif`;
    web.files.set(path, raster());
    const id = await register(web.url + path);
    assert.equal((await server.call('GET', `/api/datasets/${id}/legend`)).status, 200);
    return { id, path };
  }
  const get = (id: string, path: string, signal?: AbortSignal) =>
    fetch(`${server.url}/api/datasets/${id}/${path}`, {
      headers: { authorization: `Bearer ${server.admin}` },
      ...(signal === undefined ? {} : { signal }),
    });
  const provenance = (answer: Response): string | undefined =>
    /picture;desc="(\w+)"/.exec(answer.headers.get('server-timing') ?? '')?.[1];
  async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!(await holds())) {
      assert.ok(performance.now() < deadline, `still waiting until ${what}`);
      await delay(10);
    }
  }

  it('renders a tile once for all who ask for it at the same time', async () => {
    const { id, path } = await openedRemote('once');
    web.stalled.add(path);
    const seen = web.log.length;
    const asked = Array.from({ length: 5 }, () => get(id, TILE));
    await until('the pixels are asked for', () => web.log.length > seen);
    web.release();
    const answers = await Promise.all(asked);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 200, 200],
    );
    assert.deepEqual(answers.map(provenance).toSorted(), ['joined', 'joined', 'joined', 'joined', 'made']);
    const [first, ...others] = await Promise.all(answers.map((answer) => answer.bytes()));
    for (const other of others) assert.deepEqual(other, first);
    assert.deepEqual(web.log.slice(seen), [`GET ${path}`]);
  });

  it('goes on for the others when one leaves', async () => {
    const { id, path } = await openedRemote('others');
    web.stalled.add(path);
    const seen = web.log.length;
    const leaving = new AbortController();
    const left = get(id, TILE, leaving.signal);
    const stayed = get(id, TILE);
    await until('the pixels are asked for', () => web.log.length > seen);
    leaving.abort();
    await assert.rejects(left, { name: 'AbortError' });
    web.release();
    assert.equal((await stayed).status, 200);
    assert.deepEqual(web.abandoned, []);
  });

  it('stops reading when nobody waits any more', async () => {
    const { id, path } = await openedRemote('nobody');
    web.stalled.add(path);
    const seen = web.log.length;
    const leaving = new AbortController();
    const asked = [get(id, TILE, leaving.signal), get(id, TILE, leaving.signal)];
    await until('the pixels are asked for', () => web.log.length > seen);
    leaving.abort();
    for (const answer of asked) await assert.rejects(answer, { name: 'AbortError' });
    await until('the file’s server sees its client leave', () => web.abandoned.includes(path));
    web.release();
    assert.equal((await get(id, TILE)).status, 200);
  });

  it('refuses what is more than can wait, and says when to come back', async () => {
    const { id, path } = await openedRemote('crowd');
    web.stalled.add(path);
    const seen = web.log.length;
    // Four on the one thread, 64 that wait.
    const asked = Array.from({ length: 80 }, (_, i) => get(id, `${TILE}?rescale=0,${200 + i}`));
    const refused: Response[] = [];
    for (const answer of asked) void answer.then((early) => refused.push(early));
    await until('the others are refused', () => refused.length === 12);
    assert.ok(web.log.length > seen);
    for (const early of refused) {
      assert.equal(early.status, 503);
      assert.match(early.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
      assert.equal(((await early.json()) as { code: string }).code, 'service_unavailable');
    }
    web.release();
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    assert.equal(statuses.filter((status) => status === 200).length, 68);
  });

  it('keeps finished tiles up to a limit in bytes', async () => {
    const id = await server.addRaster(raster(), { title: 'held' });
    const paths = Array.from({ length: 30 }, (_, i) => `${TILE}?rescale=0,${100 + i}`);
    let bytes = 0;
    for (const path of paths) {
      const answer = await get(id, path);
      assert.equal(provenance(answer), 'made');
      bytes += (await answer.bytes()).length;
    }
    assert.ok(bytes > 20_000, `${bytes} bytes are more than are kept`);
    assert.equal(provenance(await get(id, paths.at(-1)!)), 'held');
    assert.equal(provenance(await get(id, paths[0]!)), 'made');
  });

  describe('of files that are not what they were', () => {
    it('refuses to mix versions: a file written over is told, until it is registered again', async () => {
      const path = join(root, 'changing.tif');
      await writeFile(path, raster(0));
      await utimes(path, 1_700_000_000, 1_700_000_000);
      const id = await register(path);
      const first = await get(id, 'tiles/native/0/0/0.png');
      assert.equal(first.status, 200);
      await writeFile(path, raster(50));
      await until(
        'the change is noticed',
        async () => (await get(id, `tiles/native/0/0/0.png?rescale=0,254`)).status === 409,
      );
      const refused = await get(id, `tiles/native/0/0/0.png?rescale=0,253`);
      const problem = (await refused.json()) as { code: string; detail: string };
      assert.equal(problem.code, 'source_changed');
      assert.match(problem.detail, /^"changing.tif" has changed since it was registered\./);
      assert.ok(!problem.detail.includes(root));

      await registerAll(path);
      const second = await get(id, 'tiles/native/0/0/0.png');
      assert.equal(second.status, 200);
      assert.notEqual(second.headers.get('etag'), first.headers.get('etag'));
      const pixel = async (answer: Response) =>
        (
          await sharp(Buffer.from(await answer.arrayBuffer()))
            .raw()
            .toBuffer()
        )[0];
      assert.notEqual(await pixel(second), await pixel(first));
    });

    it('serves no finished tile of a file that was written over, and calls none the present one', async () => {
      const path = join(root, 'finished.tif');
      await writeFile(path, raster(0));
      await utimes(path, 1_700_000_000, 1_700_000_000);
      const id = await register(path);
      const first = await get(id, TILE);
      assert.equal(first.status, 200);
      assert.equal(provenance(await get(id, TILE)), 'held');
      const headers = { authorization: `Bearer ${server.admin}`, 'if-none-match': first.headers.get('etag') ?? '' };
      const revalidate = () => fetch(`${server.url}/api/datasets/${id}/${TILE}`, { headers });
      assert.equal((await revalidate()).status, 304);
      await writeFile(path, raster(50));
      await until('the finished tile is no longer served', async () => (await get(id, TILE)).status === 409);
      assert.equal((await revalidate()).status, 409);
    });

    it('draws a finished tile of a mosaic anew when one of its files was written over', async () => {
      const paths = ['left.tif', 'right.tif'].map((name) => join(root, name));
      for (const path of paths) {
        await writeFile(path, raster(0));
        await utimes(path, 1_700_000_000, 1_700_000_000);
      }
      const mosaic = await server.addVrt([await register(paths[0]!), await register(paths[1]!)], { title: 'watched' });
      await server.settled();
      const first = await get(mosaic, TILE);
      assert.deepEqual([first.status, first.headers.get('degraded')], [200, null]);
      assert.equal(provenance(await get(mosaic, TILE)), 'held');
      await writeFile(paths[1]!, raster(50));
      await until('the loss is told', async () => (await get(mosaic, TILE)).headers.get('degraded') === 'problems=1');
    });

    it('says that a file is gone', async () => {
      const path = join(root, 'gone.tif');
      await writeFile(path, raster());
      const id = await register(path);
      await rm(path);
      const answer = await get(id, TILE);
      assert.equal(answer.status, 502);
      assert.equal(((await answer.json()) as { code: string }).code, 'source_unavailable');
    });

    it('shows what can be read of a damaged file, says so, and lets nobody keep it', async () => {
      const before = new Set(await server.storedFiles());
      const id = await server.addRaster(raster(), { title: 'cut' });
      await server.settled();
      const stored = (await server.storedFiles()).find((name) => name.startsWith('rasters/') && !before.has(name));
      await truncate(join(server.dataDir, 'objects', stored!), 4000);
      const answer = await get(id, `${TILE}?rescale=0,255`);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('degraded'), 'problems=1');
      assert.equal(answer.headers.get('cache-control'), 'no-store');
      assert.equal(answer.headers.get('etag'), null);
      const { channels } = await sharp(Buffer.from(await answer.arrayBuffer()))
        .ensureAlpha()
        .stats();
      assert.equal(channels.at(-1)!.max, 0);
    });
  });
});

describe('a shared cache', () => {
  const never = new AbortController().signal;

  it('holds no more than its bytes, the least recently used going first', async () => {
    const cache = createSharedCache<{ size: number }>({ maxBytes: 3000, bytesOf: ({ size }) => size });
    const ask = async (key: string) => (await cache.obtain(key, async () => ({ size: 800 }), never)).provenance;
    assert.deepEqual(
      [await ask('a'), await ask('b'), await ask('a'), await ask('c')],
      ['made', 'made', 'held', 'made'],
    );
    assert.deepEqual([await ask('a'), await ask('b')], ['held', 'made']);
    assert.ok(cache.heldBytes() <= 3000);
  });

  it('does not keep failures, what is too large, and what may not be kept', async () => {
    const cache = createSharedCache<{ size: number }>({
      maxBytes: 1000,
      bytesOf: ({ size }) => size,
      mayKeep: ({ size }) => size !== 13,
    });
    const fail = () => Promise.reject(new Error('no'));
    await assert.rejects(cache.obtain('a', fail, never), /no/);
    for (const size of [2000, 13]) {
      for (let round = 0; round < 2; round += 1) {
        const { provenance } = await cache.obtain(`${size}`, async () => ({ size }), never);
        assert.equal(provenance, 'made');
      }
    }
    assert.equal(cache.heldBytes(), 0);
  });
});
