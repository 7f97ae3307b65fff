import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { type Gdal, GDAL_IS_ABSENT, makeGeoTiff, openGdal, type RasterSpec } from '@inlay/testing';
import { startTestServer, type TestServer } from './test-server.ts';

// Files as HTTP clients fetch them, and as stock GDAL opens them over HTTP.

const run = promisify(execFile);

describe('downloads', () => {
  let server: TestServer;
  let raster: string;
  let mosaic: string;
  const tiles = [0, 1].map((index) =>
    makeGeoTiff({ width: 40, height: 30, origin: [500_000 + 400 * index, 5_300_000], resolution: 10, epsg: 32633 }),
  );

  before(async () => {
    server = await startTestServer();
    const ids = [];
    for (const [index, bytes] of tiles.entries())
      ids.push(await server.addRaster(bytes, { title: `Köln "${index}"/a` }));
    raster = ids[0] as string;
    mosaic = await server.addVrt(ids, { title: 'Mosaik' });
  });
  after(() => server.close());

  for (const [what, path] of [
    ['a raster', () => `/api/datasets/${raster}/download/cog`],
    ['a virtual raster', () => `/api/datasets/${mosaic}/download/vrt`],
    ['a virtual raster with paths', () => `/api/datasets/${mosaic}/download/vrt?sources=local`],
  ] as const) {
    describe(`of ${what}`, () => {
      const get = (headers: Record<string, string> = {}, method = 'GET') => server.call(method, path(), { headers });

      it('sends all of it, with what clients need to come back for parts', async () => {
        const whole = await get();
        assert.equal(whole.status, 200);
        assert.equal(whole.headers.get('accept-ranges'), 'bytes');
        assert.equal(whole.headers.get('content-length'), String(whole.body.length));
        assert.match(whole.headers.get('etag') ?? '', /^"[^"]+"$/);
        assert.equal(whole.headers.get('content-encoding'), null);
        assert.equal(whole.headers.get('cache-control'), 'private, no-cache');
        assert.match(whole.headers.get('content-disposition') ?? '', /^attachment; filename="[^"/]+\.(tif|vrt)"/);
        assert.equal(whole.headers.get('x-content-type-options'), 'nosniff');
        const head = await get({}, 'HEAD');
        assert.equal(head.status, 200);
        assert.equal(head.body.length, 0);
        for (const name of ['content-length', 'etag', 'accept-ranges', 'content-type', 'last-modified']) {
          assert.equal(head.headers.get(name), whole.headers.get(name), name);
        }
      });

      it('sends the range that is asked for', async () => {
        const { body: whole } = await get();
        const end = whole.length - 1;
        for (const [range, from, to] of [
          ['bytes=0-0', 0, 0],
          ['bytes=0-99', 0, 99],
          ['bytes=100-299', 100, 299],
          ['bytes=-7', end - 6, end],
          [`bytes=${end}-`, end, end],
          [`bytes=5-${end + 1000}`, 5, end],
          ['bytes=0-99999999999999999999', 0, end],
        ] as const) {
          const answer = await get({ range });
          assert.equal(answer.status, 206, range);
          assert.equal(answer.headers.get('content-range'), `bytes ${from}-${to}/${whole.length}`);
          assert.equal(answer.headers.get('content-length'), String(to - from + 1));
          assert.deepEqual(answer.body, whole.subarray(from, to + 1), range);
        }
        for (const range of [`bytes=${whole.length}-`, 'bytes=-0', `bytes=${whole.length + 5}-${whole.length + 9}`]) {
          const answer = await get({ range });
          assert.equal(answer.status, 416, range);
          assert.equal(answer.headers.get('content-range'), `bytes */${whole.length}`);
        }
        for (const range of ['bytes=5-3', 'bytes=a-b', 'rows=0-5', 'bytes=0-1,5-6', 'bytes=']) {
          const answer = await get({ range });
          assert.equal(answer.status, 200, range);
          assert.equal(answer.body.length, whole.length);
        }
      });

      it('sends nothing anew to who has it, and no part of another version', async () => {
        const { headers, body: whole } = await get();
        const etag = headers.get('etag') ?? '';
        assert.equal((await get({ 'if-none-match': etag })).status, 304);
        assert.equal((await get({ 'if-none-match': '*' })).status, 304);
        assert.equal((await get({ 'if-none-match': etag }, 'HEAD')).status, 304);
        assert.equal((await get({ 'if-none-match': '"other"' })).status, 200);
        assert.equal((await get({ 'if-match': '"other"' })).status, 412);
        assert.equal((await get({ 'if-match': etag })).status, 200);
        assert.equal((await get({ range: 'bytes=0-4', 'if-range': etag })).status, 206);
        const other = await get({ range: 'bytes=0-4', 'if-range': '"other"' });
        assert.equal(other.status, 200);
        assert.equal(other.body.length, whole.length);
        assert.equal((await get({ range: 'bytes=0-4', 'if-range': `W/${etag}` })).status, 200);
      });
    });
  }

  it('lets go of the files of a download that is broken off', async () => {
    const open = async (): Promise<number> => {
      const { stdout } = await run('sh', [
        '-c',
        `ls -l /proc/${process.pid}/fd | grep -c "${server.dataDir}/objects" || true`,
      ]);
      return Number(stdout);
    };
    const before = await open();
    for (let round = 0; round < 20; round += 1) {
      const abort = new AbortController();
      const response = await fetch(
        `${server.url}/api/datasets/${round % 2 === 0 ? mosaic : raster}/download/${round % 2 === 0 ? 'vrt' : 'cog'}`,
        {
          headers: { authorization: `Bearer ${server.admin}`, range: 'bytes=0-3' },
          signal: abort.signal,
        },
      );
      assert.equal(response.status, 206);
      abort.abort();
    }
    const deadline = performance.now() + 5000;
    while ((await open()) > before)
      assert.ok(performance.now() < deadline, `${await open()} files are open, ${before} were`);
  });

  it('is no download of the other kind', async () => {
    for (const path of [
      `${raster}/download/vrt`,
      `${mosaic}/download/cog`,
      `${raster}/download/cog.msk`,
      `${raster}/download/cog.ovr`,
      `${raster}/vrt-sources`,
    ]) {
      assert.equal((await server.call('GET', `/api/datasets/${path}`)).status, 404, path);
    }
  });

  it('names its sources by the address that the client came by', async () => {
    const { body } = await server.call('GET', `/api/datasets/${mosaic}/download/vrt`);
    assert.ok(body.toString().includes(`>/vsicurl/${server.url}/api/datasets/${raster}/download/versions/1/cog<`));
    assert.ok(!body.toString().includes(server.dataDir));
    assert.ok(!body.toString().includes('inlay:'));
  });
});

