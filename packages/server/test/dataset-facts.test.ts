import assert from 'node:assert/strict';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type RawField, rawTiff, stripFields } from './raw-tiff.ts';
import { startTestServer, type TestServer } from './test-server.ts';

// When a raster was taken and how cloudy it is: from its file, and as people state it.

const DATE_TIME = 306;

/** A small raster whose DateTime tag says when it was made. */
function madeAt(time: string | null): Uint8Array<ArrayBuffer> {
  const fields = stripFields(8, 8);
  const tag: RawField[] = time === null ? [] : [[DATE_TIME, 'ascii', time]];
  return rawTiff(
    [...fields, ...tag].toSorted(([a], [b]) => a - b),
    new Uint8Array(64),
  );
}

describe('the datetime and the cloud cover of a dataset', () => {
  let server: TestServer;
  let root: string;

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'inlay-facts-'));
    server = await startTestServer({ sourceRoots: [root] });
  });
  after(async () => {
    await server.close();
    await rm(root, { recursive: true, force: true });
  });

  async function facts(id: string): Promise<[datetime: string | null, cloudCover: number | null]> {
    const { body } = await server.call('GET', `/api/datasets/${id}`);
    return [body.datetime, body.cloud_cover];
  }
  const patch = (id: string, json: object) => server.call('PATCH', `/api/datasets/${id}`, { json });
  async function register(json: object): Promise<string> {
    const sent = await server.call('POST', '/api/ingest/register-rasters', { json });
    assert.equal(sent.status, 202, JSON.stringify(sent.body));
    const job = await server.waitForJob(sent.body.job_id);
    assert.equal(job.status, 'complete', job.error_message ?? '');
    return job.dataset_id ?? '';
  }

  it('are what the file says, and nothing where it does not', async () => {
    assert.deepEqual(await facts(await server.addRaster(madeAt('2026:06:01 10:20:30'))), [
      '2026-06-01T10:20:30.000Z',
      null,
    ]);
    assert.deepEqual(await facts(await server.addRaster(madeAt(null))), [null, null]);
  });

  it('are stated with the commit of an upload, in one call or two', async () => {
    const form = new FormData();
    form.set('datetime', '2026-06-02T12:00:00+02:00');
    form.set('cloud_cover', '12.5');
    form.set('file', new Blob([madeAt('2026:06:01 10:20:30')]), 'a.tif');
    const once = await server.call('POST', '/api/ingest/upload?commit=true', { body: form });
    const job = await server.waitForJob(once.body.job_id);
    assert.deepEqual(await facts(job.dataset_id ?? ''), ['2026-06-02T10:00:00.000Z', 12.5]);

    const file = new FormData();
    file.set('file', new Blob([madeAt(null)]), 'b.tif');
    const { body: uploaded } = await server.call('POST', '/api/ingest/upload', { body: file });
    const json = { title: 'b', datetime: null, cloud_cover: 0 };
    await server.call('POST', `/api/ingest/commit/${uploaded.job_id}`, { json });
    const committed = await server.waitForJob(uploaded.job_id);
    assert.deepEqual(await facts(committed.dataset_id ?? ''), [null, 0]);
  });

  it('are stated of all rasters that are registered at once', async () => {
    const path = join(root, 'registered.tif');
    await writeFile(path, madeAt('2026:06:01 10:20:30'));
    const id = await register({ hrefs: [path], datetime: '2026-06-03T00:00:00Z', cloud_cover: 99 });
    assert.deepEqual(await facts(id), ['2026-06-03T00:00:00.000Z', 99]);
  });

  it('follow the file when it changes, unless somebody stated otherwise', async () => {
    const path = join(root, 'changing.tif');
    await writeFile(path, madeAt('2026:06:01 10:20:30'));
    const id = await register({ hrefs: [path] });
    const change = async (time: string, mtime: number): Promise<void> => {
      await writeFile(path, madeAt(time));
      await utimes(path, mtime, mtime);
      assert.equal(await register({ hrefs: [path] }), id);
    };
    await change('2026:06:02 00:00:00', 1_700_000_000);
    assert.deepEqual(await facts(id), ['2026-06-02T00:00:00.000Z', null]);
    await patch(id, { datetime: '2026-01-01T00:00:00Z', cloud_cover: 5 });
    await change('2026:06:03 00:00:00', 1_700_000_001);
    assert.deepEqual(await facts(id), ['2026-01-01T00:00:00.000Z', 5]);
    // What was stated is taken back: the file counts again.
    await patch(id, { datetime: null, cloud_cover: null });
    assert.deepEqual(await facts(id), ['2026-06-03T00:00:00.000Z', null]);
  });

  it('can be stated of a virtual raster', async () => {
    const tiles = [await server.addRaster(madeAt(null)), await server.addRaster(madeAt(null))];
    const vrt = await server.addVrt(tiles);
    assert.deepEqual(await facts(vrt), [null, null]);
    await patch(vrt, { datetime: '2026-06-04T00:00:00Z' });
    assert.deepEqual(await facts(vrt), ['2026-06-04T00:00:00.000Z', null]);
  });

  it('are found by an interval', async () => {
    const titles = async (interval: string): Promise<string[]> => {
      const { body } = await server.call('GET', `/api/datasets/?q=day&sort=title&datetime=${interval}`);
      return body.datasets.map((dataset: { title: string }) => dataset.title);
    };
    for (const day of [1, 2, 3]) {
      await server.addRaster(madeAt(`2025:01:0${day} 12:00:00`), { title: `day ${day}` });
    }
    await server.addRaster(madeAt(null), { title: 'day unknown' });
    assert.deepEqual(await titles('2025-01-02T00:00:00Z/..'), ['day 2', 'day 3']);
    assert.deepEqual(await titles('../2025-01-02T12:00:00Z'), ['day 1', 'day 2']);
    assert.deepEqual(await titles('2025-01-02T12:00:00Z'), ['day 2']);
    assert.deepEqual(await titles('2025-01-02T13:00:00%2B01:00'), ['day 2']);
  });

  const refused: [json: object, expected: string][] = [
    [{ datetime: 'yesterday' }, 'datetime datetime_parsing'],
    [{ datetime: '2026-06-01' }, 'datetime datetime_parsing'],
    [{ datetime: '2026-06-01T00:00:00' }, 'datetime datetime_parsing'],
    [{ datetime: '2026-02-30T00:00:00Z' }, 'datetime datetime_parsing'],
    [{ datetime: '0000-01-01T00:00:00Z' }, 'datetime datetime_parsing'],
    [{ datetime: '0001-01-01T00:00:00+01:00' }, 'datetime datetime_parsing'],
    [{ datetime: '9999-12-31T23:59:59-01:00' }, 'datetime datetime_parsing'],
    [{ datetime: 20_260_601 }, 'datetime string_type'],
    [{ cloud_cover: 100.1 }, 'cloud_cover less_than_equal'],
    [{ cloud_cover: -1 }, 'cloud_cover greater_than_equal'],
    [{ cloud_cover: '5' }, 'cloud_cover float_type'],
  ];
  for (const [json, expected] of refused) {
    it(`cannot be ${JSON.stringify(json)}`, async () => {
      const { body } = await server.call('GET', '/api/datasets/?limit=1');
      const answer = await patch(body.datasets[0].id, json);
      assert.equal(answer.status, 422);
      const [item] = answer.body.detail;
      assert.equal(`${item.loc[1]} ${item.type}`, expected);
    });
  }

  it('can be any time of the years 1 to 9999, with any offset', async () => {
    const id = await server.addRaster(madeAt(null));
    for (const [sent, shown] of [
      ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
      ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
      ['2026-06-01T00:00:00+23:59', '2026-05-31T00:01:00.000Z'],
      ['2024-02-29t00:00:00z', '2024-02-29T00:00:00.000Z'],
    ]) {
      const { status, body } = await patch(id, { datetime: sent });
      assert.deepEqual([status, body.datetime], [200, shown], sent);
    }
  });
});
