import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { BandStatistics, RasterProfile } from '@inlay/geo';
import { type BandSpec, type Gdal, GDAL_IS_ABSENT, type RasterSpec } from '@inlay/testing';
import { planBandStack, planMosaic, type PlanOptions, type PlanResult, type VrtKind, writeVrt } from '@inlay/vrt';
import { Oracle } from './oracle.ts';

// What the default mode makes of pixels, as GDAL reads it: both versions, for all rectangles are whole pixels here.

let oracle: Oracle | null = null;

before(async () => {
  oracle = await Oracle.open();
});
after(async () => {
  await oracle?.close();
});

type Values = readonly (number | string)[];

/** A row of pixels that begins at column `x` of the output; a list per band. */
interface Row {
  readonly x: number;
  readonly values: readonly Values[];
  readonly band: Omit<BandSpec, 'values'>;
  readonly colors?: readonly BandSpec['colorInterp'][];
  /** Statistics are known, as gdalinfo -stats would have computed them. */
  readonly isKnown?: boolean;
  readonly resolution?: number;
  readonly spec?: Partial<RasterSpec>;
}

function row(
  x: number,
  dataType: BandSpec['dataType'],
  values: Values,
  particulars: Partial<Row> & { nodata?: BandSpec['nodata'] } = {},
): Row {
  const { nodata, ...rest } = particulars;
  return { x, values: [values], band: { dataType, ...(nodata === undefined ? {} : { nodata }) }, ...rest };
}

interface Built extends PlanResult {
  readonly path: string;
  readonly text: string;
}

let count = 0;

/** Makes the rows' rasters and a VRT of them, with relative names. */
async function build(
  oracle: Oracle,
  rows: readonly Row[],
  options: Partial<PlanOptions> = {},
  kind: VrtKind = 'mosaic',
): Promise<Built> {
  count += 1;
  const sources: { label: string; profile: RasterProfile }[] = [];
  const files: string[] = [];
  for (const [index, { x, values, band, colors, isKnown, resolution = 1, spec }] of rows.entries()) {
    const file = await oracle.raster(`values-${count}-${index}`, {
      width: values[0]?.length ?? 0,
      height: 1,
      geoTransform: [500_000 + x, resolution, 0, 4_000_000, 0, -resolution],
      crs: 'EPSG:32633',
      bands: values.map((list, offset) => ({ ...band, values: list, colorInterp: colors?.[offset] ?? 'Undefined' })),
      ...spec,
    });
    const [profile] = await oracle.profiles([file]);
    assert.ok(profile);
    const statistics = values.map((list) => (isKnown === true ? statisticsOf(list, band.nodata) : null));
    sources.push({ label: `row ${index}`, profile: { ...profile, statistics } });
    files.push(file);
  }
  const plan = kind === 'mosaic' ? planMosaic : planBandStack;
  const result = plan(sources, { resolutionStrategy: 'finest', ...options });
  assert.deepEqual(result.problems, []);
  assert.ok(result.plan);
  const path = oracle.newPath('ours');
  const text = [...writeVrt(result.plan, (at) => ({ filename: basename(files[at] ?? ''), relativeToVrt: true }))].join(
    '',
  );
  await writeFile(path, text);
  return { ...result, path, text };
}

function statisticsOf(values: Values, nodata: BandSpec['nodata']): BandStatistics {
  const valid = values.map(Number).filter((value) => value !== Number(nodata) && !Number.isNaN(value));
  const [minimum, maximum] = [Math.min(...valid), Math.max(...valid)];
  return { minimum, maximum, mean: NaN, stddev: NaN, validPercent: null, approximate: false };
}

/** Values and mask of each band, which both versions of GDAL must agree on unless one is named. */
async function read(
  { newest, system }: Oracle,
  { path, plan }: Built,
  only?: 'newest',
): Promise<{ values: Values; mask: Values }[]> {
  const bands = plan?.bands.length ?? 0;
  const readBy = async (gdal: Gdal) => {
    const read: { values: Values; mask: Values }[] = [];
    for (let band = 1; band <= bands; band += 1) {
      read.push({ values: await gdal.values(path, band), mask: await gdal.values(path, band, { mask: true }) });
    }
    return read;
  };
  const byNewest = await readBy(newest);
  if (only === undefined) assert.deepEqual(await readBy(system), byNewest);
  return byNewest;
}

