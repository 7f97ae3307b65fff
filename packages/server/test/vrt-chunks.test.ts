import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { type Gdal, GDAL_IS_ABSENT, openGdal } from '@inlay/testing';
import { parseVrt, sourceFilenames, sourcesOf } from '@inlay/vrt';
import { TINY_TILE_BANDS, TINY_TILES, writeTinyTiles } from './tiny-tiles.ts';
import { startTestServer, type TestServer } from './test-server.ts';

// A mosaic that is large enough to be stored and served in chunks: 5,200 source elements of 1,040 tiny tiles.

const CHUNK_URL =
  /^\/vsicurl\/(http:\/\/[^/]+)(\/api\/datasets\/[0-9a-f-]+\/download\/vrt\/generations\/[0-9a-f-]+\/chunks\/(\d+)\.vrt)$/;

let server: TestServer;
let folder: string;
let mosaic: string;
/** Paths of its chunks below the server, in order. */
let chunkPaths: string[];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inlay-chunked-'));
  await writeTinyTiles(join(folder, 'tiles'));
  server = await startTestServer({ sourceRoots: [folder] });
  const sent = await server.call('POST', '/api/ingest/register-rasters', { json: { prefix: join(folder, 'tiles') } });
  const job = await server.waitForJob(sent.body.job_id);
  assert.equal(job.status, 'complete', job.error_message ?? '');
  // A thousand thumbnails would be drawn beside all that follows.
  for (const { id } of await server.query(
    `SELECT id FROM jobs WHERE kind = 'quicklook' AND status IN ('pending', 'running')`,
  ))
    await server.call('POST', `/api/jobs/${String(id)}/cancel`);
  mosaic = await server.addVrt(await tileIds(), { title: 'Große Karte', overviews: 'none' });
  // Documents name the levels of the whole once they are rendered: before all that follows.
  await server.settled();
  chunkPaths = namesIn(await text(vrtPath())).map((name) => CHUNK_URL.exec(name)?.[2] ?? name);
});
after(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const vrtPath = (query = ''): string => `/api/datasets/${mosaic}/download/vrt${query}`;

async function tileIds(): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const { body } = await server.call(
      'GET',
      `/api/datasets/?record_type=raster_dataset&sort=title&limit=1000&skip=${ids.length}`,
    );
    if (body.datasets.length === 0) return ids;
    ids.push(...body.datasets.map((dataset: { id: string }) => dataset.id));
  }
}

async function generationOf(id: string): Promise<string> {
  const [row] = await server.query('SELECT generation_id FROM vrts WHERE dataset_id = $1', [id]);
  return String(row?.['generation_id']);
}

async function text(path: string): Promise<string> {
  const { status, body } = await server.call('GET', path);
  assert.equal(status, 200, path);
  return body.toString();
}

function namesIn(vrt: string): string[] {
  const names = Array.from(sourceFilenames(parseVrt(vrt)), ({ filename }) => filename);
  return [...new Set(names)];
}

