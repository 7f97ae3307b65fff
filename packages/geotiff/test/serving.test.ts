import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { httpSource, openRaster, readWindow, servingReport, singleFile } from '@inlay/geotiff';
import { startRangeServer } from '@inlay/testing';
import { changed, open, openTiff } from './open-bytes.ts';
import { type RawTiff, cogBytes, image, tiffBytes } from './tiff-bytes.ts';

describe('over HTTP', () => {
  test('the header of a typical COG is one request, of a large one two', async () => {
    const server = await startRangeServer({ 'typical.tif': cogBytes(22), 'large.tif': cogBytes(60) });
    try {
      for (const [name, requests] of [
        ['typical.tif', 1],
        ['large.tif', 2],
      ] as const) {
        server.clearLog();
        const raster = await openRaster(singleFile(httpSource(`${server.url}/${name}`)));
        assert.ok(raster.profile.layout.overviews.length >= 4);
        assert.equal(server.requests.length, requests, name);
        for (const { range } of server.requests) assert.ok(range!.end - range!.start < 64 * 1024, 'of at most 64 kB');
        server.clearLog();
        const { bands } = await readWindow(raster.images.full, { colOff: 0, rowOff: 0, width: 4, height: 4 });
        assert.equal(bands[0]![0], 7);
        assert.ok(server.requests.length <= 2, 'pixels are one request, after the block lists where those are long');
      }
    } finally {
      await server.close();
    }
  });
});

describe('the serving report', () => {
  const report = async (tiff: RawTiff, sidecars = {}): Promise<ReturnType<typeof servingReport>> =>
    servingReport((await openTiff(tiff, sidecars)).profile);
  const starts = (reasons: readonly string[]): string[] => reasons.map((reason) => reason.split(/[,;]/)[0]!);

  test('has nothing to say of a small raster', async () => {
    assert.deepEqual(await report(changed({}, 1024, 1024)), { isCog: true, reasons: [] });
  });

  test('has nothing to say of a cloud-optimised GeoTIFF', async () => {
    assert.deepEqual(servingReport((await open(cogBytes(8))).profile), { isCog: true, reasons: [] });
  });

  test('tells what is wrong with a large raster in strips', async () => {
    const { isCog, reasons } = await report(changed({}, 4000, 4000));
    assert.equal(isCog, false);
    assert.deepEqual(starts(reasons), ['It is stored in strips', 'It has no overviews', 'It is not compressed']);
  });

  test('tells of tiles that are too large and of overviews that stop early', async () => {
    const tiled = {
      259: { tag: 259, type: 3, values: [8] },
      322: { tag: 322, type: 4, values: [4096] },
      323: { tag: 323, type: 4, values: [4096] },
      324: { tag: 324, type: 4, values: [0] },
      325: { tag: 325, type: 4, values: [0] },
    };
    const overview = image(3000, 3000, { 254: { tag: 254, type: 4, values: [1] } });
    const { isCog, reasons } = await report({ directories: [image(6000, 6000, tiled), overview] });
    assert.equal(isCog, true);
    assert.deepEqual(starts(reasons), [
      'Its tiles are 4096 x 4096 pixels',
      'Its coarsest overview is still 3000 x 3000 pixels',
    ]);
  });

  test('tells of overviews beside the file', async () => {
    const { isCog, reasons } = await report(changed({}), { '.ovr': tiffBytes(changed({}, 8, 4)).bytes });
    assert.equal(isCog, false);
    assert.deepEqual(starts(reasons), ['Its overviews are in a .ovr file beside it']);
  });
});
