import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { memoryRasterFiles, openLevels, openRaster, readLevel } from '@inlay/geotiff';
import { makeGeoTiff } from '@inlay/testing';
import { type Answer, startTestServer, type TestServer } from './test-server.ts';

// Exports as those who ask for them see them: what they are refused, what they get, what is left when all is over.

const tile = (index: number, size = 40): Uint8Array<ArrayBuffer> =>
  makeGeoTiff({
    width: size,
    height: size,
    origin: [500_000 + 10 * size * index, 5_300_000],
    resolution: 10,
    epsg: 32633,
    value: (col, row) => 1 + ((7 * col + 3 * row + 50 * index) % 250),
  });

describe('exports', () => {
  let server: TestServer;
  let owner: string;
  let ids: string[];
  let mosaic: string;

  before(async () => {
    server = await startTestServer({ maxExportBytes: 8 * 2 ** 20 });
    owner = await server.user('editor');
    ids = [
      await server.addRaster(tile(0), { title: 'left', visibility: 'public', token: owner }),
      await server.addRaster(tile(1), { title: 'right', visibility: 'private', token: owner }),
    ];
    mosaic = await server.addVrt(ids, { title: 'Küste: both', visibility: 'public', token: owner });
    await server.settled();
  });
  after(() => server.close());

  const ask = (id: string, json: unknown, token: string | null = owner): Promise<Answer> =>
    server.call('POST', `/api/datasets/${id}/export`, { json, token });

  async function finished(id: string, json: unknown, token = owner): Promise<string> {
    const sent = await ask(id, json, token);
    assert.equal(sent.status, 202, JSON.stringify(sent.body));
    const job = await server.waitForJob(sent.body.job_id, token);
    assert.equal(job.status, 'complete', job.error_message ?? '');
    return job.id;
  }

  /** Every pixel of an exported file's first band. */
  async function pixelsOf(bytes: Uint8Array): Promise<{ width: number; height: number; values: number[] }> {
    const raster = await openRaster(memoryRasterFiles('x.tif', new Map([['x.tif', bytes]])));
    try {
      const { width, height } = raster.profile;
      const { levels } = await openLevels(raster, { cacheKey: 'x' });
      const read = await readLevel(levels[0], { colOff: 0, rowOff: 0, width, height }, { bands: [1] });
      return { width, height, values: Array.from(read.raster.bands[0] as Uint8Array) };
    } finally {
      await raster.close();
    }
  }

  it('is told beforehand: its size, its pixels, and what is wrong with it, and starts nothing', async () => {
    const plan = (json: unknown, id = mosaic, token: string | null = owner): Promise<Answer> =>
      server.call('POST', `/api/datasets/${id}/export/plan`, { json, token });
    assert.deepEqual((await plan({})).body, {
      width: 80,
      height: 40,
      band_count: 1,
      dtype: 'Byte',
      crs: 'EPSG:32633',
      bbox: [500_000, 5_299_600, 500_800, 5_300_000],
      resolution: [10, 10],
      own_pixels: true,
      bytes: 3200,
    });
    const { body } = await plan({ resolution: [20, 40], bidx: [1, 1], rescale: [[0, 250]], dtype: 'UInt16' });
    assert.deepEqual([body.width, body.height, body.band_count, body.dtype], [40, 10, 2, 'UInt16']);
    assert.deepEqual([body.resolution, body.own_pixels, body.bytes], [[20, 40], false, 1600]);
    assert.deepEqual((await plan({ crs: 'EPSG:3857' })).body.crs, 'EPSG:3857');
    const refused = await plan({ resolution: 0.1 });
    assert.deepEqual([refused.status, refused.body.detail[0].type], [422, 'export_too_large']);
    assert.equal((await plan({ as_dataset: true }, mosaic, await server.user('viewer'))).status, 403);
    assert.equal((await plan({}, ids[1], await server.user('editor'))).status, 404);
    const { body: before } = await server.call('GET', '/api/jobs?kind=export', { token: owner });
    assert.equal(before.total, 0);
  });

  it('has a file that its owner downloads, by ranges, under the dataset’s title, until it expires', async () => {
    const id = await finished(mosaic, {});
    const job = (await server.call('GET', `/api/jobs/${id}`, { token: owner })).body;
    assert.equal(job.kind, 'export');
    assert.equal(job.dataset_id, null);
    assert.equal(job.result.href, `/api/jobs/${id}/result`);
    assert.equal(job.result.filename, 'Küste: both.tif');
    const kept = Date.parse(job.result.expires_at) - Date.parse(job.completed_at);
    assert.ok(Math.abs(kept - 24 * 3600 * 1000) < 60_000, String(kept));

    const whole = await server.call('GET', job.result.href, { token: owner });
    assert.equal(whole.status, 200);
    assert.equal(whole.body.byteLength, job.result.bytes);
    assert.equal(whole.headers.get('etag'), `"${job.result.sha256}"`);
    assert.equal(whole.headers.get('content-type'), 'image/tiff');
    assert.match(whole.headers.get('content-disposition') ?? '', /K%C3%BCste_%20both\.tif/);
    const head = await server.call('HEAD', job.result.href, { token: owner });
    assert.equal(head.headers.get('content-length'), String(job.result.bytes));
    const part = await server.call('GET', job.result.href, { token: owner, headers: { range: 'bytes=4-7' } });
    assert.equal(part.status, 206);
    assert.deepEqual(part.body, whole.body.subarray(4, 8));
    const same = { 'if-none-match': `"${job.result.sha256}"` };
    assert.equal((await server.call('GET', job.result.href, { token: owner, headers: same })).status, 304);

    const stranger = await server.user('editor');
    assert.equal((await server.call('GET', job.result.href, { token: stranger })).status, 404);
    assert.equal((await server.call('GET', job.result.href, { token: null })).status, 401);

    await server.query(`UPDATE export_results SET expires_at = now() - interval '1 second' WHERE job_id = $1`, [id]);
    const gone = await server.call('GET', job.result.href, { token: owner });
    assert.deepEqual([gone.status, gone.body.code], [410, 'result_gone']);
    assert.equal((await server.call('GET', `/api/jobs/${id}`, { token: owner })).body.result, null);
    await server.running.cleanUp();
    assert.deepEqual(
      (await server.storedFiles()).filter((name) => name.startsWith('exports/')),
      [],
    );
  });

  it('of a box of a mosaic is the mosaic’s pixels', async () => {
    const job = await finished(mosaic, { bbox: [500_300, 5_299_800, 500_500, 5_299_900], coord_crs: 'EPSG:32633' });
    const { body } = await server.call('GET', `/api/jobs/${job}/result`, { token: owner });
    const { width, height, values } = await pixelsOf(body);
    assert.deepEqual([width, height], [20, 10]);
    const expected = Array.from({ length: 200 }, (_, i) => {
      const [col, row] = [30 + (i % 20), 10 + Math.floor(i / 20)];
      const index = col < 40 ? 0 : 1;
      return 1 + ((7 * (col - 40 * index) + 3 * row + 50 * index) % 250);
    });
    assert.deepEqual(values, expected);
  });

  it('rescales, marks what is outside of a shape, and says so in nodata', async () => {
    const ring = [
      [500_000, 5_300_000],
      [500_400, 5_300_000],
      [500_000, 5_299_600],
      [500_000, 5_300_000],
    ];
    const job = await finished(ids[0]!, {
      feature: { type: 'Polygon', coordinates: [ring] },
      coord_crs: 'EPSG:32633',
      rescale: [[1, 256]],
      dtype: 'UInt16',
      nodata: 65_535,
    });
    const { body } = await server.call('GET', `/api/jobs/${job}/result`, { token: owner });
    const { width, values } = await pixelsOf(body);
    assert.equal(width, 40);
    // Value 1 is the least, and each step of the 255 is 257.
    assert.deepEqual(values.slice(0, 3), [0, 7 * 257, 14 * 257]);
    assert.deepEqual([values[39 * 40 + 39], values[20 * 40 + 25]], [65_535, 65_535]);
    // A centre on the slanted edge counts as outside of it, like one right of it.
    assert.equal(values[1 * 40 + 37], 257 * ((7 * 37 + 3) % 250));
  });

  it('as a dataset is one that can be shown, and no file', async () => {
    const json = {
      as_dataset: true,
      title: 'Half',
      visibility: 'internal',
      bbox: [500_000, 5_299_600, 500_200, 5_300_000],
      coord_crs: 'EPSG:32633',
    };
    const sent = await ask(ids[0]!, json);
    const job = await server.waitForJob(sent.body.job_id, owner);
    assert.equal(job.status, 'complete', job.error_message ?? '');
    const { body } = await server.call('GET', `/api/datasets/${job.dataset_id}`, { token: owner });
    assert.deepEqual(
      [body.title, body.visibility, body.raster.width, body.raster.height],
      ['Half', 'internal', 20, 40],
    );
    assert.equal(body.raster.epsg, 32633);
    assert.equal((await server.call('GET', `/api/datasets/${job.dataset_id}/preview`, { token: owner })).status, 200);
    assert.equal((await server.call('GET', `/api/jobs/${job.id}/result`, { token: owner })).status, 404);
    const viewer = await server.user('viewer');
    assert.equal((await ask(ids[0]!, { as_dataset: true }, viewer)).status, 403);
    assert.equal((await ask(ids[0]!, {}, viewer)).status, 202);
  });

  it('is for who may see every member, when it is asked for and when it is made', async () => {
    // Its sources count by themselves: its owner shares none of them through it.
    await server.call('PATCH', `/api/datasets/${mosaic}`, { json: { confirm_public_sources: false }, token: owner });
    const other = await server.user('editor');
    assert.equal((await ask(ids[1]!, {}, other)).status, 404);
    assert.equal((await ask(mosaic, {}, other)).status, 404);
    assert.equal((await ask(mosaic, {}, null)).status, 401);
    await server.call('PATCH', `/api/datasets/${ids[1]}`, { json: { visibility: 'internal' }, token: owner });
    const sent = await ask(mosaic, {}, other);
    assert.equal(sent.status, 202);
    await server.waitForJob(sent.body.job_id, other);
    await server.call('PATCH', `/api/datasets/${ids[1]}`, { json: { visibility: 'private' }, token: owner });
    // What was asked for while it was visible, and is done once more when it no longer is.
    await server.query(`UPDATE jobs SET status = 'failed' WHERE id = $1`, [sent.body.job_id]);
    await server.query(`DELETE FROM export_results WHERE job_id = $1`, [sent.body.job_id]);
    assert.equal((await server.call('POST', `/api/jobs/${sent.body.job_id}/retry`, { token: other })).status, 202);
    const job = await server.waitForJob(sent.body.job_id, other);
    assert.equal(job.status, 'failed');
    assert.match(job.error_message ?? '', /removed or hidden/);
  });

  const box = [500_000, 5_299_600, 500_400, 5_300_000];
  const REFUSALS: readonly (readonly [string, object, string, RegExp])[] = [
    ['a box beside the dataset', { bbox: [0, 0, 1, 1] }, 'bbox', /nothing of the dataset lies there/],
    ['a box without an area', { bbox: [1, 1, 1, 2] }, 'bbox', /no area/],
    [
      'a box and a shape',
      { bbox: box, feature: { type: 'Polygon', coordinates: [] } },
      'feature',
      /leave one of them out/,
    ],
    ['a size and a resolution', { resolution: 5, width: 3 }, 'resolution', /leave width and height out/],
    ['a CRS that is not there', { crs: 'EPSG:999999' }, 'crs', /no CRS EPSG:999999/],
    ['a band that is not there', { bidx: [1, 2] }, 'bidx', /no band 2 of 1/],
    ['nodata that is no value of the type', { nodata: -1 }, 'nodata', /-1 is no value of Byte/],
    ['more than is exported', { resolution: 0.05 }, 'body', /larger pixels/],
    ['WebP of one band', { compression: 'webp' }, 'compression', /takes 3 or 4 bands/],
    ['JPEG of other than bytes', { compression: 'jpeg', dtype: 'UInt16' }, 'compression', /takes bytes/],
    ['a quality of what keeps all', { quality: 50 }, 'quality', /keeps every bit/],
    ['a title of a mere file', { title: 'x' }, 'title', /as_dataset/],
    ['half floats', { dtype: 'Float16' }, 'dtype', /ask for Float32/],
    ['a field of another name', { bbbox: box }, 'bbbox', /./],
  ];
  for (const [what, json, field, message] of REFUSALS) {
    it(`${what} is refused where it stands`, async () => {
      const { status, body } = await ask(ids[0]!, json);
      assert.equal(status, 422, JSON.stringify(body));
      const [item] = body.detail;
      assert.equal(item.loc.length > 1 ? item.loc[1] : item.loc[0], field, JSON.stringify(body.detail));
      assert.match(item.msg, message);
    });
  }

  it('that fails leaves nothing behind, and says which source it could not read', async () => {
    const lost = await server.addRaster(tile(2), { title: 'lost', token: owner });
    const both = await server.addVrt([ids[0]!, lost], { token: owner });
    await server.settled();
    const [row] = await server.query(`SELECT object_key FROM rasters WHERE dataset_id = $1`, [lost]);
    await rm(join(server.dataDir, 'objects', String(row!['object_key'])));
    const before = await server.storedFiles();
    const sent = await ask(both, { dtype: 'Int32' });
    const job = await server.waitForJob(sent.body.job_id, owner);
    assert.equal(job.status, 'failed');
    assert.match(job.error_message ?? '', /could not be read whole/);
    assert.ok(!(job.error_message ?? '').includes(server.dataDir));
    const early = await server.call('GET', `/api/jobs/${job.id}/result`, { token: owner });
    assert.deepEqual([early.status, early.body.code], [409, 'result_not_ready']);
    assert.deepEqual(await server.storedFiles(), before);
    assert.deepEqual(await readdir(join(server.dataDir, 'scratch')), []);
  });

  it('that is cancelled leaves nothing behind', async () => {
    const large = await server.addRaster(tile(0, 1000), { title: 'large', token: owner });
    const before = await server.storedFiles();
    const sent = await ask(large, { resolution: 4.5, resampling: 'cubic', compression: 'lzw', coord_crs: 'EPSG:4326' });
    assert.equal(sent.status, 202, JSON.stringify(sent.body));
    await server.call('POST', `/api/jobs/${sent.body.job_id}/cancel`, { token: owner });
    const job = await server.waitForJob(sent.body.job_id, owner);
    assert.equal(job.status, 'cancelled');
    await until(async () => (await readdir(join(server.dataDir, 'scratch'))).length === 0);
    assert.deepEqual(await server.storedFiles(), before);
  });

  it('is found by the dataset that it is made of, and named after it', async () => {
    const id = await finished(mosaic, {});
    await finished(ids[0]!, {});
    const { body } = await server.call('GET', `/api/jobs?source_dataset_id=${mosaic.toUpperCase()}`, { token: owner });
    assert.equal(body.jobs[0].id, id);
    assert.equal(body.jobs[0].title, 'Küste: both');
    const sources = body.jobs.map((job: { source_dataset_id: string }) => job.source_dataset_id);
    assert.deepEqual(new Set(sources), new Set([mosaic]));
    assert.match(body.jobs[0].owner_name, /^editor-/);
  });
});

