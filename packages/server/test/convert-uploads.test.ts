import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Gdal, GDAL_IS_ABSENT, openGdal, type RasterSpec } from '@inlay/testing';
import { loadConfig } from '../src/config.ts';
import { findGdalProgram } from '../src/conversion/gdal-program.ts';
import { startTestServer, type TestServer } from './test-server.ts';
import { formOf } from './upload-form.ts';

// Uploads that are slow to serve, or no GeoTIFFs, become COGs: over HTTP, with either GDAL, beside what GDAL reads.

const { programs } = loadConfig().config;
const CONVERTERS = [
  ['gdal_translate', programs],
  ['GDAL in WebAssembly', { searchPath: [], variables: {} }],
] as const;

const UTM: Pick<RasterSpec, 'geoTransform' | 'crs'> = {
  geoTransform: [500_000, 10, 0, 5_300_000, 0, -10],
  crs: 'EPSG:32633',
};
const LARGE = { width: 1100, height: 600, ...UTM };
const BYTE = { dataType: 'Byte' } as const;

for (const [name, environment] of CONVERTERS) {
  describe(`uploads that ${name} converts`, () => {
    let gdal: Gdal | null = null;
    let server: TestServer;
    let folder: string;
    let isThere = true;

    before(async () => {
      gdal = await openGdal();
      isThere = environment.searchPath.length === 0 || (await findGdalProgram(environment)) !== null;
      assert.ok(isThere || !process.env['CI'], 'CI needs gdal_translate');
      folder = await mkdtemp(join(tmpdir(), 'inlay-convert-'));
      server = await startTestServer({ programs: environment });
    });
    after(async () => {
      await gdal?.close();
      await server.close();
      await rm(folder, { recursive: true, force: true });
    });

    async function send(bytes: Uint8Array<ArrayBuffer>, filename: string) {
      const sent = await server.call('POST', '/api/ingest/upload', { body: formOf(['file', bytes, filename]) });
      assert.equal(sent.status, 201, JSON.stringify(sent.body));
      const preview = await server.call('POST', `/api/ingest/preview/${sent.body.job_id}`);
      assert.equal(preview.status, 200, JSON.stringify(preview.body));
      await server.call('POST', `/api/ingest/commit/${sent.body.job_id}`, { json: { title: filename } });
      const job = await server.waitForJob(sent.body.job_id);
      assert.equal(job.status, 'complete', job.error_message ?? '');
      await server.running.cleanUp();
      const { body: dataset } = await server.call('GET', `/api/datasets/${job.dataset_id}`);
      const { body: cog } = await server.call('GET', `/api/datasets/${job.dataset_id}/download/cog`);
      const path = join(folder, `${job.id}.tif`);
      await writeFile(path, cog);
      return {
        id: job.dataset_id as string,
        job,
        preview: preview.body,
        raster: dataset.raster,
        cog: cog as Buffer,
        path,
      };
    }

    async function make(spec: RasterSpec): Promise<{ path: string; bytes: Uint8Array<ArrayBuffer> }> {
      const path = join(folder, `made-${Math.random().toString(36).slice(2)}.tif`);
      await gdal?.makeRaster(path, spec);
      return { path, bytes: new Uint8Array(await readFile(path)) };
    }

    const converted: [what: string, spec: RasterSpec][] = [
      ['stripes of bytes', { ...LARGE, bands: [BYTE, BYTE, BYTE] }],
      ['16 bits with nodata', { ...LARGE, bands: [{ dataType: 'Int16', nodata: -9999 }] }],
      [
        'floats with NaN as nodata, scale, offset, unit and description',
        {
          ...LARGE,
          metadata: { ACQUIRED: '2024-06-01' },
          bands: [{ dataType: 'Float32', nodata: 'nan', scale: 0.1, offset: 7, unit: 'm', description: 'height' }],
        },
      ],
      ['doubles', { ...LARGE, bands: [{ dataType: 'Float64' }] }],
      [
        '32-bit integers, big-endian and by band',
        {
          ...LARGE,
          bands: [{ dataType: 'UInt32' }, { dataType: 'UInt32' }],
          options: ['ENDIANNESS=BIG', 'INTERLEAVE=BAND'],
        },
      ],
      ['an internal mask', { ...LARGE, bands: [BYTE, BYTE, BYTE], mask: 'internal' }],
      [
        'alpha',
        {
          ...LARGE,
          bands: [
            { ...BYTE, colorInterp: 'Red' },
            { ...BYTE, colorInterp: 'Green' },
            { ...BYTE, colorInterp: 'Blue' },
            { ...BYTE, colorInterp: 'Alpha' },
          ],
        },
      ],
      [
        'a palette',
        {
          ...LARGE,
          bands: [
            {
              ...BYTE,
              colorInterp: 'Palette',
              colorTable: Array.from({ length: 16 }, (_, n) => [n, 2 * n, 3 * n, 255] as const),
            },
          ],
        },
      ],
      ['complex numbers', { ...LARGE, bands: [{ dataType: 'CFloat32' }] }],
      [
        'single bits',
        {
          ...LARGE,
          bands: [{ ...BYTE, values: Array.from({ length: 1100 * 600 }, (_, n) => n % 2) }],
          options: ['NBITS=1'],
        },
      ],
      ['tiles without overviews', { ...LARGE, bands: [BYTE], options: ['TILED=YES', 'COMPRESS=LZW'] }],
    ];
    for (const [what, spec] of converted) {
      it(`makes a COG of ${what}, with the same pixels and facts`, async (t) => {
        if (gdal === null || !isThere) return t.skip(GDAL_IS_ABSENT);
        const { path, bytes } = await make(spec);
        const { raster, preview, cog, path: cogPath, job } = await send(bytes, 'large.tif');
        assert.equal(preview.conversion?.to, 'COG');
        assert.notEqual(preview.conversion.reasons.length, 0);
        assert.notDeepEqual(cog, Buffer.from(bytes));
        assert.deepEqual(
          { compression: raster.compression, block: raster.block_size, bytes: raster.size_bytes, sum: raster.checksum },
          {
            compression: 'DEFLATE',
            block: [512, 512],
            bytes: cog.length,
            sum: `sha256:${createHash('sha256').update(cog).digest('hex')}`,
          },
        );
        assert.deepEqual(raster.overviews, [
          { width: 550, height: 300 },
          { width: 275, height: 150 },
        ]);
        const [before, after] = [await gdal.describe(path), await gdal.describe(cogPath)];
        assert.deepEqual(facts(after), facts(before));
        assert.ok(await gdal.sameCrs(path, cogPath));
        assert.deepEqual(
          [job.warnings.filter((text) => !text.startsWith('No thumbnail')), raster.original],
          [[], null],
        );
        // Nothing of the upload is left, nor of the conversion.
        const files = (await server.storedFiles()).filter((file) => file.includes(job.id));
        assert.deepEqual(
          files.filter((file) => file.startsWith('rasters/')),
          [`rasters/${job.id}/cog-1.tif`],
        );
        assert.deepEqual(await readdir(join(server.dataDir, 'scratch')), []);
      });
    }

    const kept: [what: string, spec: RasterSpec, warning: RegExp | null][] = [
      ['a small raster in stripes', { width: 1024, height: 1024, ...UTM, bands: [BYTE] }, null],
      [
        'tiles with overviews, uncompressed',
        { ...LARGE, bands: [BYTE], options: ['TILED=YES'], overviews: [2, 4] },
        null,
      ],
      [
        'tiles of JPEG without overviews',
        { ...LARGE, bands: [BYTE, BYTE, BYTE], options: ['TILED=YES', 'COMPRESS=JPEG'] },
        /rewriting JPEG would/,
      ],
    ];
    for (const [what, spec, warning] of kept) {
      it(`keeps ${what} byte for byte`, async (t) => {
        if (gdal === null || !isThere) return t.skip(GDAL_IS_ABSENT);
        const { bytes } = await make(spec);
        const { raster, preview, cog, job, id } = await send(bytes, 'kept.tif');
        assert.equal(preview.conversion, null);
        assert.ok(cog.equals(bytes));
        assert.equal(raster.original, null);
        assert.equal((await server.call('GET', `/api/datasets/${id}/download/original`)).status, 404);
        if (warning === null) assert.deepEqual(job.warnings, []);
        else assert.match(job.warnings.join('\n'), warning);
      });
    }

    it('keeps the original of stripes of JPEG, whose pixels are served as they decode', async (t) => {
      if (gdal === null || !isThere) return t.skip(GDAL_IS_ABSENT);
      const { bytes, path } = await make({ ...LARGE, bands: [BYTE, BYTE, BYTE], options: ['COMPRESS=JPEG'] });
      const { raster, job, id, cog, path: cogPath } = await send(bytes, 'photo.tif');
      if (environment.searchPath.length === 0) {
        // gdal3.js has no codec for JPEG inside of TIFFs.
        assert.match(job.warnings.join('\n'), /photo\.tif is kept as it is.*photo\.tif: .*missing codec JPEG/);
        assert.ok(cog.equals(bytes));
        return;
      }
      assert.match(
        job.warnings.join('\n'),
        /photo\.tif was converted, and its original is kept.*JPEG as it was compressed/,
      );
      assert.deepEqual(raster.original, {
        filename: 'photo.tif',
        driver: 'GTiff',
        size_bytes: bytes.length,
        checksum: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
        download_url: `${server.url}/api/datasets/${id}/download/original`,
      });
      const original = await server.call('GET', `/api/datasets/${id}/download/original`);
      assert.ok((original.body as Buffer).equals(bytes));
      // libjpeg-turbo of two builds may differ by one: only the same GDAL is held to the same pixels.
      const [before, after] = [await gdal.values(path, 1), await gdal.values(cogPath, 1)];
      assert.ok(before.every((value, index) => Math.abs(Number(value) - Number(after[index])) <= 1));

      const { body } = await server.call('GET', `/api/datasets/${id}`);
      const gone = await server.call('DELETE', `/api/datasets/${id}`, { json: { confirm_title: body.title } });
      assert.equal(gone.status, 204);
      await server.running.cleanUp();
      assert.deepEqual(
        (await server.storedFiles()).filter((file) => file.includes(job.id)),
        [],
      );
    });

    const pictures: [filename: string, options: Pick<RasterSpec, 'bands'>, format: string][] = [
      ['photo.png', { bands: [BYTE, BYTE, BYTE] }, 'PNG'],
      ['deep.png', { bands: [{ dataType: 'UInt16' }] }, 'PNG'],
      ['photo.jpg', { bands: [BYTE, BYTE, BYTE] }, 'JPEG'],
      ['heights.asc', { bands: [{ dataType: 'Float32', nodata: -9999 }] }, 'AAIGrid'],
    ];
    for (const [filename, { bands }, format] of pictures) {
      it(`takes ${filename}, serves a COG of it and keeps it`, async (t) => {
        if (gdal === null || !isThere) return t.skip(GDAL_IS_ABSENT);
        const { path } = await make({ width: 64, height: 48, ...UTM, bands });
        const source = join(folder, filename);
        await gdal.translate(path, source, ['-of', format]);
        const bytes = new Uint8Array(await readFile(source));
        const { raster, preview, id, path: cogPath } = await send(bytes, filename);
        assert.deepEqual(
          { driver: preview.driver, size: [preview.width, preview.height], keeps: preview.conversion.keeps_original },
          { driver: format, size: [64, 48], keeps: true },
        );
        assert.deepEqual([raster.original.filename, raster.original.driver], [filename, format]);
        assert.deepEqual(preview.bands.map(typeOf), raster.bands.map(typeOf));
        assert.deepEqual(preview.resolution, raster.res_x === null ? null : [raster.res_x, raster.res_y]);
        for (let band = 1; band <= bands.length; band += 1) {
          assert.deepEqual(await gdal.values(cogPath, band), await gdal.values(source, band));
        }
        const original = await server.call('GET', `/api/datasets/${id}/download/original`);
        assert.ok((original.body as Buffer).equals(bytes));
        assert.match(
          original.headers.get('content-disposition') ?? '',
          new RegExp(filename.replace('.', String.raw`\.`)),
        );
      });
    }

    it('fails for a picture that breaks off, keeps it for a retry, and leaves nothing else', async (t) => {
      if (!isThere) return t.skip(GDAL_IS_ABSENT);
      const png = await readFile(
        new URL('../../../node_modules/three-globe/example/img/earth-topology.png', import.meta.url),
      );
      const sent = await server.call('POST', '/api/ingest/upload?commit=true', {
        body: formOf(['file', new Uint8Array(png.subarray(0, 5000)), 'cut.png']),
      });
      const job = await server.waitForJob(sent.body.job_id);
      assert.equal(job.status, 'failed');
      assert.match(job.error_message ?? '', /^cut\.png could not be converted: /);
      assert.doesNotMatch(job.error_message ?? '', /\/(tmp|input|output|rasters)\b/);
      assert.ok(job.can_retry);
      assert.deepEqual(
        (await server.storedFiles()).filter((file) => file.includes(job.id)),
        [`rasters/${job.id}/data.tif`],
      );
      assert.deepEqual(await readdir(join(server.dataDir, 'scratch')), []);
    });
  });
}

function typeOf(band: { dtype: string; nodata: unknown }): unknown[] {
  return [band.dtype, band.nodata];
}

const STORED_OTHERWISE = {
  blockSize: null,
  maskBlockSize: null,
  overviews: null,
  maskOverviews: null,
  overviewChecksums: null,
};

/** What of a raster a conversion must keep. */
function facts(described: Awaited<ReturnType<Gdal['describe']>>): object {
  const { width, height, geoTransform, metadata, bands } = described;
  const { ACQUIRED, AREA_OR_POINT } = metadata as Record<string, string>;
  return {
    width,
    height,
    geoTransform,
    ACQUIRED,
    AREA_OR_POINT,
    bands: bands.map((band) => ({ ...band, ...STORED_OTHERWISE })),
  };
}