function types({ warnings }: PlanResult): string[] {
  return warnings.map(({ type }) => type).filter((type) => type !== 'nodata_inconsistent');
}

/** A test that needs both versions of GDAL. */
function withGdal(name: string, test: (oracle: Oracle) => Promise<void>): void {
  it(name, async (t: TestContext) => {
    if (oracle === null) t.skip(GDAL_IS_ABSENT);
    else await test(oracle);
  });
}

describe('a valid pixel never becomes nodata, where statistics can tell', () => {
  withGdal("by another source's nodata value", async (oracle) => {
    const built = await build(oracle, [
      row(0, 'Byte', [1, 7, 3], { nodata: 7, isKnown: true }),
      row(3, 'Byte', [7, 9, 8], { nodata: 9, isKnown: true }),
    ]);
    assert.equal(built.plan?.bands[0]?.nodata, 9);
    assert.deepEqual(types(built), []);
    assert.deepEqual(await read(oracle, built), [{ values: [1, 9, 3, 7, 9, 8], mask: [255, 0, 255, 255, 0, 255] }]);
  });

  withGdal("by an end of the type, where each source has the others' values", async (oracle) => {
    const built = await build(oracle, [
      row(0, 'Int16', [9, 7, 3], { nodata: 7, isKnown: true }),
      row(3, 'Int16', [7, 9, 8], { nodata: 9, isKnown: true }),
      row(6, 'Int16', [7, 9], { isKnown: true }),
    ]);
    assert.equal(built.plan?.bands[0]?.nodata, -32768);
    assert.deepEqual(await read(oracle, built), [
      { values: [9, -32768, 3, 7, -32768, 8, 7, 9], mask: [255, 0, 255, 255, 0, 255, 255, 255] },
    ]);
  });

  withGdal('by NaN in floating point, whether there are statistics or not', async (oracle) => {
    const built = await build(oracle, [
      row(0, 'Float32', [1, -9999], { nodata: -9999 }),
      row(2, 'Float32', [-9999, -1], { nodata: -1 }),
      row(4, 'Float32', [-9999, -1]),
    ]);
    assert.deepEqual(types(built), []);
    assert.deepEqual(await read(oracle, built), [
      { values: [1, 'nan', -9999, 'nan', -9999, -1], mask: [255, 0, 255, 0, 255, 255] },
    ]);
  });

  withGdal('and what may be lost is told where they cannot', async (oracle) => {
    const built = await build(oracle, [
      row(0, 'Byte', [1, 7, 3], { nodata: 7 }),
      row(3, 'Byte', [7, 9, 8], { nodata: 9 }),
    ]);
    assert.deepEqual(built.warnings.map(({ index, type, message }) => [index, type, message]).slice(1), [
      [
        -1,
        'nodata_collision',
        'Source "row 1" may have valid pixels of the value 7, which the mosaic has for nodata: such pixels are lost',
      ],
    ]);
    assert.deepEqual(await read(oracle, built), [{ values: [1, 7, 3, 7, 7, 8], mask: [255, 0, 255, 0, 0, 255] }]);
  });

  withGdal('in sources without nodata, whose neighbours have some', async (oracle) => {
    const built = await build(oracle, [
      row(0, 'Byte', [0, 5], { isKnown: true }),
      row(3, 'Byte', [0, 5], { nodata: 0, isKnown: true }),
    ]);
    assert.equal(built.plan?.bands[0]?.nodata, 255);
    assert.deepEqual(await read(oracle, built), [{ values: [0, 5, 255, 255, 5], mask: [255, 255, 0, 0, 255] }]);
  });
});

