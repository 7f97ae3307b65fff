import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { DataType } from '@inlay/geo';
import { type BandSpec, GDAL_IS_ABSENT, type RasterSpec } from '@inlay/testing';
import { planMosaic, type PlanOptions, type VrtPlan, type VrtSourceInput } from '@inlay/vrt';
import { isOlderGdal } from './older-gdal.ts';
import { Oracle } from './oracle.ts';

let oracle: Oracle | null = null;

before(async () => {
  oracle = await Oracle.open();
});
after(async () => {
  await oracle?.close();
});

/** A row of pixels of one metre that begins at `x`; null where a value is nodata. */
function row(x: number, values: readonly (number | string)[], particulars: Partial<BandSpec> = {}): RasterSpec {
  return {
    width: values.length,
    height: 1,
    geoTransform: [500_000 + x, 1, 0, 4_000_000, 0, -1],
    crs: 'EPSG:32633',
    bands: [{ dataType: 'Byte', ...particulars, values }],
  };
}

async function write(
  oracle: Oracle,
  name: string,
  specs: readonly RasterSpec[],
  options: Partial<PlanOptions>,
): Promise<{ path: string; plan: VrtPlan }> {
  const files: string[] = [];
  for (const [index, spec] of specs.entries()) files.push(await oracle.raster(`${name}-${index}`, spec));
  const sources = (await oracle.profiles(files)).map((profile, index) => ({ label: `${index}`, profile }));
  const { plan, problems } = planMosaic(sources, { resolutionStrategy: 'finest', ...options });
  assert.deepEqual(problems, []);
  assert.ok(plan);
  return { path: await oracle.write(plan, files), plan };
}

function newest(t: TestContext): Oracle | null {
  if (oracle === null) t.skip(GDAL_IS_ABSENT);
  else if (isOlderGdal(oracle.newest.version)) t.skip('needs GDAL 3.12 or later: set INLAY_TEST_GDAL_BIN');
  else return oracle;
  return null;
}

// Columns 0 to 3, 2 to 5 and 7: two sources overlap, there is a gap, and 3 is nodata in the middle of a source.
const A = [10, 20, 30, 3];
const B = [8, 40, 50, 3];
const C = [120];

/** What the functions make of A, B and C where 3 is nodata. */
const EXPECTED: Readonly<Record<string, readonly number[]>> = {
  last: [10, 20, 8, 40, 50, 3, 3, 120],
  first: [10, 20, 30, 40, 50, 3, 3, 120],
  min: [10, 20, 8, 40, 50, 3, 3, 120],
  max: [10, 20, 30, 40, 50, 3, 3, 120],
  mean: [10, 20, 19, 40, 50, 3, 3, 120],
  median: [10, 20, 19, 40, 50, 3, 3, 120],
};
const VALID = [255, 255, 255, 255, 255, 0, 0, 255];

