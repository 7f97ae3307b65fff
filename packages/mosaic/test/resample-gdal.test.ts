import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DataType } from '@inlay/geo';
import type { MosaicRequest } from '@inlay/mosaic';
import type { Resampling, Samples } from '@inlay/raster';
import { Dice, type RasterSpec } from '@inlay/testing';
import { type MosaicOracle, read, shareOracle, type TestMosaic } from './oracle.ts';

const needOracle = shareOracle();

/** Among the values of random pixels. */
const NODATA = 7;

const KERNELS = ['bilinear', 'cubic', 'average', 'mode'] as const;

/** A raster at whole pixels of one grid. */
function at(col: number, row: number, spec: Omit<RasterSpec, 'geoTransform' | 'crs'>): RasterSpec {
  return { ...spec, geoTransform: [500_000 + 10 * col, 10, 0, 4_000_000 - 10 * row, 0, -10], crs: 'EPSG:32633' };
}

async function mosaicOf(gdal: MosaicOracle, sources: readonly RasterSpec[]): Promise<TestMosaic> {
  const mosaic = await gdal.mosaic({ kind: 'mosaic', sources, options: { resolutionStrategy: 'finest' } });
  assert.ok(mosaic);
  return mosaic;
}

/** What GDAL reads of the mosaic once it is written as one raster. */
async function flattened(
  gdal: MosaicOracle,
  { path, plan }: TestMosaic,
  { window, width, height }: MosaicRequest,
  resampling: Resampling,
): Promise<Samples> {
  const { grid, bands } = plan;
  const values = await gdal.gdal.values(path, 1);
  const [{ dataType, nodata }] = bands as [(typeof bands)[number]];
  const own = nodata === null ? {} : { nodata: Number(nodata) };
  const spec = at(0, 0, { width: grid.width, height: grid.height, bands: [{ dataType, values, ...own }] });
  const { path: flat } = await gdal.raster(spec);
  const { colOff, rowOff } = window;
  const [samples] = await gdal.gdal.read(flat, [colOff, rowOff, window.width, window.height], [width, height], [1], {
    resampling,
  });
  return samples!;
}