describe('alpha and masks decide, not the nodata beside them', () => {
  const COLORS = ['Red', 'Green', 'Blue', 'Alpha'] as const;
  const rgba = (x: number, values: readonly Values[]): Row => ({
    x,
    values,
    band: { dataType: 'Byte', nodata: 0 },
    colors: COLORS,
    spec: { options: ['PHOTOMETRIC=RGB', 'ALPHA=YES'] },
  });
  const bottom = [[101, 102, 103, 104], [105, 106, 107, 108], [109, 110, 111, 112], [255, 255, 255, 255]]; // prettier-ignore
  const top = [[1, 0, 3, 4], [5, 6, 0, 8], [9, 10, 11, 12], [255, 128, 0, 0]]; // prettier-ignore

  withGdal('transparent pixels show what lies below, and valid zeros stay', async (oracle) => {
    const built = await build(oracle, [rgba(0, bottom), rgba(0, top)]);
    assert.deepEqual(types(built), ['nodata_ignored', 'nodata_ignored']);
    const opaque = [255, 255, 255, 255];
    assert.deepEqual(await read(oracle, built), [
      { values: [1, 0, 103, 104], mask: [255, 128, 255, 255] },
      { values: [5, 6, 107, 108], mask: [255, 128, 255, 255] },
      { values: [9, 10, 111, 112], mask: [255, 128, 255, 255] },
      { values: [255, 128, 255, 255], mask: opaque },
    ]);
  });

  withGdal('sources that do not overlap are copied as they are', async (oracle) => {
    const built = await build(oracle, [rgba(0, bottom), rgba(4, top)]);
    assert.doesNotMatch(built.text, /ComplexSource|VRTDataset.*VRTDataset/);
    const [red] = await read(oracle, built);
    assert.deepEqual(red, { values: [101, 102, 103, 104, 1, 0, 3, 4], mask: [255, 255, 255, 255, 255, 128, 0, 0] });
  });

  withGdal('so do masks: colours and mask agree', async (oracle) => {
    const masked = (x: number, seed: number): Row => ({
      ...row(
        x,
        'Byte',
        Array.from({ length: 60 }, (_, at) => at),
        { nodata: 3 },
      ),
      spec: { mask: 'internal', seed },
    });
    const built = await build(oracle, [masked(0, 1), masked(0, 2)]);
    assert.deepEqual(types(built), ['nodata_ignored', 'nodata_ignored']);
    assert.equal(built.plan?.bands[0]?.nodata, null);
    const [band] = await read(oracle, built);
    assert.ok(band);
    assert.deepEqual(new Set(band.mask), new Set([0, 255]));
    assert.deepEqual(
      band.values,
      band.mask.map((valid, at) => (valid === 255 ? at : 0)),
    );
  });

  withGdal('a mask stands for alpha that is not selected', async (oracle) => {
    const plain = (x: number, values: readonly Values[]): Row => ({ ...rgba(x, values), band: { dataType: 'Byte' } });
    const built = await build(oracle, [plain(0, top), plain(6, bottom)], { bands: [1, 2, 3] });
    const [red] = await read(oracle, built);
    assert.deepEqual(red, {
      values: [1, 0, 0, 0, 0, 0, 101, 102, 103, 104],
      mask: [255, 128, 0, 0, 0, 0, 255, 255, 255, 255],
    });
  });
});