describe('a pixel function as GDAL reads it', () => {
  const TYPES: readonly DataType[] = ['Byte', 'Int8', 'UInt16', 'Int16', 'UInt32', 'Int32', 'Float32', 'Float64'];
  for (const [name, expected] of Object.entries(EXPECTED)) {
    it(`${name} leaves out nodata, gaps and what lies beside a source, in all types`, async (t) => {
      const oracle = newest(t);
      if (oracle === null) return;
      for (const dataType of TYPES) {
        const particulars = { dataType, nodata: 3 };
        const specs = [row(0, A, particulars), row(2, B, particulars), row(7, C, particulars)];
        const { path } = await write(oracle, `${name}-${dataType}`, specs, { pixelFunction: { name } });
        assert.deepEqual(await oracle.newest.values(path, 1), expected, dataType);
        assert.deepEqual(await oracle.newest.values(path, 1, { mask: true }), VALID);
        // A window with no source, and one of part of a source.
        assert.deepEqual(await oracle.newest.values(path, 1, { window: [6, 0, 1, 1] }), [3]);
        assert.deepEqual(await oracle.newest.values(path, 1, { window: [3, 0, 2, 1] }), expected.slice(3, 5)); // prettier-ignore
      }
    });
  }

  it('takes a nodata value that the sources have not', async (t) => {
    const oracle = newest(t);
    if (oracle === null) return;
    const specs = [row(0, [10, 20, 30, 3]), row(2, [8, 40, 50, 3])];
    for (const [name, expected] of [
      ['min', [10, 20, 8, 3, 50, 3]],
      ['mean', [10, 20, 19, 22, 50, 3]],
    ] as const) {
      const { path } = await write(oracle, `given-${name}`, specs, { pixelFunction: { name }, nodata: [255] });
      assert.deepEqual(await oracle.newest.values(path, 1), expected);
    }
  });

  it('takes NaN for nodata', async (t) => {
    const oracle = newest(t);
    if (oracle === null) return;
    const float = { dataType: 'Float32', nodata: 'nan' } as const;
    const specs = [row(0, [10, 'nan', 30, 'nan'], float), row(2, [8, 40, 50, 'nan'], float)];
    for (const [name, expected] of [
      ['min', [10, 'nan', 8, 40, 50, 'nan']],
      ['max', [10, 'nan', 30, 40, 50, 'nan']],
      ['mean', [10, 'nan', 19, 40, 50, 'nan']],
      ['median', [10, 'nan', 19, 40, 50, 'nan']],
    ] as const) {
      const { path } = await write(oracle, `nan-${name}`, specs, { pixelFunction: { name } });
      assert.deepEqual(await oracle.newest.values(path, 1), expected, name);
    }
  });

  it('makes NaN of NaN that is no nodata in a mean, and leaves it out of the others', async (t) => {
    const oracle = newest(t);
    if (oracle === null) return;
    const float = { dataType: 'Float64', nodata: -9999 } as const;
    const specs = [row(0, [5, 'nan'], float), row(0, ['nan', 7], float), row(0, [3, 3], float)];
    for (const [name, expected] of [
      ['min', [3, 3]],
      ['max', [5, 7]],
      ['mean', ['nan', 'nan']],
      ['median', [4, 5]],
    ] as const) {
      const { path } = await write(oracle, `stray-nan-${name}`, specs, { pixelFunction: { name } });
      assert.deepEqual(await oracle.newest.values(path, 1), expected, name);
    }
  });

  it('needs no nodata value where all sources have all pixels, and rounds the mean of integers', async (t) => {
    const oracle = newest(t);
    if (oracle === null) return;
    const specs = [row(0, [0, 10, 255]), row(0, [0, 11, 0]), row(0, [255, 90, 3])];
    for (const [name, expected] of [
      ['min', [0, 10, 0]],
      ['max', [255, 90, 255]],
      ['mean', [85, 37, 86]],
      ['median', [0, 11, 3]],
    ] as const) {
      const { path } = await write(oracle, `whole-${name}`, specs, { pixelFunction: { name } });
      assert.deepEqual(await oracle.newest.values(path, 1), expected, name);
      assert.deepEqual(await oracle.newest.values(path, 1, { window: [1, 0, 1, 1] }), [expected[1]]);
    }
  });

  it('takes 64-bit integers where all sources have all pixels, and no nodata value of theirs', async (t) => {
    const oracle = newest(t);
    if (oracle === null) return;
    for (const dataType of ['Int64', 'UInt64'] as const) {
      const whole = [row(0, ['3', '10'], { dataType }), row(0, ['9', '2'], { dataType })];
      const { path } = await write(oracle, `whole-${dataType}`, whole, { pixelFunction: { name: 'min' } });
      assert.deepEqual((await oracle.newest.values(path, 1)).map(Number), [3, 2]);

      const file = await oracle.raster(`nodata-${dataType}`, row(0, ['3', '10'], { dataType, nodata: '3' }));
      const sources: VrtSourceInput[] = (await oracle.profiles([file])).map((profile) => ({ label: file, profile }));
      const { plan, problems } = planMosaic(sources, { resolutionStrategy: 'finest', pixelFunction: { name: 'min' } });
      assert.equal(plan, null);
      assert.match(
        problems[0]?.message ?? '',
        /^The pixel function min does not see the nodata value of band 1, which/,
      );
      // Should this ever fail, GDAL has learned it, and the rule can be relaxed for that version.
      const asGdalbuildvrt = planMosaic([...sources, ...sources], {
        mode: 'compatible',
        resolutionStrategy: 'finest',
        pixelFunction: { name: 'mean' },
      });
      assert.ok(asGdalbuildvrt.plan);
      const written = await oracle.write(asGdalbuildvrt.plan, [file, file]);
      assert.deepEqual((await oracle.newest.values(written, 1)).map(Number), [0, 10]);
    }
  });

  it('leaves out masked pixels, and the mask of the mosaic is that of any source', async (t) => {
    const oracle = newest(t);
    if (oracle === null) return;
    const specs = [0, 3].map((x, index): RasterSpec => ({
      ...row(
        x,
        Array.from({ length: 16 }, (_, at) => 1 + ((7 * at + 5 * index) % 13)),
      ),
      mask: 'internal',
      seed: 5 + index,
    }));
    const { path } = await write(oracle, 'masked', specs, { pixelFunction: { name: 'max' }, nodata: [0] });
    const [a, b] = await Promise.all(specs.map((_, index) => valid(oracle, `${oracle.folder}/masked-${index}.tif`)));
    const expected = Array.from({ length: 19 }, (_, at) => Math.max(a?.[at] ?? 0, b?.[at - 3] ?? 0));
    assert.deepEqual(await oracle.newest.values(path, 1), expected);
    assert.ok(expected.includes(0));
    const mask = expected.map((value) => (value === 0 ? 0 : 255));
    assert.deepEqual(await oracle.newest.values(path, 1, { mask: true }), mask);
  });

  it('averages colours where alpha is, and paints alpha', async (t) => {
    const oracle = newest(t);
    if (oracle === null) return;
    const greyAndAlpha = (x: number, grey: readonly number[], alpha: readonly number[]): RasterSpec => ({
      ...row(x, grey),
      bands: [
        { dataType: 'Byte', colorInterp: 'Gray', values: grey },
        { dataType: 'Byte', colorInterp: 'Alpha', values: alpha },
      ],
    });
    const specs = [
      greyAndAlpha(0, [10, 20, 30, 40], [255, 255, 0, 0]),
      greyAndAlpha(1, [40, 50, 60, 70], [255, 128, 0, 255]),
    ];
    const { path } = await write(oracle, 'alpha', specs, { pixelFunction: { name: 'mean' }, nodata: [0] });
    assert.deepEqual(await oracle.newest.values(path, 1), [10, 30, 50, 0, 70]);
    assert.deepEqual(await oracle.newest.values(path, 2), [255, 255, 128, 0, 255]);
  });

  it('reads `first` and `last` alike in any GDAL, and says clearly that it is too old for the others', async (t) => {
    if (oracle === null) {
      t.skip(GDAL_IS_ABSENT);
      return;
    }
    const specs = [row(0, A, { nodata: 3 }), row(2, B, { nodata: 3 }), row(7, C, { nodata: 3 })];
    for (const name of ['first', 'last']) {
      const { path, plan } = await write(oracle, `any-${name}`, specs, { pixelFunction: { name } });
      assert.equal(plan.requiresGdal, null);
      for (const gdal of [oracle.newest, oracle.system]) assert.deepEqual(await gdal.values(path, 1), EXPECTED[name]);
    }
    for (const name of ['min', 'max', 'mean', 'median']) {
      const { path, plan } = await write(oracle, `old-${name}`, specs, { pixelFunction: { name } });
      if (isKnownTo(oracle.system.version, plan.requiresGdal ?? '')) {
        assert.deepEqual(await oracle.system.values(path, 1), EXPECTED[name]);
      } else {
        await assert.rejects(oracle.system.values(path, 1), new RegExp(`pixel function '${name}' not registered`));
      }
    }
  });
});

/** Values of a file's pixels, 0 where they are masked. */
async function valid(oracle: Oracle, path: string): Promise<number[]> {
  const [values, mask] = [await oracle.newest.values(path, 1), await oracle.newest.values(path, 1, { mask: true })];
  return values.map((value, at) => (mask[at] === 0 ? 0 : Number(value)));
}

function isKnownTo(version: string, required: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [, least = 0] = required.split('.').map(Number);
  return major > 3 || (major === 3 && minor >= least);
}