describe('virtual rasters of before their pixels could be read', () => {
  it('are made readable when they are first asked for', async () => {
    const server = await startTestServer();
    try {
      const ids = [await server.addRaster(tile(0)), await server.addRaster(tile(1))];
      const id = await server.addVrt(ids);
      await server.settled();
      const [row] = await server.query(`SELECT mosaic_key FROM vrt_generations WHERE dataset_id = $1`, [id]);
      await server.query(`UPDATE vrt_generations SET mosaic_key = NULL WHERE dataset_id = $1`, [id]);
      await rm(join(server.dataDir, 'objects', String(row!['mosaic_key'])));
      assert.equal((await server.call('GET', `/api/datasets/${id}/preview`)).status, 200);
      const [after] = await server.query(`SELECT mosaic_key FROM vrt_generations WHERE dataset_id = $1`, [id]);
      assert.deepEqual(after, row);
      assert.ok((await server.storedFiles()).includes(String(row!['mosaic_key'])));
    } finally {
      await server.close();
    }
  });

  it('are not made with a resampling that could not be read', async () => {
    const server = await startTestServer();
    try {
      const ids = [await server.addRaster(tile(0)), await server.addRaster(tile(1))];
      const create = { source_dataset_ids: ids, vrt_type: 'mosaic', resolution_strategy: 'finest', title: 'x' };
      for (const [options, isFine] of [
        [{ resampling: 'lanczos' }, false],
        [{ resampling: 'average' }, true],
        [{ resampling: 'average', crs: 'EPSG:3857' }, false],
        [{ resampling: 'cubic', crs: 'EPSG:3857' }, true],
      ] as const) {
        const { status, body } = await server.call('POST', '/api/ingest/vrt/create', {
          json: { ...create, ...options },
        });
        assert.equal(status, isFine ? 202 : 422, JSON.stringify([options, body]));
        if (!isFine)
          assert.deepEqual([body.detail[0].type, body.detail[0].loc], ['not_supported_yet', ['body', 'resampling']]);
      }
    } finally {
      await server.close();
    }
  });
});

