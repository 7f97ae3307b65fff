import assert from 'node:assert/strict';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Gdal, GDAL_IS_ABSENT } from '@inlay/testing';
import { addOverviews } from './gdal-overviews.ts';
import type { StoredOverviews } from '../src/overviews/stored-overviews.ts';
import { type Job, type TestServer } from './test-server.ts';
import { startTiledMosaic, type TiledMosaic } from './tiled-mosaic.ts';

// Coarse levels of a whole mosaic: rendered after it is published, named by its VRT, and read in place of its sources.
// The oracle is GDAL: what gdaladdo makes of the flattened mosaic, and what GDAL reads of the VRT.

const SIDE = 400;
const ACROSS = 6;
/** Of the mosaic, one column short of whole: levels of odd sizes span it all the same. */
const WIDTH = SIDE * ACROSS - 1;
const HEIGHT = SIDE * ACROSS;
const LEVELS = [
  { width: 600, height: 600 },
  { width: 300, height: 300 },
  { width: 150, height: 150 },
];

describe('rendered levels of a virtual raster', () => {
  let tiled: TiledMosaic | null;
  let gdals: TiledMosaic['gdals'];
  let gdal: Gdal | null = null;
  let server: TestServer;
  let folder: string;
  let ids: readonly string[];
  let mosaic: string;
  let localVrt: TiledMosaic['download'];

  before(async () => {
    tiled = await startTiledMosaic({
      across: ACROSS,
      side: SIDE,
      narrower: 1,
      bands: Array.from({ length: 3 }, () => ({ dataType: 'Byte', nodata: 3 })),
      options: ['TILED=YES', 'BLOCKXSIZE=128', 'BLOCKYSIZE=128', 'COMPRESS=DEFLATE'],
    });
    if (tiled !== null) ({ gdals, gdal, server, folder, ids, mosaic, download: localVrt } = tiled);
  });
  after(() => tiled?.close());

  async function overviewJobs(id: string): Promise<Job[]> {
    const { body } = await server.call('GET', '/api/jobs?kind=vrt_overviews&limit=1000');
    return body.jobs.filter((job: Job) => job.dataset_id === id);
  }

  it('are rendered by a job of their own, down to 256 pixels, and are among those of the dataset', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const [job, ...others] = await overviewJobs(mosaic);
    assert.deepEqual([job?.status, job?.error_message, others.length], ['complete', null, 0]);
    const { body } = await server.call('GET', `/api/datasets/${mosaic}`);
    assert.deepEqual([body.raster.width, body.raster.height], [WIDTH, HEIGHT]);
    assert.deepEqual(body.raster.overviews, LEVELS);
  });

  it('are all offered by the VRT, in GDAL 3.6 and in the newest', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const path = await localVrt(mosaic, 'levels.vrt');
    for (const one of gdals) {
      const { bands } = await one.describe(path, false);
      const sizes = bands.map(({ overviews }) => overviews);
      const expected = LEVELS.map(({ width, height }) => [width, height]);
      assert.deepEqual(sizes, [expected, expected, expected], one.version);
    }
  });

  it('hold what gdaladdo -r average makes of the flattened mosaic', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const path = await localVrt(mosaic, 'averages.vrt');
    const flat = join(folder, 'flat.tif');
    await gdal.translate(path, flat, ['-co', 'TILED=YES']);
    await addOverviews(flat, [4, 8, 16]);
    for (const { width, height } of LEVELS) {
      const whole = [0, 0, WIDTH, HEIGHT] as const;
      const expected = await gdal.read(flat, whole, [width, height], [1, 2, 3]);
      for (const one of gdals) {
        const found = await one.read(path, whole, [width, height], [1, 2, 3]);
        const differences = found.flatMap((samples, band) =>
          Array.from(samples as Uint8Array, (value, at) => Math.abs(value - Number(expected[band]![at]))).filter(
            Boolean,
          ),
        );
        // A width of 2,399 is no multiple of 4: pixels are weighed by fractions, and halves are met on either side.
        assert.ok(differences.length <= 10, `${differences.length} of ${3 * width * height} in ${one.version}`);
        assert.ok(differences.every((difference) => difference === 1));
      }
    }
  });

  it('are read in place of the sources: a picture of all of it needs none of them', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const picture = (query: string) => server.call('GET', `/api/datasets/${mosaic}/preview?rescale=0,15&${query}`);
    await rename(join(folder, 'tiles'), join(folder, 'gone'));
    try {
      const whole = await picture('max_size=256');
      assert.deepEqual([whole.status, whole.headers.get('degraded')], [200, null]);
      assert.match(whole.headers.get('server-timing') ?? '', /blocks;desc="[1-4] read/);
      // While the levels are not there, it has to read them, and says that it cannot.
      const before = await withoutLevels(mosaic, () => picture('max_size=256'));
      assert.match(before.headers.get('degraded') ?? '', /^problems=\d+$/);
    } finally {
      await rename(join(folder, 'gone'), join(folder, 'tiles'));
    }
  });

  it('change what pictures and documents are known by, when they land', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const paths = [
      `/api/datasets/${mosaic}/preview?max_size=200`,
      `/api/datasets/${mosaic}/tilejson.json`,
      `/api/datasets/${mosaic}/download/vrt`,
      `/api/datasets/${mosaic}/download/vrt?sources=local`,
    ];
    const tags = async (): Promise<string[]> => {
      const answers: Awaited<ReturnType<typeof server.call>>[] = [];
      for (const path of paths) answers.push(await server.call('GET', path));
      const version = String(answers[1]!.body.tiles?.[0]).match(/[?&]v=([^&]+)/)?.[1];
      return [0, 2, 3].map((at) => answers[at]!.headers.get('etag') ?? '').concat(version ?? '');
    };
    const after = await tags();
    const before = await withoutLevels(mosaic, tags);
    for (const [index, tag] of after.entries()) {
      assert.match(tag, /./);
      assert.notEqual(tag, before[index]);
    }
    assert.deepEqual(await tags(), after);
  });

  /** Does something in the state before the levels were linked. */
  async function withoutLevels<T>(id: string, work: () => Promise<T>): Promise<T> {
    const [row] = await server.query('SELECT overviews FROM vrt_generations WHERE dataset_id = $1', [id]);
    await server.query(`UPDATE vrt_generations SET overviews = 'null' WHERE dataset_id = $1`, [id]);
    try {
      return await work();
    } finally {
      await server.query('UPDATE vrt_generations SET overviews = $2 WHERE dataset_id = $1', [
        id,
        JSON.stringify(row!['overviews']),
      ]);
    }
  }

  it('are downloaded by whoever may see all sources, in parts, and by nobody else', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const { body } = await server.call('GET', `/api/datasets/${mosaic}/download/vrt`);
    const name = /GTIFF_DIR:2:\/vsicurl\/http:\/\/[^/]+(\/[^<]+\.tif)</.exec(body.toString('utf8'))?.[1];
    assert.match(name ?? '', /\/download\/vrt\/generations\/[0-9a-f-]+\/overviews\/1\.tif$/);
    const part = await server.call('GET', name!, { headers: { range: 'bytes=0-3' } });
    assert.deepEqual([part.status, part.body.toString('latin1')], [206, 'II*\0']);
    assert.equal((await server.call('HEAD', name!)).headers.get('content-type'), 'image/tiff');
    assert.equal((await server.call('GET', name!.replace('/1.tif', '/2.tif'))).status, 404);
    const other = await server.user('viewer');
    assert.equal((await server.call('GET', name!, { token: other })).status, 404);
    // The mosaic may be seen by all; its sources may not, whatever its own visibility.
    await server.query(`UPDATE datasets SET visibility = 'public' WHERE id = $1`, [mosaic]);
    assert.equal((await server.call('GET', name!, { token: other })).status, 404);
    assert.equal((await server.call('GET', name!, { token: null })).status, 404);
    await server.query(`UPDATE datasets SET visibility = 'private' WHERE id = $1`, [mosaic]);
  });

  it('are read by GDAL over HTTP', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    await server.query(`UPDATE datasets SET visibility = 'public'`);
    const local = await localVrt(mosaic, 'local.vrt');
    const { body } = await server.call('GET', `/api/datasets/${mosaic}/download/vrt`);
    const path = join(folder, 'http.vrt');
    await writeFile(path, body);
    for (const one of gdals) {
      const [expected, found] = [await one.describe(local), await one.describe(path)];
      assert.deepEqual(
        found.bands.map(({ overviewChecksums }) => overviewChecksums),
        expected.bands.map(({ overviewChecksums }) => overviewChecksums),
      );
      assert.equal(new Set(found.bands[0]!.overviewChecksums).size, LEVELS.length);
    }
  });

  it('give way to the sources where their object cannot be read, which is told', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const id = await server.addVrt(ids, { title: 'damaged' });
    await server.settled();
    const [row] = await server.query('SELECT overviews FROM vrt_generations WHERE dataset_id = $1', [id]);
    const { objects } = row!['overviews'] as StoredOverviews;
    await rm(join(server.dataDir, 'objects', objects[0]!.key));
    // As another rendering, which the threads that have drawn the thumbnail do not hold open.
    await server.query(
      `UPDATE vrt_generations SET overviews = jsonb_set(overviews, '{id}', '"lost"') WHERE dataset_id = $1`,
      [id],
    );
    const { status, headers } = await server.call('GET', `/api/datasets/${id}/preview?max_size=256&rescale=0,15`);
    assert.deepEqual([status, headers.get('degraded')], [200, 'problems=1']);
    await server.call('DELETE', `/api/datasets/${id}`, { json: { confirm_title: 'damaged' } });
    await server.running.cleanUp();
  });

  it('are not made where they are not wanted, nor of what is small', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const create = async (json: object): Promise<string> => {
      const sent = await server.call('POST', '/api/ingest/vrt/create', {
        json: { vrt_type: 'mosaic', resolution_strategy: 'finest', title: 'plain', ...json },
      });
      assert.equal(sent.status, 202, JSON.stringify(sent.body));
      return (await server.waitForJob(sent.body.job_id)).dataset_id!;
    };
    const none = await create({ source_dataset_ids: ids, overviews: 'none' });
    const small = await create({ source_dataset_ids: ids.slice(0, 8), overviews: 'auto' });
    assert.deepEqual([await overviewJobs(none), await overviewJobs(small)], [[], []]);
    const { body } = await server.call('GET', `/api/datasets/${none}`);
    assert.deepEqual([body.raster.options.overviews, body.raster.overviews], ['none', []]);
    const document = (await server.call('GET', `/api/datasets/${none}/download/vrt`)).body.toString('utf8');
    assert.doesNotMatch(document, /Overview/);
  });

  it('are made anew with the virtual raster, the same as if it had been made like that', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const rest = ids.toSpliced(14, 1);
    const id = await server.addVrt(ids, { title: 'changing' });
    await server.settled();
    const { status, body } = await server.call('PUT', `/api/ingest/vrt/${id}/sources/`, {
      json: { source_dataset_ids: rest },
    });
    assert.equal(status, 202, JSON.stringify(body));
    assert.equal((await server.waitForJob(body.job_id)).status, 'complete');
    const twin = await server.addVrt(rest, { title: 'twin' });
    await server.settled();
    const levelsOf = async (dataset: string) => {
      const rows = await server.query(
        'SELECT overviews FROM vrt_generations WHERE dataset_id = $1 ORDER BY number DESC',
        [dataset],
      );
      return rows.map(({ overviews }) => (overviews as StoredOverviews).objects.map(({ sha256 }) => sha256));
    };
    const [now, before] = await levelsOf(id);
    assert.deepEqual([now], await levelsOf(twin));
    assert.notDeepEqual(now, before);
    for (const [dataset, title] of [
      [id, 'changing'],
      [twin, 'twin'],
    ] as const) {
      await server.call('DELETE', `/api/datasets/${dataset}`, { json: { confirm_title: title } });
    }
    await server.running.cleanUp();
    assert.equal((await server.storedFiles()).filter((key) => key.startsWith('overviews/')).length, 1);
  });

  it('go with their dataset', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const id = await server.addVrt(ids, { title: 'short-lived' });
    await server.settled();
    const levels = async () => (await server.storedFiles()).filter((key) => key.startsWith('overviews/'));
    assert.equal((await levels()).length, 2);
    const { status } = await server.call('DELETE', `/api/datasets/${id}`, { json: { confirm_title: 'short-lived' } });
    assert.equal(status, 204);
    await server.running.cleanUp();
    assert.equal((await levels()).length, 1);
  });
});
