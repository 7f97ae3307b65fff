import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { makeGeoTiff } from '@inlay/testing';
import { loadConfig } from '../src/config.ts';
import { ConversionError, type ConversionRequest, type Converter } from '../src/conversion/converter.ts';
import { CONVERTED_FORMATS, type UploadFormat } from '../src/conversion/formats.ts';
import { findGdalProgram } from '../src/conversion/gdal-program.ts';
import { WASM_CONVERTER } from '../src/conversion/gdal-wasm.ts';

// Files that name others, given to either GDAL without the sniffing before it: none may open what they name.

const FORMATS: readonly UploadFormat[] = ['GTiff', ...CONVERTED_FORMATS];
const ABSENT = 'needs gdal_translate on the PATH (gdal-bin)';

for (const which of ['gdal_translate', 'GDAL in WebAssembly'] as const) {
  describe(`${which}, given files that name others`, () => {
    let converter: Converter | null = null;
    let folder: string;
    let secret: string;
    let web: Server;
    let url: string;
    const asked: string[] = [];

    before(async () => {
      converter = which === 'gdal_translate' ? await findGdalProgram(loadConfig().config.programs) : WASM_CONVERTER;
      assert.ok(converter !== null || !process.env['CI'], ABSENT);
      folder = await mkdtemp(join(tmpdir(), 'inlay-attack-'));
      secret = join(await mkdtemp(join(folder, 'elsewhere-')), 'secret.tif');
      await writeFile(secret, makeGeoTiff({ width: 8, height: 8, origin: [0, 0], resolution: 1, epsg: 32633 }));
      web = createServer((request, response) => {
        asked.push(request.url ?? '');
        void readFile(secret).then((bytes) => response.end(bytes));
      });
      await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${(web.address() as AddressInfo).port}/secret.tif`;
    });
    after(async () => {
      await new Promise((resolve) => web.close(resolve));
      await rm(folder, { recursive: true, force: true });
    });

    async function convert(input: string, format: UploadFormat): Promise<void> {
      const output = join(await mkdtemp(join(folder, 'out-')), 'cog.tif');
      const request: ConversionRequest = { input, name: 'a.tif', format, output, args: ['-of', 'COG'] };
      await converter?.convert(request, { signal: AbortSignal.timeout(60_000), onProgress: () => undefined });
    }

    const vrt = (target: string): string =>
      `<VRTDataset rasterXSize="8" rasterYSize="8"><VRTRasterBand dataType="Byte" band="1"><SimpleSource>` +
      `<SourceFilename relativeToVRT="0">${target}</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>`;
    const wms = (target: string): string =>
      `<GDAL_WMS><Service name="TMS"><ServerUrl>${target}</ServerUrl></Service><DataWindow><UpperLeftX>0</UpperLeftX>` +
      `<UpperLeftY>8</UpperLeftY><LowerRightX>8</LowerRightX><LowerRightY>0</LowerRightY><TileLevel>0</TileLevel></DataWindow>` +
      `<BlockSizeX>8</BlockSizeX><BlockSizeY>8</BlockSizeY><BandsCount>1</BandsCount></GDAL_WMS>`;
    const files: [what: string, content: () => string][] = [
      ['a VRT of a file', () => vrt(secret)],
      ['a VRT of a URL', () => vrt(`/vsicurl/${url}`)],
      ['a web map service', () => wms(url)],
      ['a grid that goes on as a VRT', () => `ncols 8\nnrows 8\ncellsize 1\n${vrt(secret)}`],
      ['an ENVI header', () => `ENVI\nsamples = 8\nlines = 8\nbands = 1\ndata type = 1\ndata file = ${secret}`],
    ];
    for (const [what, content] of files) {
      it(`opens ${what} as no format that is taken`, async (t) => {
        if (converter === null) return t.skip(ABSENT);
        const input = join(await mkdtemp(join(folder, 'in-')), 'data.tif');
        await writeFile(input, content());
        for (const format of FORMATS) await assert.rejects(convert(input, format), ConversionError, format);
        assert.deepEqual(asked, []);
      });
    }

    it('does not read what lies beside a file', async (t) => {
      if (converter === null) return t.skip(ABSENT);
      const beside = await mkdtemp(join(folder, 'in-'));
      const input = join(beside, 'data.tif');
      await writeFile(input, makeGeoTiff({ width: 8, height: 8, origin: [0, 0], resolution: 1, epsg: 32633 }));
      for (const suffix of ['.ovr', '.msk', '.aux.xml']) await writeFile(input + suffix, vrt(`/vsicurl/${url}`));
      await convert(input, 'GTiff');
      assert.deepEqual(asked, []);
    });

    it('is stopped by its signal at once', async (t) => {
      if (converter === null) return t.skip(ABSENT);
      const input = join(await mkdtemp(join(folder, 'in-')), 'data.tif');
      const large = { width: 6000, height: 4000, origin: [0, 0] as const, resolution: 1, epsg: 32633 };
      await writeFile(input, makeGeoTiff({ ...large, value: (col, row) => (col * row) % 251 }));
      const output = join(await mkdtemp(join(folder, 'out-')), 'cog.tif');
      const stop = new AbortController();
      const running = converter.convert(
        { input, name: 'a.tif', format: 'GTiff', output, args: ['-of', 'COG', '-co', 'COMPRESS=DEFLATE'] },
        { signal: stop.signal, onProgress: () => undefined },
      );
      setTimeout(() => stop.abort(new Error('stopped')), 300);
      await assert.rejects(running, /stopped/);
    });
  });
}
