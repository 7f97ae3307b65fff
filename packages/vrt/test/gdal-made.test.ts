import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it, type TestContext } from 'node:test';
import { GDAL_IS_ABSENT, type BandSpec, type RasterSpec } from '@inlay/testing';
import { isOlderGdal } from './older-gdal.ts';
import { Oracle, STRATEGIES } from './oracle.ts';

let oracle: Oracle | null = null;

before(async () => {
  oracle = await Oracle.open();
});
after(async () => {
  await oracle?.close();
});

/** A 16x12 raster of metre pixels whose top-left corner is `(x, y)`. */
function raster(x: number, y: number, spec: Partial<RasterSpec> & { bands?: readonly BandSpec[] } = {}): RasterSpec {
  return {
    width: 16,
    height: 12,
    geoTransform: [500_000 + x, 1, 0, 4_000_000 + y, 0, -1],
    crs: 'EPSG:32633',
    bands: [{ dataType: 'Byte' }],
    seed: 1000 + 7 * x + y,
    ...spec,
  };
}

const PALETTE = Array.from({ length: 256 }, (_, index) => [index, 255 - index, (7 * index) % 256, 255] as const);

const RGBA: readonly BandSpec[] = (['Red', 'Green', 'Blue', 'Alpha'] as const).map((colorInterp) => ({
  dataType: 'Byte',
  colorInterp,
}));

/** What a band says of itself beside its pixels; GDAL's VRT driver keeps units only when told. */
const DESCRIBED: BandSpec = {
  dataType: 'Int16',
  scale: 0.1,
  offset: 1 / 3,
  description: 'height & <depth>',
  metadata: { SENSOR: 'a < b', BAND: 'B04' },
};

