import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BandProfile, RasterProfile } from '@inlay/geo';
import { memoryRasterFiles, openRaster } from '@inlay/geotiff';
import { makeGeoTiff } from '@inlay/testing';
import { lossesOf } from '../src/conversion/compare.ts';
import { formatOf } from '../src/conversion/formats.ts';
import { notCarried } from '../src/conversion/not-carried.ts';
import { readPictureHeader } from '../src/conversion/picture-header.ts';
import { cogArguments, planConversion } from '../src/conversion/plan.ts';
import { rawTiff, type RawField, stripFields } from './raw-tiff.ts';

// What is decided about a conversion, by headers alone.

const STRIPED = makeGeoTiff({
  width: 1100,
  height: 20,
  origin: [500_000, 5_300_000],
  resolution: 10,
  epsg: 32633,
  nodata: 7,
});

async function profileOf(bytes: Uint8Array<ArrayBuffer>): Promise<RasterProfile> {
  const raster = await openRaster(memoryRasterFiles('a.tif', new Map([['a.tif', bytes]])));
  await raster.close();
  return raster.profile;
}

/** The profile with its one band changed. */
function withBand(profile: RasterProfile, change: Partial<BandProfile>): RasterProfile {
  const bands = profile.layout.bands.map((band) => ({ ...band, ...change }));
  return { ...profile, layout: { ...profile.layout, bands } };
}

describe('formatOf', () => {
  const heads: [content: string, format: string | null][] = [
    ['II*\0', 'GTiff'],
    ['MM\0+', 'GTiff'],
    ['\u0089PNG\r\n\u001a\n', 'PNG'],
    ['\u0089PNG\n\u001a\n', null],
    ['\u00ff\u00d8\u00ff\u00e0', 'JPEG'],
    ['ncols 4\n', 'AAIGrid'],
    ['NROWS\t4\n', 'AAIGrid'],
    ['ncolsx 4\n', null],
    ['<VRTDataset>', null],
    ['', null],
  ];
  for (const [content, format] of heads) {
    it(`takes ${JSON.stringify(content)} for ${format ?? 'nothing'}`, () => {
      assert.equal(formatOf(Buffer.from(content, 'latin1')), format);
    });
  }
});

describe('readPictureHeader', () => {
  const grid = (text: string) => readPictureHeader('AAIGrid', Buffer.from(text));

  it('reads a grid by its corner', () => {
    assert.deepEqual(
      grid('ncols 3\nnrows 2\nxllcorner 100\nyllcorner 50\ncellsize 10\nNODATA_value -9999\n1 2 3\n4 5 6\n'),
      {
        width: 3,
        height: 2,
        bandCount: 1,
        dataType: 'Int32',
        nodata: -9999,
        isPalette: false,
        affine: [10, 0, 100, 0, -10, 70],
      },
    );
  });

  it('reads a grid by its centre, with cells that are not square', () => {
    const header = grid('ncols 3\r\nnrows 2\r\nxllcenter 105\r\nyllcenter 52.5\r\ndx 10\r\ndy 5\r\n1.5 2 3');
    assert.deepEqual([header?.affine, header?.dataType], [[10, 0, 100, 0, -5, 60], 'Float32']);
  });

  it('finds the frame of a JPEG behind its other segments', () => {
    const bytes = [0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xff, 0xc2, 0, 17, 8, 0, 48, 0, 64, 3, 0, 0, 0, 0];
    const header = readPictureHeader('JPEG', Uint8Array.from(bytes));
    assert.deepEqual([header?.width, header?.height, header?.bandCount], [64, 48, 3]);
  });

  it('finds nothing in a JPEG whose segments end nowhere', () => {
    assert.equal(
      readPictureHeader('JPEG', Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0xff, 0xff, 0, 0, 0, 0, 0, 0])),
      null,
    );
  });
});

describe('planConversion', () => {
  it('converts stripes over 1,024 pixels, unless nearly all of them are empty', async () => {
    const profile = await profileOf(STRIPED);
    assert.equal(planConversion('a.tif', profile, STRIPED.length).convert, true);
    const hollow = { ...profile, width: 100_000, height: 100_000 };
    assert.deepEqual(planConversion('a.tif', hollow, 1_000_000), {
      convert: false,
      warning: 'a.tif is kept as it is: nearly all of it is empty.',
    });
    assert.equal(planConversion('a.tif', hollow, 100_000_000).convert, true);
  });
});

