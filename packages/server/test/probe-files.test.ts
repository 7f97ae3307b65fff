import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { probeFiles, type ProbedRaster, type RestingOrigins } from '../src/catalog/probe-files.ts';
import { probeState } from '../src/catalog/source-state.ts';
import { NO_OBJECTS } from '../src/s3/object-links.ts';
import { createMemoryStorage } from '../src/storage/memory-storage.ts';
import { type RangeServer, startRangeServer } from './range-server.ts';

describe('looking at the files behind rasters', () => {
  let web: RangeServer;
  let folder: string;
  const storage = createMemoryStorage();
  const { signal } = new AbortController();
  before(async () => {
    web = await startRangeServer();
    folder = await mkdtemp(join(tmpdir(), 'inlay-probe-'));
  });
  after(async () => {
    await web.close();
    await rm(folder, { recursive: true });
  });

  const registered = (id: string, location: string, states: ProbedRaster['states'] = {}): ProbedRaster => ({
    id,
    objectKey: null,
    location,
    states,
  });
  const look = async (
    rasters: readonly ProbedRaster[],
    sourceRoots: readonly string[],
    restingOrigins: RestingOrigins = new Map(),
  ): Promise<object> =>
    Object.fromEntries(
      await probeFiles({ storage, sourceRoots, objectLinks: NO_OBJECTS, restingOrigins }, rasters, signal),
    );

  it('asks a server that fails a few times, and then not for a while', async () => {
    const down = await startRangeServer();
    const address = down.url;
    await down.close();
    const rasters = Array.from({ length: 40 }, (_, index) => registered(`${index}`, `${address}/${index}.tif`));
    const resting: RestingOrigins = new Map();
    const found = await look(rasters, [address], resting);
    const states = new Set(Object.values(found));
    assert.deepEqual(states, new Set(['inaccessible']));
    // Four at a time, three failures in a row: those under way by then are answered, the others never asked.
    const count = Object.keys(found).length;
    assert.ok(count >= 3 && count <= 7, `${count} were asked`);
    assert.equal(resting.get(address)?.failures, 1);
    assert.deepEqual(await look(rasters, [address], resting), {});
    resting.set(address, { until: 0, failures: 1 });
    await look(rasters, [address], resting);
    assert.equal(resting.get(address)?.failures, 2);
  });

  it('tells what is gone from what does not answer, and asks others while one is down', async () => {
    web.files.set('/a.tif', new Uint8Array(4));
    const state = await probeState(`${web.url}/a.tif`, NO_OBJECTS);
    assert.ok(state !== null);
    const rasters = [
      registered('there', `${web.url}/a.tif`, { '': state }),
      registered('gone', `${web.url}/b.tif`, { '': state }),
      registered('other', `${web.url}/a.tif`, { '': { ...state, bytes: 5 } }),
      registered('outside', 'http://127.0.0.1:1/a.tif'),
    ];
    assert.deepEqual(await look(rasters, [web.url]), {
      there: 'healthy',
      gone: 'missing',
      other: 'changed',
      outside: 'inaccessible',
    });
  });

  it('counts files beside a raster that changed, went, or are a new mask', async () => {
    const path = join(folder, 'a.tif');
    await writeFile(path, 'raster');
    await writeFile(`${path}.ovr`, 'overviews');
    const [own, overviews] = [await probeState(path, NO_OBJECTS), await probeState(`${path}.ovr`, NO_OBJECTS)];
    assert.ok(own !== null && overviews !== null);
    const whole = registered('a', path, { '': own, '.ovr': overviews });
    assert.deepEqual(await look([whole], [folder]), { a: 'healthy' });
    await writeFile(`${path}.msk`, 'mask');
    assert.deepEqual(await look([whole], [folder]), { a: 'changed' });
    await rm(`${path}.msk`);
    await rm(`${path}.ovr`);
    assert.deepEqual(await look([whole], [folder]), { a: 'changed' });
    await rm(path);
    assert.deepEqual(await look([whole], [folder]), { a: 'missing' });
    assert.deepEqual(await look([whole], ['/elsewhere']), { a: 'inaccessible' });
  });

  it('is ended by whoever asked for it', async () => {
    const stopped = new Error('stopped');
    const looking = probeFiles(
      { storage, sourceRoots: [web.url], objectLinks: NO_OBJECTS, restingOrigins: new Map() },
      [registered('a', `${web.url}/a.tif`)],
      AbortSignal.abort(stopped),
    );
    await assert.rejects(looking, stopped);
  });
});