const MOSAICS: Readonly<Record<string, readonly RasterSpec[]>> = {
  'tiles side by side': [raster(0, 0), raster(16, 0), raster(0, -12), raster(16, -12)],
  'overlapping tiles': [raster(0, 0), raster(9, -5), raster(3, -7)],
  'one nodata value': [0, 9].map((x) => raster(x, x, { bands: [{ dataType: 'Byte', nodata: 3 }] })),
  'a nodata value each': [3, 5, 7].map((nodata) => raster(nodata, 0, { bands: [{ dataType: 'UInt16', nodata }] })),
  'nodata in the first only': [raster(0, 0, { bands: [{ dataType: 'Byte', nodata: 3 }] }), raster(7, 3)],
  'nodata in the second only': [raster(0, 0), raster(7, 3, { bands: [{ dataType: 'Byte', nodata: 3 }] })],
  'NaN for nodata': [0, 9].map((x) => raster(x, x, { bands: [{ dataType: 'Float32', nodata: 'nan' }] })),
  'the least Float32 for nodata': [0, 9].map((x) =>
    raster(x, x, { bands: [{ dataType: 'Float32', nodata: -3.4028234663852886e38 }] }),
  ),
  'nodata that Float32 rounds': [0, 9].map((x) => raster(x, x, { bands: [{ dataType: 'Float32', nodata: 0.1 }] })),
  'infinite nodata': [0, 9].map((x) => raster(x, x, { bands: [{ dataType: 'Float64', nodata: '-inf' }] })),
  'nodata out of range': [-9999, 3, 300].map((nodata) =>
    raster(nodata % 8, 0, { bands: [{ dataType: 'Byte', nodata }] }),
  ),
  'NaN for nodata of bytes': [0, 9].map((x) => raster(x, x, { bands: [{ dataType: 'Byte', nodata: 'nan' }] })),
  'fractional nodata of integers': [0, 9].map((x) => raster(x, x, { bands: [{ dataType: 'Int16', nodata: 1.5 }] })),
  'complex numbers': [0, 9].map((x) => raster(x, x, { bands: [{ dataType: 'CFloat32', nodata: 3 }] })),
  '64-bit integers without nodata': [0, 9].map((x) => raster(x, x, { bands: [{ dataType: 'Int64' }] })),
  '32-bit integers': [0, 9].map((x) => raster(x, x, { bands: [{ dataType: 'UInt32', nodata: 4 }] })),
  'masks inside the files': [0, 9].map((x) => raster(x, x, { mask: 'internal' })),
  'masks beside the files': [0, 9].map((x) => raster(x, x, { mask: 'sidecar' })),
  'a mask in one of three': [raster(0, 0), raster(7, 3, { mask: 'internal' }), raster(12, 5)],
  'a mask beside nodata': [
    raster(0, 0, { mask: 'internal' }),
    raster(7, 3, { bands: [{ dataType: 'Byte', nodata: 3 }] }),
  ],
  'a mask and nodata in one file': [0, 9].map((x) =>
    raster(x, x, { mask: 'internal', bands: [{ dataType: 'Byte', nodata: 3 }] }),
  ),
  'alpha bands': [0, 9].map((x) => raster(x, x, { bands: RGBA })),
  'alpha bands and nodata': [0, 9].map((x) => raster(x, x, { bands: RGBA.map((band) => ({ ...band, nodata: 3 })) })),
  'an alpha band and a mask': [0, 9].map((x) => raster(x, x, { bands: RGBA, mask: 'internal' })),
  'nodata of several bands together': [0, 9].map((x) =>
    raster(x, x, { bands: RGBA.slice(0, 3), metadata: { NODATA_VALUES: '3 4 5' } }),
  ),
  palettes: [0, 9].map((x) => raster(x, x, { bands: [{ dataType: 'Byte', colorTable: PALETTE }] })),
  'palettes with other colours': [
    raster(0, 0, { bands: [{ dataType: 'Byte', colorTable: PALETTE }] }),
    raster(7, 3, { bands: [{ dataType: 'Byte', colorTable: PALETTE.toReversed() }] }),
  ],
  'descriptions that agree': [0, 9].map((x) => raster(x, x, { bands: [DESCRIBED, DESCRIBED] })),
  'descriptions that differ': [
    raster(0, 0, { bands: [DESCRIBED] }),
    raster(7, 3, { bands: [{ ...DESCRIBED, description: 'depth', metadata: { SENSOR: 'a < b', BAND: 'B05' } }] }),
  ],
  'a description in the second only': [
    raster(0, 0),
    raster(7, 3, { bands: [{ dataType: 'Byte', description: 'depth' }] }),
  ],
  'half a pixel between two tiles': [raster(0, 0), raster(7.5, 3.25)],
  'rounding errors below a thousandth': [raster(0, 0), raster(7.0004, 2.9996)],
  'mixed resolutions': [
    raster(0, 0),
    raster(8, 4, { geoTransform: [500_008, 2, 0, 4_000_004, 0, -2] }),
    raster(20, 9, { geoTransform: [500_020, 0.5, 0, 4_000_009, 0, -0.5] }),
  ],
  'mixed resolutions at fractional offsets': [
    raster(0, 0),
    raster(8, 4, { geoTransform: [500_008.3, 1.7, 0, 4_000_004.9, 0, -2.3] }),
    raster(3, 3, { geoTransform: [500_003.123, 1 / 3, 0, 4_000_003.77, 0, -0.6] }),
  ],
  'a sliver that rounding cuts off': [
    raster(0, 0),
    raster(16, 0, { width: 1, geoTransform: [500_016, 0.2, 0, 4_000_000, 0, -1] }),
  ],
  degrees: [0, 5].map((x) => raster(x, x, { crs: 'EPSG:4326', geoTransform: [10 + x / 7, 1 / 7, 0, 50, 0, -1 / 9] })),
  'a compound CRS': [0, 5].map((x) => raster(x, x, { crs: 'EPSG:32631+5773' })),
  'northing first': [0, 5].map((x) => raster(x, x, { crs: 'EPSG:2193' })),
  'a CRS without a code': [0, 5].map((x) =>
    raster(x, x, { crs: '+proj=laea +lat_0=47 +lon_0=9 +datum=WGS84 +units=m +type=crs' }),
  ),
};