describe('work that takes long', () => {
  it('keeps neither uploads nor builds waiting', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'inlay-slow-'));
    const gdal = join(folder, 'gdal_translate');
    await writeFile(
      gdal,
      '#!/bin/sh\nif [ "$1" = --version ]; then echo "GDAL 3.6.2, released 2023/01/02"; exit 0; fi\nexec sleep 600\n',
    );
    await chmod(gdal, 0o755);
    const programs = { searchPath: [folder, '/usr/bin', '/bin'], variables: {} };
    const server = await startTestServer({ workerConcurrency: 2, programs });
    try {
      const slow: string[] = [];
      for (let index = 0; index < 4; index += 1) {
        const form = new FormData();
        form.set('title', `slow ${index}`);
        // In strips and over 1,024 pixels: it has to be converted, which here never ends.
        form.set('file', new Blob([tile(index, 1200)]), 'slow.tif');
        slow.push((await server.call('POST', '/api/ingest/upload?commit=true', { body: form })).body.job_id as string);
      }
      const running = async (): Promise<string[]> => {
        const { body } = await server.call('GET', '/api/jobs?kind=upload&status=running');
        return body.jobs.flatMap((job: { id: string }) => (slow.includes(job.id) ? [job.id] : []));
      };
      await until(async () => (await running()).length === 2);
      const ids = [await server.addRaster(tile(0)), await server.addRaster(tile(1))];
      await server.addVrt(ids);
      assert.equal((await running()).length, 2);
      for (const id of slow) await server.call('POST', `/api/jobs/${id}/cancel`);
    } finally {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await isSo())) {
    assert.ok(performance.now() < deadline, 'it did not come to be');
    await delay(20);
  }
}