describe('integers stay exact', () => {
  const big = ['9007199254740993', '5', '-9007199254740995'];

  withGdal('of 64 bits with nodata, where sources do not overlap', async (oracle) => {
    const built = await build(oracle, [row(0, 'Int64', big, { nodata: '5' }), row(3, 'Int64', big, { nodata: '5' })]);
    assert.deepEqual(types(built), []);
    assert.deepEqual(await read(oracle, built), [{ values: [...big, ...big], mask: [255, 0, 255, 255, 0, 255] }]);
  });

  withGdal('or else it is told that they do not, unless they are known to be small', async (oracle) => {
    const overlapping = [row(0, 'Int64', big, { nodata: '5' }), row(1, 'Int64', big, { nodata: '5' })];
    const built = await build(oracle, overlapping);
    assert.deepEqual(types(built), ['int64_precision']);
    const [band] = await read(oracle, built, 'newest');
    assert.deepEqual(band?.values, ['9007199254740992', '9007199254740992', '-9007199254740996', '-9007199254740996']);
    const small = [0, 1].map((x) => row(x, 'Int64', ['1', '5', '16777217'], { nodata: '5', isKnown: true }));
    const exact = await build(oracle, small);
    assert.deepEqual(types(exact), []);
    assert.deepEqual((await read(oracle, exact, 'newest'))[0]?.values, ['1', '1', '16777217', '16777217']);
  });

  withGdal('of 64 bits in a stack, which has nothing to lie below', async (oracle) => {
    const built = await build(oracle, [row(0, 'Int64', big, { nodata: '5' }), row(0, 'Int64', big)], {}, 'band_stack');
    assert.deepEqual(types(built), []);
    assert.deepEqual(await read(oracle, built), [
      { values: big, mask: [255, 0, 255] },
      { values: big, mask: [255, 255, 255] },
    ]);
  });

  const near = [2147483000, 2147483647, 1];

  withGdal('of 32 bits near nodata, where sources do not overlap', async (oracle) => {
    const rows = [0, 3].map((x) => row(x, 'Int32', near, { nodata: 2147483647, isKnown: true }));
    const built = await build(oracle, rows);
    assert.deepEqual(types(built), []);
    assert.deepEqual(await read(oracle, built), [{ values: [...near, ...near], mask: [255, 0, 255, 255, 0, 255] }]);
  });

  withGdal('or else it is told that GDAL takes them for nodata', async (oracle) => {
    const rows = [0, 1].map((x) => row(x, 'Int32', near, { nodata: 2147483647, isKnown: true }));
    const built = await build(oracle, rows);
    assert.deepEqual(
      built.warnings.map(({ type, message }) => [type, message]),
      [
        [
          'nodata_near_values',
          'Sources "row 0" and "row 1" have valid pixels so near to nodata 2147483647 that GDAL takes them for it: 2147483000',
        ],
      ],
    );
    assert.deepEqual((await read(oracle, built))[0]?.mask, [0, 0, 255, 255]);
    const floats = await build(oracle, [row(0, 'Float32', [-9998, -9999, 1], { nodata: -9999, isKnown: true })]);
    assert.deepEqual(types(floats), []);
    const near32 = await build(oracle, [row(0, 'Float32', [-9999.001, -9999, 1], { nodata: -9999, isKnown: true })]);
    assert.deepEqual(types(near32), ['nodata_near_values']);
    assert.deepEqual((await read(oracle, near32))[0]?.mask, [0, 0, 255]);
  });
});

describe('nodata that means nothing is left out', () => {
  withGdal('where the type cannot hold it', async (oracle) => {
    const built = await build(oracle, [
      row(0, 'Byte', [0, 1], { nodata: -9999 }),
      row(2, 'Byte', [2, 3], { nodata: 'nan' }),
    ]);
    assert.deepEqual(types(built), ['nodata_not_representable', 'nodata_not_representable']);
    assert.doesNotMatch(built.text, /NODATA|NoDataValue/);
    assert.deepEqual(await read(oracle, built), [{ values: [0, 1, 2, 3], mask: [255, 255, 255, 255] }]);
  });

  withGdal('in the sources of complex pixels, but not in the output', async (oracle) => {
    const built = await build(oracle, [
      row(0, 'CFloat32', [3, 4], { nodata: 3 }),
      row(2, 'CFloat32', [5, 3], { nodata: 3 }),
    ]);
    assert.deepEqual(types(built), ['nodata_ignored', 'nodata_ignored']);
    assert.doesNotMatch(built.text, /ComplexSource/);
    assert.deepEqual(await read(oracle, built), [{ values: [3, 4, 5, 3], mask: [0, 255, 255, 0] }]);
  });
});

