import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Dice, makeGeoTiff } from '@inlay/testing';
import { type Answer, startTestServer, type TestServer } from './test-server.ts';
import { TINY_TILES, writeTinyTiles } from './tiny-tiles.ts';

// A virtual raster that was changed is the one that would be created of the same sources with the same options: what is stored
// of the two is the same, byte for byte, though a change loads only what is new to it.

const SEED = 20261123;
const STEPS = 12;
const RASTERS = 10;

describe('a virtual raster that was changed', () => {
  let server: TestServer;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inlay-fresh-'));
    server = await startTestServer({ sourceRoots: [folder] });
  });
  after(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** The objects that a job stored, by what their names end in. */
  async function stored(jobId: string): Promise<Record<string, Buffer>> {
    const files = (await server.storedFiles()).filter((file) => file.includes(jobId));
    assert.ok(files.length > 0, `job ${jobId} has stored nothing`);
    const bytes = files.map(async (file) => {
      const suffix = file.slice(file.lastIndexOf('.'));
      return [suffix, await readFile(join(server.dataDir, 'objects', file))] as const;
    });
    return Object.fromEntries(await Promise.all(bytes));
  }
  async function done(answer: Answer): Promise<{ id: string; dataset_id: string }> {
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
    const job = await server.waitForJob(answer.body.job_id);
    assert.equal(job.status, 'complete', job.error_message ?? '');
    return { id: job.id, dataset_id: job.dataset_id as string };
  }
  async function create(ids: readonly string[], options: object): Promise<{ id: string; dataset_id: string }> {
    const body = { source_dataset_ids: ids, vrt_type: 'mosaic', resolution_strategy: 'finest', title: 'm', ...options };
    return await done(await server.call('POST', '/api/ingest/vrt/create', { json: body }));
  }
  async function checkSame(jobId: string, ids: readonly string[], options: object): Promise<void> {
    const fresh = await create(ids, options);
    const [changed, created] = [await stored(jobId), await stored(fresh.id)];
    assert.deepEqual(Object.keys(changed), Object.keys(created));
    for (const [suffix, bytes] of Object.entries(created)) {
      assert.ok(changed[suffix]?.equals(bytes), `${suffix} of the changed one differs`);
    }
    await server.call('DELETE', `/api/datasets/${fresh.dataset_id}`, { json: { confirm_title: 'm' } });
  }

  const CASES: [what: string, options: object, nodata: (index: number) => { nodata?: number }][] = [
    ['of rasters with one nodata value', {}, () => ({ nodata: 0 })],
    ['of rasters with several nodata values', {}, (index) => (index % 3 === 0 ? {} : { nodata: index % 3 })],
    [
      'ordered by cloud cover, cut and resampled',
      { source_order: 'cloud_cover', resampling: 'bilinear', align: true },
      () => ({}),
    ],
  ];
  for (const [what, options, nodata] of CASES) {
    it(`${what}, at random, is the one created of the same sources`, async () => {
      const dice = new Dice(SEED);
      const all: string[] = [];
      for (let index = 0; index < RASTERS; index += 1) {
        const origin = [500_000 + 40 * dice.integer(0, 8), 5_300_000 - 40 * dice.integer(0, 8)] as const;
        const value = dice.integer(3, 250);
        const id = await server.addRaster(
          makeGeoTiff({
            width: 8,
            height: 8,
            origin,
            resolution: dice.one(10, 20),
            epsg: 32633,
            ...nodata(index),
            value: () => value,
          }),
        );
        await server.call('PATCH', `/api/datasets/${id}`, { json: { cloud_cover: dice.integer(0, 100) } });
        all.push(id);
      }
      let ids = dice.shuffled(all).slice(0, 4);
      const { dataset_id: vrt } = await create(ids, options);
      for (let step = 0; step < STEPS; step += 1) {
        const others = all.filter((id) => !ids.includes(id));
        const kind = dice.one('add', 'add', 'remove', 'set', 'regenerate');
        let answer: Answer;
        if (kind === 'add' && others.length > 0) {
          const added = dice.shuffled(others).slice(0, dice.integer(1, 2));
          answer = await server.call('POST', `/api/ingest/vrt/${vrt}/sources/`, {
            json: { source_dataset_ids: added },
          });
          ids = ids.concat(added);
        } else if (kind === 'remove' && ids.length > 2) {
          const [removed = ''] = dice.shuffled(ids);
          answer = await server.call('DELETE', `/api/ingest/vrt/${vrt}/sources/${removed}/`);
          ids = ids.filter((id) => id !== removed);
        } else if (kind === 'set') {
          const chosen = dice.shuffled(all).slice(0, dice.integer(2, RASTERS - 1));
          // The same ones in another order are not taken where something else decides on the order.
          if (chosen.length === ids.length && chosen.every((id) => ids.includes(id))) continue;
          ids = chosen;
          answer = await server.call('PUT', `/api/ingest/vrt/${vrt}/sources/`, { json: { source_dataset_ids: ids } });
        } else {
          answer = await server.call('POST', `/api/datasets/${vrt}/vrt/regenerate/`);
        }
        const job = await done(answer);
        await checkSame(job.id, ids, options);
      }
    });
  }

  it('of so many sources that it is stored in chunks, is the one created of the same sources', async () => {
    const tiles = join(folder, 'tiles');
    await writeTinyTiles(tiles);
    const sent = await server.call('POST', '/api/ingest/register-rasters', { json: { prefix: tiles } });
    await server.waitForJob(sent.body.job_id);
    const ids: string[] = [];
    while (ids.length < TINY_TILES) {
      const { body } = await server.call('GET', `/api/datasets/?q=tile-&sort=title&limit=1000&skip=${ids.length}`);
      ids.push(...body.datasets.map((dataset: { id: string }) => dataset.id));
    }
    const { dataset_id: vrt } = await create(ids.slice(0, -1), {});
    const [added = ''] = ids.slice(-1);
    const add = await server.call('POST', `/api/ingest/vrt/${vrt}/sources/`, { json: { source_dataset_id: added } });
    const first = await done(add);
    assert.deepEqual(Object.keys(await stored(first.id)).toSorted(), ['.chunks', '.mosaic', '.vrt']);
    await checkSame(first.id, ids, {});
    const remove = await done(await server.call('DELETE', `/api/ingest/vrt/${vrt}/sources/${ids[500]}/`));
    await checkSame(remove.id, ids.toSpliced(500, 1), {});
  });
});