describe('cogArguments', () => {
  const changes: [what: string, change: Partial<BandProfile>, predictor: string, resampling: string][] = [
    ['amounts', {}, 'YES', 'AVERAGE'],
    ['a palette', { colorTable: [[0, 0, 0, 255]] }, 'NO', 'NEAREST'],
    ['categories', { categories: ['water', 'wood'] }, 'YES', 'NEAREST'],
    ['single bits', { nbits: 1 }, 'NO', 'NEAREST'],
    ['12 bits', { nbits: 12 }, 'NO', 'AVERAGE'],
    ['64-bit integers', { dataType: 'Int64' }, 'NO', 'AVERAGE'],
    ['doubles', { dataType: 'Float64' }, 'YES', 'AVERAGE'],
    ['complex numbers', { dataType: 'CFloat32' }, 'NO', 'NEAREST'],
  ];
  for (const [what, change, predictor, resampling] of changes) {
    it(`has the predictor ${predictor} and ${resampling} for ${what}`, async () => {
      const args = cogArguments(withBand(await profileOf(STRIPED), change));
      assert.ok(args.includes(`PREDICTOR=${predictor}`), args.join(' '));
      assert.ok(args.includes(`OVERVIEW_RESAMPLING=${resampling}`), args.join(' '));
    });
  }
});

describe('lossesOf', () => {
  const band: [change: Partial<BandProfile>, essential: string[], descriptive: string[]][] = [
    [{}, [], []],
    [{ dataType: 'Int16' }, ['its data type'], []],
    [{ nodata: null }, ['its nodata value'], []],
    [{ scale: 2 }, ['its scale and offset'], []],
    [{ colorTable: [[1, 2, 3, 255]] }, ['its palette'], []],
    [{ colorInterp: 'Alpha' }, ['which of its bands is alpha'], ['colour interpretation of bands']],
    [{ description: 'B04' }, [], ['descriptions of bands']],
    [{ unit: 'm' }, [], ['units of bands']],
  ];
  for (const [change, essential, descriptive] of band) {
    it(`of ${JSON.stringify(change)} are ${[...essential, ...descriptive].join(', ') || 'none'}`, async () => {
      const profile = await profileOf(STRIPED);
      assert.deepEqual(lossesOf(profile, withBand(profile, change)), { essential, descriptive });
    });
  }

  it('of another place, size, CRS or metadata are told; metadata that was added is none', async () => {
    const profile = await profileOf(STRIPED);
    const moved = { ...profile, affine: [10, 0, 500_000.1, 0, -10, 5_300_000] as const };
    assert.deepEqual(lossesOf(profile, moved).essential, ['its georeference']);
    assert.deepEqual(lossesOf(profile, { ...profile, width: 1099 }).essential, ['its size']);
    assert.deepEqual(lossesOf(profile, { ...profile, crs: null }).essential, ['its CRS']);
    const named = { ...profile, layout: { ...profile.layout, metadata: { a: 'b' } } };
    assert.deepEqual(lossesOf(named, profile).descriptive, ['metadata of the file']);
    assert.deepEqual(lossesOf(profile, named).descriptive, []);
  });
});

describe('notCarried', () => {
  async function reasonsFor(fields: readonly RawField[]): Promise<string[]> {
    const sorted = fields.toSorted(([a], [b]) => a - b);
    const raster = await openRaster(
      memoryRasterFiles('a.tif', new Map([['a.tif', rawTiff(sorted, new Uint8Array(64))]])),
    );
    await raster.close();
    return notCarried(raster);
  }

  const cases: [what: string, more: RawField[], reasons: string[]][] = [
    ['nothing of a plain TIFF', [], []],
    ['a colour profile', [[34_675, 'ascii', 'profile']], ['TIFF tags (34675)']],
    [
      'a maker’s own tags',
      [
        [65_000, 'short', [1]],
        [65_001, 'short', [1]],
      ],
      ['TIFF tags (65000, 65001)'],
    ],
    ['rows from the bottom', [[274, 'short', [4]]], ['the orientation of its rows']],
  ];
  for (const [what, more, reasons] of cases) {
    it(`names ${what}`, async () => assert.deepEqual(await reasonsFor([...stripFields(8, 8), ...more]), reasons));
  }
});