describe('sources of different types', () => {
  withGdal('become one type that holds all values exactly', async (oracle) => {
    const built = await build(
      oracle,
      [row(0, 'Byte', [0, 255, 9], { nodata: 0 }), row(3, 'Int16', [-32768, 32767, -7], { nodata: -7 })],
      { dataType: 'promote' },
    );
    assert.equal(built.plan?.bands[0]?.dataType, 'Int16');
    // A byte can never be -7, and 0 is no nodata of the second.
    assert.equal(built.plan?.bands[0]?.nodata, -7);
    assert.deepEqual(await read(oracle, built), [
      { values: [-7, 255, 9, -32768, 32767, -7], mask: [0, 255, 255, 255, 255, 0] },
    ]);
  });

  withGdal('of 32 bits become Int64 where they are copied', async (oracle) => {
    const rows = [row(0, 'UInt32', [4294967295, 16777217]), row(2, 'Int32', [-2147483647, 2147483647])];
    const built = await build(oracle, rows, { dataType: 'promote' });
    assert.equal(built.plan?.bands[0]?.dataType, 'Int64');
    assert.deepEqual((await read(oracle, built))[0]?.values, ['4294967295', '16777217', '-2147483647', '2147483647']);
  });

  withGdal(
    'of 32 bits become Float64 where they are compared, which GDAL 3.6 does in Float32 for Int64',
    async (oracle) => {
      const rows = [
        row(0, 'UInt32', [4294967295, 16777217, 5], { nodata: 5 }),
        row(2, 'Int32', [5, -2147483647, 2147483647], { nodata: 5 }),
      ];
      const built = await build(oracle, rows, { dataType: 'promote' });
      assert.equal(built.plan?.bands[0]?.dataType, 'Float64');
      assert.deepEqual(await read(oracle, built), [
        { values: [4294967295, 16777217, 5, -2147483647, 2147483647], mask: [255, 255, 0, 255, 255] },
      ]);
    },
  );

  withGdal('keep 32-bit integers exact beside Float32', async (oracle) => {
    const rows = [row(0, 'Int32', [16777217, 5], { nodata: 5 }), row(2, 'Float32', [0.5, 'nan'], { nodata: 'nan' })];
    const built = await build(oracle, rows, { dataType: 'promote' });
    assert.equal(built.plan?.bands[0]?.dataType, 'Float64');
    assert.deepEqual(await read(oracle, built), [{ values: [16777217, 'nan', 0.5, 'nan'], mask: [255, 0, 255, 0] }]);
  });

  withGdal('are rounded and cut off in a type that is asked for, with a warning', async (oracle) => {
    const rows = [
      row(0, 'Int16', [-5, 300], { isKnown: true }),
      row(2, 'Float32', [1.6, 7]),
      row(4, 'Int16', [0, 255], { isKnown: true }),
    ];
    const built = await build(oracle, rows, { dataType: 'Byte' });
    assert.deepEqual(
      built.warnings.map(({ type, message }) => [type, message]),
      [
        [
          'dtype_narrowed',
          'Sources "row 0" and "row 1" can have values of type Int16, Float32 that Byte has not: they are rounded or cut off',
        ],
      ],
    );
    assert.deepEqual((await read(oracle, built))[0]?.values, [0, 255, 2, 7, 0, 255]);
    const fitting = await build(oracle, [row(0, 'Int16', [0, 255], { isKnown: true })], { dataType: 'Byte' });
    assert.deepEqual(types(fitting), []);
  });

  withGdal('share one type in a stack, each band with its own nodata', async (oracle) => {
    const rows = [row(0, 'Byte', [0, 255], { nodata: 0 }), row(0, 'UInt16', [65535, 1], { nodata: 65535 })];
    const built = await build(oracle, rows, { dataType: 'promote' }, 'band_stack');
    assert.deepEqual(built.plan?.bands.map(({ dataType, nodata }) => [dataType, nodata]), [['UInt16', 0], ['UInt16', 65535]]); // prettier-ignore
    assert.deepEqual(await read(oracle, built), [
      { values: [0, 255], mask: [0, 255] },
      { values: [65535, 1], mask: [0, 255] },
    ]);
  });
});

describe('what sources agree on is kept', () => {
  withGdal('metadata of the dataset, and that pixels are points', async (oracle) => {
    const spec = { metadata: { MISSION: 'a < b', AREA_OR_POINT: 'Point', NODATA_VALUES: '3' } };
    const rows = [0, 2].map((x, index) =>
      row(x, 'Byte', [1, 2], { spec: { ...spec, metadata: { ...spec.metadata, TILE: `${index}` } } }),
    );
    const built = await build(oracle, rows);
    for (const gdal of [oracle.newest, oracle.system]) {
      const { metadata, geoTransform } = await gdal.describe(built.path);
      assert.deepEqual(metadata, { AREA_OR_POINT: 'Point', MISSION: 'a < b' });
      assert.deepEqual(geoTransform, [500_000, 1, 0, 4_000_000, 0, -1]);
    }
    const stack = await build(
      oracle,
      rows.map((made) => ({ ...made, x: 0 })),
      {},
      'band_stack',
    );
    assert.match(await readFile(stack.path, 'utf8'), /<MDI key="MISSION">a &lt; b<\/MDI>/);
  });
});