/** Sizes and levels of tiles side by side; null for a tile without overviews. */
const PYRAMIDS: readonly (readonly (readonly [width: number, height: number, levels: readonly number[] | null])[])[] = [
  [[600, 300, [2, 4]]],
  [[600, 300, [2, 4]], [600, 300, [2]]], // prettier-ignore
  [[600, 300, [2, 4]], [300, 300, [2]]], // prettier-ignore
  [[600, 300, [2, 4]], [255, 255, null]], // prettier-ignore
  [[600, 300, [2, 4]], [256, 20, null]], // prettier-ignore
  [[600, 300, [4]]],
  [[1200, 300, [2, 8]]],
  [[513, 257, [2, 4]]],
  [[1025, 3, [2, 4, 8]]],
  [[129, 1100, [2, 4, 8]]],
];

const STACKS: Readonly<Record<string, readonly RasterSpec[]>> = {
  'single bands': [raster(0, 0), raster(0, 0, { seed: 2 }), raster(0, 0, { seed: 3 })],
  'a nodata value each': [3, 5].map((nodata) => raster(0, 0, { bands: [{ dataType: 'Byte', nodata }], seed: nodata })),
  'nodata in one of two': [raster(0, 0), raster(0, 0, { bands: [{ dataType: 'Byte', nodata: 3 }], seed: 2 })],
  masks: [raster(0, 0, { mask: 'internal' }), raster(0, 0, { mask: 'sidecar', seed: 2 })],
  palettes: [raster(0, 0, { bands: [{ dataType: 'Byte', colorTable: PALETTE }] }), raster(0, 0, { seed: 2 })],
  'descriptions and scales': [raster(0, 0, { bands: [DESCRIBED] }), raster(0, 0, { bands: [{ dataType: 'Int16' }] })],
  'overviews that no stack lists': [
    raster(0, 0, { width: 600, height: 300, overviews: [2] }),
    raster(0, 0, { width: 600, height: 300, overviews: [2], seed: 2 }),
  ],
  '10 m, 20 m and 60 m': [10, 20, 60].map((resolution) =>
    raster(0, 0, {
      width: 360 / resolution,
      height: 240 / resolution,
      geoTransform: [500_000, resolution, 0, 4_000_000, 0, -resolution],
      seed: resolution,
    }),
  ),
  'extents that agree within a hundredth of a pixel': [
    raster(0, 0),
    raster(0, 0, { geoTransform: [500_000.009, 1, 0, 4_000_000.009, 0, -1], seed: 2 }),
  ],
};

describe('mosaics equal gdalbuildvrt', () => {
  for (const [name, specs] of Object.entries(MOSAICS)) {
    it(name, async (t) => {
      if (isAbsent(t) || oracle === null) return;
      const files = await makeAll(oracle, name, specs);
      for (const strategy of STRATEGIES) await oracle.compare({ kind: 'mosaic', strategy, files });
    });
  }

  for (const tiles of PYRAMIDS) {
    const name = tiles
      .map(([width, height, levels]) => `${width}x${height} with levels ${levels?.join(' ') ?? 'none'}`)
      .join(', ');
    it(`overviews: ${name}`, async (t) => {
      if (isAbsent(t) || oracle === null) return;
      const specs = tiles.map(([width, height, overviews], index) =>
        raster(2000 * index, 0, { width, height, overviews: overviews ?? [], options: ['COMPRESS=LZW'] }),
      );
      await oracle.compare({ kind: 'mosaic', strategy: 'average', files: await makeAll(oracle, name, specs) });
    });
  }
});

describe('band stacks equal gdalbuildvrt -separate', () => {
  for (const [name, specs] of Object.entries(STACKS)) {
    it(name, async (t) => {
      if (isAbsent(t) || oracle === null) return;
      const files = await makeAll(oracle, `stack ${name}`, specs);
      for (const strategy of STRATEGIES) await oracle.compare({ kind: 'band_stack', strategy, files });
    });
  }
});