describe('resampling a mosaic', () => {
  // Measured on GDAL 3.6 and 3.12: a 4x4 ramp in half as many, and the first row of it in twice as many pixels.
  const reduced: Readonly<Record<Resampling, readonly number[]>> = {
    nearest: [50, 70, 130, 150],
    average: [25, 45, 105, 125],
    bilinear: [36, 51, 99, 114],
    cubic: [29, 48, 102, 121],
    mode: [0, 20, 80, 100],
  };
  for (const [resampling, expected] of Object.entries(reduced) as [Resampling, readonly number[]][]) {
    it(`reduces a ramp by ${resampling} to ${expected.join(', ')}`, async (t) => {
      const gdal = needOracle(t);
      if (gdal === null) return;
      const mosaic = await mosaicOf(gdal, [
        at(0, 0, { width: 2, height: 4, bands: [{ dataType: 'Byte', values: pick([0, 1]) }] }),
        at(2, 0, { width: 2, height: 4, bands: [{ dataType: 'Byte', values: pick([2, 3]) }] }),
      ]);
      const window = { colOff: 0, rowOff: 0, width: 4, height: 4 };
      const { raster } = await read(mosaic, { window, width: 2, height: 2, resampling });
      assert.deepEqual([...(raster.bands[0] as Uint8Array)], expected);
    });
  }

  /** Columns of the ramp. */
  function pick(cols: readonly number[]): number[] {
    return [0, 1, 2, 3].flatMap((row) => cols.map((col) => 10 * (4 * row + col)));
  }

  for (const [resampling, expected] of [
    ['bilinear', [0, 3, 8, 13, 18, 23, 28, 30]],
    ['cubic', [0, 0, 4, 9, 14, 19, 25, 27]],
  ] as const) {
    it(`enlarges a ramp by ${resampling} without a seam between its sources`, async (t) => {
      const gdal = needOracle(t);
      if (gdal === null) return;
      const mosaic = await mosaicOf(gdal, [
        at(0, 0, { width: 2, height: 4, bands: [{ dataType: 'Byte', values: pick([0, 1]) }] }),
        at(2, 0, { width: 2, height: 4, bands: [{ dataType: 'Byte', values: pick([2, 3]) }] }),
      ]);
      const window = { colOff: 0, rowOff: 0, width: 4, height: 4 };
      const { raster } = await read(mosaic, { window, width: 8, height: 8, resampling });
      assert.deepEqual([...(raster.bands[0] as Uint8Array).subarray(0, 8)], expected);
    });
  }

  for (const resampling of KERNELS) {
    for (const dataType of ['Byte', 'Int16', 'Float32'] as const satisfies readonly DataType[]) {
      it(`by ${resampling} gives GDAL's pixels of the mosaic as one ${dataType} raster`, async (t) => {
        const gdal = needOracle(t);
        if (gdal === null) return;
        let compared = 0;
        let different = 0;
        for (let seed = 1; seed <= 5; seed += 1) {
          const dice = new Dice(seed);
          const nodata = seed % 2 === 0 ? { nodata: NODATA } : {};
          const band = { dataType, ...nodata };
          const mosaic = await mosaicOf(gdal, [
            at(0, 0, { width: 60, height: 50, bands: [band], seed }),
            at(20, 10, { width: 40, height: 40, bands: [band], seed: seed + 10 }),
            at(0, 30, { width: 33, height: 20, bands: [band], seed: seed + 20 }),
          ]);
          for (let count = 0; count < 4; count += 1) {
            const window = {
              colOff: dice.integer(0, 20),
              rowOff: dice.integer(0, 15),
              width: dice.integer(20, 40),
              height: dice.integer(20, 35),
            };
            const scale = dice.one(0.23, 0.5, 0.71, 1.6, 3);
            const request = {
              window,
              width: Math.round(window.width * scale),
              height: Math.round(window.height * scale),
              resampling,
            };
            const expected = await flattened(gdal, mosaic, request, resampling);
            const { raster, reduction } = await read(mosaic, request);
            assert.equal(reduction, 1);
            const ours = raster.bands[0]!;
            for (let cell = 0; cell < expected.length; cell += 1) {
              const difference = Math.abs(Number(ours[cell]) - Number(expected[cell]));
              compared += 1;
              if (difference === 0) continue;
              different += 1;
              // GDAL sums in floats, and both move a result that would be nodata to the next value, up or down.
              const isMoved = seed % 2 === 0 && Math.abs(Number(ours[cell]) - NODATA) === 1 && difference === 2;
              const tolerance = dataType === 'Float32' ? 1e-4 : 1;
              assert.ok(difference <= tolerance || isMoved, `${ours[cell]} is not ${expected[cell]}`);
            }
          }
          await gdal.closeRasters();
        }
        t.diagnostic(`${different} of ${compared} pixels differ by no more than rounding`);
        assert.ok(compared > 1000);
        assert.ok(dataType === 'Float32' || different < compared / 100, `${different} of ${compared} differ`);
      });
    }
  }

  const colours = (overviews: readonly number[]) => ({
    width: 64,
    height: 64,
    bands: [{ dataType: 'Byte' as const, values: Array.from({ length: 4096 }, (_, index) => index % 251) }],
    overviews,
  });
  const whole = { colOff: 0, rowOff: 0, width: 128, height: 64 };

  for (const [overviews, width, expected] of [
    [
      [
        [2, 4, 8],
        [2, 4, 8],
      ],
      16,
      8,
    ],
    [
      [
        [2, 4, 8],
        [2, 4, 8],
      ],
      20,
      4,
    ],
    [
      [
        [2, 4, 8],
        [2, 4, 8],
      ],
      64,
      2,
    ],
    [
      [
        [2, 4, 8],
        [2, 4, 8],
      ],
      100,
      1,
    ],
    [
      [
        [2, 4, 8],
        [2, 8],
      ],
      20,
      2,
    ],
    [[[2, 4, 8], []], 20, 1],
    [[[3], [3]], 20, 3],
  ] as const) {
    it(`to ${width} of 128 columns starts from 1/${expected} where levels are ${JSON.stringify(overviews)}`, async (t) => {
      const gdal = needOracle(t);
      if (gdal === null) return;
      const mosaic = await mosaicOf(
        gdal,
        overviews.map((levels, index) => at(64 * index, 0, colours(levels))),
      );
      const request = { window: whole, width, height: width / 2, resampling: 'average' } as const;
      const { reduction, isThinned } = await read(mosaic, request);
      assert.equal(reduction, expected);
      assert.equal(isThinned, false);
    });
  }

  it('takes coarser sources as they are', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const coarse = at(64, 0, { ...colours([]), width: 8, height: 8, bands: [{ dataType: 'Byte' }] });
    const mosaic = await mosaicOf(gdal, [
      at(0, 0, colours([2, 4])),
      { ...coarse, geoTransform: [500_640, 80, 0, 4_000_000, 0, -80] },
    ]);
    const { reduction } = await read(mosaic, { window: whole, width: 32, height: 16, resampling: 'average' });
    assert.equal(reduction, 4);
  });

  it('counts gaps for nothing, and says where they are', async (t) => {
    const gdal = needOracle(t);
    if (gdal === null) return;
    const full = { width: 2, height: 2, bands: [{ dataType: 'Byte' as const, values: [100, 100, 100, 100] }] };
    const mosaic = await mosaicOf(gdal, [at(0, 0, full), at(3, 0, full)]);
    const window = { colOff: 0, rowOff: 0, width: 5, height: 2 };
    const { raster } = await read(mosaic, { window, width: 10, height: 2, resampling: 'bilinear' });
    assert.deepEqual(
      [...(raster.bands[0] as Uint8Array).subarray(0, 10)],
      [100, 100, 100, 100, 100, 100, 100, 100, 100, 100],
    );
    const half = await read(mosaic, { window: { ...window, width: 3 }, width: 1, height: 1, resampling: 'average' });
    assert.equal(half.raster.bands[0]![0], 100);
  });
});