describe('a large mosaic', () => {
  it('is a root that names chunks, by URLs of this server and of this build', async () => {
    const names = namesIn(await text(vrtPath()));
    const generation = await generationOf(mosaic);
    assert.ok(names.length >= 4, `${names.length} chunks`);
    for (const [index, name] of names.entries()) {
      const [, origin, path, number] = CHUNK_URL.exec(name) ?? [];
      assert.equal(origin, server.url);
      assert.equal(Number(number), index + 1);
      assert.ok(path?.includes(`/${mosaic}/download/vrt/generations/${generation}/`));
    }
  });

  it('has every source in some chunk, and all of them in one piece where that is asked for', async () => {
    const ids = await tileIds();
    const urls = ids.map((id) => `/vsicurl/${server.url}/api/datasets/${id}/download/versions/1/cog`);
    const inChunks = new Set<string>();
    for (const path of chunkPaths) for (const name of namesIn(await text(path))) inChunks.add(name);
    assert.deepEqual([...inChunks].sort(), urls.toSorted());
    assert.deepEqual(namesIn(await text(vrtPath('?flat=true'))), urls);
  });

  it('is in one piece with paths, whatever is asked for', async () => {
    const local = await text(vrtPath('?sources=local'));
    assert.equal(await text(vrtPath('?sources=local&flat=false')), local);
    const names = namesIn(local);
    assert.equal(names.length, TINY_TILES);
    assert.equal(names[7], join(folder, 'tiles', 'tile-0007.tif'));
  });

  it('counts all of its documents in its size', async () => {
    const stored = (await server.storedFiles()).filter((key) => key.startsWith('vrts/'));
    assert.deepEqual(
      stored.map((key) => key.replace(/^.*\//, '')),
      ['1.chunks', '1.mosaic', '1.vrt'],
    );
    const sizes = await server.query(
      `SELECT size_bytes, (SELECT sum(bytes) FROM vrt_documents WHERE generation_id = vrts.generation_id) AS chunked
       FROM rasters JOIN vrts USING (dataset_id) WHERE dataset_id = $1`,
      [mosaic],
    );
    const flat = await measure(stored[2]);
    const chunks = await measure(stored[0]);
    assert.deepEqual([Number(sizes[0]?.['size_bytes']), Number(sizes[0]?.['chunked'])], [flat + chunks, chunks]);
  });

  async function measure(key = ''): Promise<number> {
    return (await stat(join(server.dataDir, 'objects', key))).size;
  }
});

describe('a document of a large mosaic', () => {
  for (const [what, path] of [
    ['the root', () => vrtPath()],
    ['a chunk', () => chunkPaths[1] ?? ''],
    ['a chunk with paths', () => `${chunkPaths[1]}?sources=local`],
    ['the one in one piece', () => vrtPath('?flat=true')],
  ] as const) {
    it(`is sent whole, in ranges, or not at all to who has it: ${what}`, async () => {
      const get = (headers: Record<string, string> = {}, method = 'GET') => server.call(method, path(), { headers });
      const whole = await get();
      const { length } = whole.body;
      const etag = whole.headers.get('etag') ?? '';
      assert.match(etag, /^"[^"]+"$/);
      assert.equal(whole.headers.get('content-type'), 'application/xml');
      assert.equal(whole.headers.get('cache-control'), 'private, no-cache');
      assert.match(whole.headers.get('content-disposition') ?? '', /filename\*=UTF-8''Gro%C3%9Fe%20Karte.*\.vrt$/);
      const head = await get({}, 'HEAD');
      for (const name of ['content-length', 'etag', 'accept-ranges', 'content-type', 'last-modified']) {
        assert.equal(head.headers.get(name), whole.headers.get(name), name);
      }
      assert.equal(head.headers.get('content-length'), String(length));
      const middle = await get({ range: `bytes=100-${length - 100}` });
      assert.equal(middle.status, 206);
      assert.deepEqual(middle.body, whole.body.subarray(100, length - 99));
      assert.equal((await get({ range: `bytes=${length}-` })).status, 416);
      assert.equal((await get({ 'if-none-match': etag })).status, 304);
      assert.equal((await get({ 'if-match': '"other"' })).status, 412);
    });
  }

  it('has an ETag of its own', async () => {
    const paths = [
      vrtPath(),
      vrtPath('?flat=true'),
      vrtPath('?sources=local'),
      ...chunkPaths,
      `${chunkPaths[0]}?sources=local`,
    ];
    const tags = await Promise.all(paths.map(async (path) => (await server.call('HEAD', path)).headers.get('etag')));
    assert.equal(new Set(tags).size, paths.length);
  });
});

describe('a chunk that is not there', () => {
  it('is 404 by its number, for other mosaics too, and 422 where it cannot be one', async () => {
    const numbered = (number: string): string => (chunkPaths[0] ?? '').replace(/\d+\.vrt$/, `${number}.vrt`);
    assert.equal((await server.call('GET', numbered('1'))).status, 200);
    assert.equal((await server.call('GET', `${numbered('1')}/`)).status, 200);
    assert.equal((await server.call('GET', numbered('1000'))).body.code, 'not_found');
    for (const number of ['0', '-1', 'root', '99999999999']) {
      assert.equal((await server.call('GET', numbered(number))).status, 422, number);
    }
    const small = await server.addVrt((await tileIds()).slice(0, 2), { title: 'small' });
    const none = `/api/datasets/${small}/download/vrt/generations/${await generationOf(small)}/chunks/1.vrt`;
    assert.equal((await server.call('GET', none)).body.code, 'not_found');
  });

  it('is 410 where its build is not kept, and stays what it was as long as it is', async () => {
    const other = await server.addVrt(await tileIds(), { title: 'built anew', overviews: 'none' });
    const path = `/api/datasets/${other}/download/vrt`;
    const [first] = namesIn(await text(path)).map((name) => CHUNK_URL.exec(name)?.[2] ?? '');
    assert.ok(first);
    const formerChunk = await text(first);
    // What building anew does: a further generation, to which the virtual raster points from then on.
    const former = await generationOf(other);
    const [{ id: next } = {}] = await server.query(
      `INSERT INTO vrt_generations (id, dataset_id, number, source_ids, source_versions, object_key, chunks_key, triggered_by, change,
         resolution_strategy, width, height, layout_id, size_bytes, started_at, completed_at)
       SELECT gen_random_uuid(), dataset_id, 2, source_ids, source_versions, object_key, chunks_key, triggered_by, 'regenerated',
         resolution_strategy, width, height, layout_id, size_bytes, now(), now()
       FROM vrt_generations WHERE id = $1 RETURNING id`,
      [former],
    );
    await server.query(
      `INSERT INTO vrt_documents SELECT $2, number, first_byte, bytes, source_ids FROM vrt_documents WHERE generation_id = $1`,
      [former, next],
    );
    await server.query('UPDATE vrts SET generation_id = $2 WHERE dataset_id = $1', [other, next]);
    const [now] = namesIn(await text(path)).map((name) => CHUNK_URL.exec(name)?.[2] ?? '');
    assert.ok(now?.includes(String(next)));
    assert.equal(await text(first), formerChunk);

    await server.query('DELETE FROM vrt_generations WHERE id = $1', [former]);
    const gone = await server.call('GET', first);
    assert.equal(gone.status, 410);
    assert.equal(gone.body.code, 'generation_gone');
    assert.equal(gone.headers.get('cache-control'), 'no-store');
    assert.equal((await server.call('GET', now ?? '')).status, 200);
    // A build of another virtual raster is none of this one's.
    assert.equal((await server.call('GET', (chunkPaths[0] ?? '').replace(mosaic, other))).status, 410);
  });
});

describe('who may have the documents of a large mosaic', () => {
  it('whoever may see all sources; for others there is no such mosaic', async () => {
    const editor = await server.user('editor');
    const get = async (path: string, token: string | null = editor): Promise<number> =>
      (await server.call('GET', path, { token })).status;
    const [first = '', second = ''] = chunkPaths;
    const documents = [vrtPath(), vrtPath('?flat=true'), first, second];
    const expectAll = async (status: number, token: string | null = editor): Promise<void> => {
      for (const path of documents) assert.equal(await get(path, token), status, path);
    };
    await expectAll(404);
    await server.query(`UPDATE datasets SET visibility = 'public' WHERE id = $1`, [mosaic]);
    await expectAll(404);

    await server.query(`UPDATE datasets SET visibility = 'internal' WHERE record_type = 'raster_dataset'`);
    await expectAll(200);
    await expectAll(404, null);
    // Paths are for administrators and whoever added the rasters.
    for (const path of [vrtPath('?sources=local'), `${first}?sources=local`]) assert.equal(await get(path), 403, path);
    const [{ id: last } = {}] = await server.query(
      `SELECT source_ids[cardinality(source_ids)] AS id FROM vrt_generations WHERE dataset_id = $1`,
      [mosaic],
    );
    await server.query(`UPDATE datasets SET visibility = 'private' WHERE id = $1`, [last]);
    await expectAll(404);
    await server.query(`UPDATE datasets SET visibility = 'public' WHERE id = $1`, [last]);
    await expectAll(200);
    await server.query(`UPDATE datasets SET visibility = 'private'`);
    await expectAll(404);
  });
});

describe('deleting a large mosaic', () => {
  it('removes all of its documents', async () => {
    const stored = async (): Promise<string[]> => (await server.storedFiles()).filter((key) => key.startsWith('vrts/'));
    const before = await stored();
    const id = await server.addVrt(await tileIds(), { title: 'deleted' });
    assert.equal((await stored()).length, before.length + 3);
    assert.equal(
      (await server.call('DELETE', `/api/datasets/${id}`, { json: { confirm_title: 'deleted' } })).status,
      204,
    );
    await server.running.cleanUp();
    assert.deepEqual(await stored(), before);
    const left = await server.query(
      'SELECT 1 FROM vrt_documents WHERE generation_id NOT IN (SELECT generation_id FROM vrts)',
    );
    assert.deepEqual(left, []);
  });
});

describe('an attempt that died while it stored a large mosaic', () => {
  it('leaves nothing: the next one removes what is there', async () => {
    const id = await server.addVrt(await tileIds(), { title: 'tried twice' });
    const [{ job_id: job } = {}] = await server.query('SELECT job_id FROM datasets WHERE id = $1', [id]);
    await server.call('DELETE', `/api/datasets/${id}`, { json: { confirm_title: 'tried twice' } });
    await server.running.cleanUp();
    // As if that first attempt had not come as far as publishing, and had been given up.
    await server.query(`UPDATE jobs SET status = 'failed', dataset_id = NULL WHERE id = $1`, [job]);
    const home = join(server.dataDir, 'objects', 'vrts', String(job));
    await mkdir(home, { recursive: true });
    for (const name of ['1.vrt', '1.chunks', '1.mosaic']) await writeFile(join(home, name), 'half of it');
    assert.equal((await server.call('POST', `/api/jobs/${String(job)}/retry`)).status, 202);
    const { status, dataset_id: second } = await server.waitForJob(String(job));
    assert.equal(status, 'complete');
    assert.deepEqual((await readdir(home)).sort(), ['2.chunks', '2.mosaic', '2.vrt']);
    assert.equal((await server.call('GET', `/api/datasets/${second}/download/vrt`)).status, 200);
  });
});

// Where no other GDAL is named, the newest is the system's.
const VERSIONS = process.env['INLAY_TEST_GDAL_BIN'] ? (['system', 'newest'] as const) : (['system'] as const);

describe('GDAL reads a large mosaic', () => {
  /** In pixels of the mosaic, `[col, row, width, height]`: across edges of chunks, and one far from any. */
  const windows: number[][] = [];
  /** Knows files, and no credential. */
  let oracle: Gdal | null = null;
  const signedIn: Gdal[] = [];
  const anonymous: Gdal[] = [];
  let flat: string;

  before(async () => {
    oracle = await openGdal();
    if (oracle === null) return;
    for (const version of VERSIONS) {
      anonymous.push((await openGdal(version)) as Gdal);
      // GDAL takes its options from the environment that it is started in.
      process.env['GDAL_HTTP_HEADERS'] = `Authorization: Bearer ${server.admin}`;
      signedIn.push((await openGdal(version)) as Gdal);
      delete process.env['GDAL_HTTP_HEADERS'];
    }
    flat = join(folder, 'flat.vrt');
    await writeFile(flat, await text(vrtPath('?sources=local')));
    const { bands } = parseVrt(await text(vrtPath()));
    assert.ok(bands[0]);
    for (const { dstRect } of sourcesOf(bands[0].sources)) {
      const [col, row] = [dstRect?.xOff ?? 0, dstRect?.yOff ?? 0];
      windows.push([Math.max(0, col - 20), Math.max(0, row - 20), 64, 64]);
    }
    windows.push([500, 500, 64, 64]);
  });
  after(async () => {
    for (const gdal of [oracle, ...signedIn, ...anonymous]) await gdal?.close();
  });

  async function assertSamePixels(gdal: Gdal, path: string): Promise<void> {
    let valid = 0;
    for (const [index, window] of windows.entries()) {
      const band = 1 + (index % TINY_TILE_BANDS);
      const expected = await oracle?.values(flat, band, { window });
      assert.deepEqual(await gdal.values(path, band, { window }), expected, `${gdal.version} ${path} ${window.join()}`);
      valid += expected?.filter((value) => value !== 0).length ?? 0;
    }
    assert.ok(valid > 100, 'there is something to compare');
  }

  function absent(t: TestContext): boolean {
    if (oracle === null) t.skip(GDAL_IS_ABSENT);
    return oracle === null;
  }

  it('that is private, with a credential: from its URL, and from a file of the root', async (t) => {
    if (absent(t)) return;
    const root = join(folder, 'root.vrt');
    await writeFile(root, await text(vrtPath()));
    for (const gdal of signedIn) {
      await assertSamePixels(gdal, `/vsicurl/${server.url}${vrtPath()}`);
      await assertSamePixels(gdal, root);
    }
    for (const gdal of anonymous) {
      await assert.rejects(gdal.values(`/vsicurl/${server.url}${vrtPath()}`, 1, { window: windows[0] ?? [] }));
      await assert.rejects(gdal.values(root, 1, { window: windows[0] ?? [] }));
    }
  });

  it('that is public, without one', async (t) => {
    if (absent(t)) return;
    await server.query(`UPDATE datasets SET visibility = 'public'`);
    for (const version of VERSIONS) {
      // Those that are running remember that it was not there for them.
      const gdal = (await openGdal(version)) as Gdal;
      await assertSamePixels(gdal, `/vsicurl/${server.url}${vrtPath()}`);
      await gdal.close();
    }
    await server.query(`UPDATE datasets SET visibility = 'private'`);
  });

  it('in one piece over HTTP', async (t) => {
    if (absent(t)) return;
    const path = join(folder, 'flat-http.vrt');
    await writeFile(path, await text(vrtPath('?flat=true')));
    for (const gdal of signedIn) await assertSamePixels(gdal, path);
  });

  it('with the same properties, pixels and masks from files of root and chunks', async (t) => {
    if (absent(t)) return;
    const home = join(folder, 'chunks');
    await mkdir(home);
    let root = await text(vrtPath());
    for (const [index, path] of chunkPaths.entries()) {
      await writeFile(join(home, `${index + 1}.vrt`), await text(`${path}?sources=local`));
      root = root.replaceAll(`/vsicurl/${server.url}${path}`, join(home, `${index + 1}.vrt`));
    }
    // Its rendered levels, where there are some by now.
    for (const [, name = '', path = ''] of root.matchAll(
      /(\/vsicurl\/http:\/\/[^/]+(\/[^<]+\/overviews\/\d+\.tif))</g,
    )) {
      const levels = join(home, `levels-${path.split('/').at(-1)}`);
      await writeFile(levels, (await server.call('GET', path)).body);
      root = root.replaceAll(name, levels);
    }
    const rootPath = join(home, 'root.vrt');
    await writeFile(rootPath, root);
    for (const gdal of anonymous) {
      const { files: _flatFiles, ...expected } = await gdal.describe(flat, false);
      const { files: _rootFiles, ...actual } = await gdal.describe(rootPath, false);
      assert.deepEqual(actual, expected);
      await assertSamePixels(gdal, rootPath);
      for (const window of windows) {
        const options = { window, mask: true };
        assert.deepEqual(await gdal.values(rootPath, 1, options), await gdal.values(flat, 1, options));
      }
    }
  });
});