// Where no other GDAL is named, the newest is the system's.
const VERSIONS = process.env['INLAY_TEST_GDAL_BIN'] ? (['system', 'newest'] as const) : (['system'] as const);

describe('GDAL over HTTP', () => {
  let server: TestServer;
  let folder: string;
  /** Knows the files and no credential. */
  let oracle: Gdal | null = null;
  /** Every version, with and without looking for files beside the one it opens, by what it is called. */
  const readers = new Map<string, Gdal>();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inlay-http-'));
    server = await startTestServer({ sourceRoots: [folder] });
    oracle = await openGdal();
    if (oracle === null) return;
    for (const version of VERSIONS) {
      for (const emptyDir of [true, false]) {
        const env = {
          GDAL_HTTP_HEADERS: `Authorization: Bearer ${server.admin}`,
          ...(emptyDir ? { GDAL_DISABLE_READDIR_ON_OPEN: 'EMPTY_DIR' } : {}),
        };
        readers.set(`${version}${emptyDir ? ', EMPTY_DIR' : ''}`, await openWith(version, env));
      }
    }
  });
  after(async () => {
    await oracle?.close();
    for (const reader of readers.values()) await reader.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** GDAL takes its options from the environment that it is started in. */
  async function openWith(version: 'system' | 'newest', env: Record<string, string>): Promise<Gdal> {
    const former = { ...process.env };
    try {
      Object.assign(process.env, env);
      return (await openGdal(version)) as Gdal;
    } finally {
      for (const name of Object.keys(env)) {
        if (former[name] === undefined) delete process.env[name];
        else process.env[name] = former[name];
      }
    }
  }

  /** Registers files in place and creates a mosaic of them. */
  async function mosaicOf(files: readonly string[]): Promise<string> {
    const sent = await server.call('POST', '/api/ingest/register-rasters', { json: { hrefs: files } });
    assert.equal(sent.status, 202, JSON.stringify(sent.body));
    const job = await server.waitForJob(sent.body.job_id);
    assert.equal(job.status, 'complete', job.error_message ?? '');
    const { body } = await server.call('GET', `/api/datasets/?job_id=${job.id}&limit=1000&sort=title`);
    return await server.addVrt(body.datasets.map((dataset: { id: string }) => dataset.id));
  }

  async function seenBy(reader: Gdal, path: string): Promise<unknown> {
    const { width, height, geoTransform, bands } = await reader.describe(path);
    return {
      width,
      height,
      geoTransform,
      bands: bands.map(({ dataType, nodata, maskFlags, checksum, pixels, maskChecksum, maskPixels }) => ({
        dataType,
        nodata,
        maskFlags,
        checksum,
        pixels,
        maskChecksum,
        maskPixels,
      })),
    };
  }

  /**
   * A private mosaic, read over HTTP in every way, from its URL and from a file, against gdalbuildvrt's of the files.
   * @param args more arguments for gdalbuildvrt
   * @param gdalFiles other files to give it
   */
  async function sameAsOnDisk(
    gdal: Gdal,
    files: readonly string[],
    args: readonly string[] = [],
    gdalFiles: readonly string[] = files,
  ): Promise<void> {
    const id = await mosaicOf(files);
    const theirs = join(folder, `${id}-gdal.vrt`);
    await gdal.buildvrt(theirs, gdalFiles, ['-resolution', 'highest', ...args]);
    const expected = await seenBy(gdal, theirs);
    const url = `/vsicurl/${server.url}/api/datasets/${id}/download/vrt`;
    const ours = join(folder, `${id}.vrt`);
    const { body } = await server.call('GET', `/api/datasets/${id}/download/vrt`);
    await writeFile(ours, body);
    for (const [name, reader] of readers) {
      for (const path of [url, ours]) assert.deepEqual(await seenBy(reader, path), expected, `${name}: ${path}`);
    }
  }

  const place = (index: number): number[] => [500_000 + 300 * index, 10, 0, 5_300_000 + 70 * index, 0, -10];
  async function make(gdal: Gdal, name: string, count: number, spec: Partial<RasterSpec>): Promise<string[]> {
    const files = Array.from({ length: count }, (_, index) => join(folder, `${name}-${index}.tif`));
    for (const [index, file] of files.entries()) {
      await gdal.makeRaster(file, {
        width: 64,
        height: 48,
        geoTransform: place(index),
        crs: 'EPSG:32633',
        bands: [{ dataType: 'Byte' }],
        seed: index + 1,
        ...spec,
      });
    }
    return files;
  }

  const two = (dataType: 'Int16' | 'UInt16', nodata?: number) =>
    [1, 2].map(() => ({ dataType, ...(nodata === undefined ? {} : { nodata }) }));
  const large = { width: 600, height: 300, overviews: [2, 4], sidecarOverviews: true };
  const kinds: [what: string, spec: Partial<RasterSpec>, args?: readonly string[]][] = [
    ['plain rasters', {}],
    ['rasters with nodata', { bands: two('UInt16', 7) }],
    ['rasters with a mask inside', { mask: 'internal' }],
    ['rasters with a .msk beside them', { mask: 'sidecar', bands: two('Int16') }],
    // The mask decides, as it does for gdalbuildvrt only when it is told to leave nodata alone.
    [
      'rasters with a .msk and nodata',
      { mask: 'sidecar', bands: [{ dataType: 'Byte', nodata: 3 }] },
      ['-srcnodata', 'none'],
    ],
    ['rasters with an .ovr beside them', large],
    ['rasters with a .msk and an .ovr', { ...large, mask: 'sidecar' }],
  ];
  for (const [what, spec, args] of kinds) {
    it(`reads a private mosaic of ${what} as gdalbuildvrt's of the files`, async (t) => {
      if (oracle === null) return t.skip(GDAL_IS_ABSENT);
      await sameAsOnDisk(oracle, await make(oracle, what.replaceAll(/\W/g, '-'), 2, spec), args);
    });
  }

  it('reads a private mosaic of rasters with alpha and nodata as if they had no nodata', async (t) => {
    if (oracle === null) return t.skip(GDAL_IS_ABSENT);
    const bands = (nodata: { nodata?: number }) =>
      (['Red', 'Green', 'Blue', 'Alpha'] as const).map((colorInterp) => ({
        dataType: 'Byte' as const,
        colorInterp,
        ...nodata,
      }));
    const options = ['PHOTOMETRIC=RGB', 'ALPHA=YES'];
    const files = await make(oracle, 'alpha-nodata', 2, { options, bands: bands({ nodata: 3 }) });
    await sameAsOnDisk(oracle, files, [], await make(oracle, 'alpha', 2, { options, bands: bands({}) }));
  });

  it('reads nodata that only an .aux.xml knows, and a place that only a .tfw knows', async (t) => {
    if (oracle === null) return t.skip(GDAL_IS_ABSENT);
    const files = await make(oracle, 'told', 2, { geoTransform: null as never });
    for (const [index, file] of files.entries()) {
      const band = '<PAMRasterBand band="1"><NoDataValue>5</NoDataValue></PAMRasterBand>';
      await writeFile(`${file}.aux.xml`, `<PAMDataset>${band}</PAMDataset>`);
      const [west = 0, , , north = 0] = place(index);
      await writeFile(file.replace('.tif', '.tfw'), [10, 0, 0, -10, west + 5, north - 5].join('\n'));
    }
    await sameAsOnDisk(oracle, files);
  });

  it('cannot read it without the credential', async (t) => {
    if (oracle === null) return t.skip(GDAL_IS_ABSENT);
    const id = await mosaicOf(await make(oracle, 'private', 2, {}));
    await assert.rejects(oracle.describe(`/vsicurl/${server.url}/api/datasets/${id}/download/vrt`));
    const ours = join(folder, `${id}.vrt`);
    const { body } = await server.call('GET', `/api/datasets/${id}/download/vrt`);
    await writeFile(ours, body);
    await assert.rejects(oracle.describe(ours));
  });

  it('shows in gdalinfo what the catalogue says of a raster', async (t) => {
    if (oracle === null) return t.skip(GDAL_IS_ABSENT);
    const files = await make(oracle, 'info', 1, { bands: [{ dataType: 'Float32', nodata: 'nan' }] });
    const json = { hrefs: files, visibility: 'public' };
    const sent = await server.call('POST', '/api/ingest/register-rasters', { json });
    const job = await server.waitForJob(sent.body.job_id);
    const { body } = await server.call('GET', `/api/datasets/${job.dataset_id}`, { token: null });
    const info = (await oracle.gdalinfo(`/vsicurl/${body.raster.download_url}`)) as GdalInfo;
    assert.deepEqual(info.size, [body.raster.width, body.raster.height]);
    assert.deepEqual(info.geoTransform, body.raster.geotransform);
    assert.equal(info.bands[0]?.type, body.raster.dtype);
    assert.equal(body.raster.nodata, 'nan');
  });
});

interface GdalInfo {
  readonly size: number[];
  readonly geoTransform: number[];
  readonly bands: readonly { readonly type: string }[];
}