describe('where the VRT deliberately differs from gdalbuildvrt', () => {
  const least = '-9223372036854775808';

  it('keeps the nodata of 64-bit integers exactly, where gdalbuildvrt writes a double that reads as -9', async (t) => {
    if (isAbsent(t) || oracle === null) return;
    const values = ['5', least, '-7', '9007199254740992'];
    const spec = raster(0, 0, { width: 2, height: 2, bands: [{ dataType: 'Int64', nodata: least, values }] });
    const files = await makeAll(oracle, 'int64', [spec]);
    const { path } = await oracle.build({ kind: 'mosaic', strategy: 'finest', files });
    const [band] = (await oracle.newest.describe(path)).bands;
    assert.equal(band?.nodata, least);
    // Before 3.13, GDAL's reader gives such a band's nodata pixels the value 0, whatever the VRT says.
    if (isOlderGdal(oracle.newest.version)) return;
    assert.deepEqual(await oracle.newest.values(path, 1), values);
    assert.deepEqual(await oracle.newest.values(path, 1, { mask: true }), [255, 0, 255, 255]);
  });

  it('leaves out a sliver that gdalbuildvrt gives a size of 0, which makes its VRT unreadable', async (t) => {
    if (isAbsent(t) || oracle === null) return;
    const files = await makeAll(oracle, 'sliver', [
      raster(0, 0, { width: 1, height: 1, geoTransform: [0, 10, 0, 0, 0, -10] }),
      raster(0, 0, { width: 1, height: 1, geoTransform: [0, 0.3, 0, -49.992, 0, -0.3] }),
    ]);
    const example = { kind: 'mosaic', strategy: 'coarsest', files } as const;
    await assert.rejects(oracle.newest.describe(await oracle.buildWithGdal(example)), /Wrong values in DstRect/);
    const ours = await oracle.newest.describe((await oracle.build(example)).path);
    assert.deepEqual([ours.width, ours.height, ours.files.slice(1)], [1, 5, files.slice(0, 1)]);
  });

  it('keeps a unit that all sources share', async (t) => {
    if (isAbsent(t) || oracle === null) return;
    const spec = raster(0, 0, { bands: [{ dataType: 'Float32', unit: 'metre' }] });
    const files = await makeAll(oracle, 'unit', [spec, { ...spec, seed: 2 }]);
    const { path } = await oracle.build({ kind: 'mosaic', strategy: 'finest', files });
    assert.equal((await oracle.newest.describe(path)).bands[0]?.unit, 'metre');
    assert.equal((await oracle.system.describe(path)).bands[0]?.unit, 'metre');
  });

  it('names a known CRS by its code, not by its text', async (t) => {
    if (isAbsent(t) || oracle === null) return;
    const files = await makeAll(oracle, 'srs', [raster(0, 0)]);
    const { path } = await oracle.build({ kind: 'mosaic', strategy: 'finest', files });
    assert.match(await readFile(path, 'utf8'), /<SRS dataAxisToSRSAxisMapping="1,2">EPSG:32633<\/SRS>/);
  });
});

describe('file names', () => {
  it('survive the way into the VRT and back whatever they hold', async (t) => {
    if (isAbsent(t) || oracle === null) return;
    const names = [
      ' leading',
      'trailing ',
      'a&b<c>"\'',
      'tab\tnewline\nreturn\rboth\r\n',
      'é漢😀',
      ']]>',
      '\u00a0',
      '&amp;',
    ];
    const files: string[] = [];
    for (const name of names) files.push(await oracle.raster(name, raster(files.length * 16, 0)));
    const { path } = await oracle.build({ kind: 'mosaic', strategy: 'finest', files });
    for (const gdal of [oracle.newest, oracle.system]) {
      const described = await gdal.describe(path);
      assert.deepEqual(described.files.slice(1).toSorted(), files.toSorted());
    }
  });
});

function isAbsent(t: TestContext): boolean {
  if (oracle === null) t.skip(GDAL_IS_ABSENT);
  return oracle === null;
}

async function makeAll(oracle: Oracle, name: string, specs: readonly RasterSpec[]): Promise<string[]> {
  const files: string[] = [];
  for (const [index, spec] of specs.entries()) {
    files.push(await oracle.raster(`${name.replace(/\W+/g, '-')}-${index}`, spec));
  }
  return files;
}
