import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BandProfile, RasterProfile } from '@inlay/geo';
import { parseVrt, planBandStack, planMosaic, planOverviews, type VrtPlan, writeVrt } from '@inlay/vrt';
import { band, layout, northUp, source } from './profiles.ts';

/** A square of sources, 10 m a pixel, that share one layout. */
function square(
  across: number,
  side: number,
  {
    bands = [band()],
    levels = [],
    ...rest
  }: { bands?: BandProfile[]; levels?: number[] } & Partial<RasterProfile> = {},
): VrtPlan {
  const shared = layout(bands, {
    overviews: levels.map((factor) => ({
      width: Math.ceil(side / factor),
      height: Math.ceil(side / factor),
      location: 'internal',
    })),
  });
  const sources = Array.from({ length: across * across }, (_, index) =>
    source(`${index}`, {
      width: side,
      height: side,
      affine: northUp((index % across) * side * 10, -Math.floor(index / across) * side * 10, 10),
      layout: shared,
      ...rest,
    }),
  );
  const { plan, problems } = planMosaic(sources, { resolutionStrategy: 'finest' });
  assert.deepEqual(problems, []);
  return plan!;
}

const factorsOf = (plan: VrtPlan): number[] | null => planOverviews(plan)?.levels.map(({ factor }) => factor) ?? null;

describe('the levels worth rendering', () => {
  it('begin where a window of 512 pixels has more than 32 sources, and end at 256 pixels', () => {
    // A window is 512 * factor pixels: (2,048 + 256)^2 of 25,600^2, 81 of 10,000 sources, but (1,024 + 256)^2 are 25.
    assert.deepEqual(factorsOf(square(100, 256)), [4, 8, 16, 32, 64, 128]);
    // (4,096 + 1,024)^2 of 20,480^2 are 25 of 400, (8,192 + 1,024)^2 are 81.
    assert.deepEqual(factorsOf(square(20, 1024, { levels: [2, 4, 8] })), [16, 32, 64, 128]);
  });

  it('begin where sources lack the level: four times as fine is fine enough', () => {
    assert.deepEqual(factorsOf(square(2, 2048)), [4, 8, 16]);
    assert.deepEqual(factorsOf(square(2, 2048, { levels: [2, 4] })), [16]);
  });

  it('are none of what is small, and none that would be smaller than 128 pixels', () => {
    assert.equal(planOverviews(square(2, 1024)), null);
    assert.equal(planOverviews(square(2, 2048, { levels: [2, 4, 8, 16] })), null);
  });

  it('have sizes that are rounded up, and follow the composed ones that are finer', () => {
    const plan = square(3, 1001, { levels: [2] });
    assert.deepEqual(planOverviews(plan)?.levels, [
      { factor: 8, width: 376, height: 376 },
      { factor: 16, width: 188, height: 188 },
    ]);
    assert.deepEqual(planOverviews(plan)?.composed, [2]);
  });

  it('count the sources of one band: a stack of fifty has one for each', () => {
    const sources = Array.from({ length: 50 }, (_, index) =>
      source(`${index}`, {
        width: 8192,
        height: 8192,
        affine: northUp(0, 0, 10),
        layout: layout([band()], {
          overviews: [2, 4, 8, 16, 32].map((factor) => ({
            width: 8192 / factor,
            height: 8192 / factor,
            location: 'internal',
          })),
        }),
      }),
    );
    const { plan } = planBandStack(sources, { resolutionStrategy: 'finest' });
    assert.equal(planOverviews(plan!), null);
  });
});

describe('what levels are made of', () => {
  const plan = (bands: BandProfile[]) => planOverviews(square(2, 2048, { bands }))!;

  it('is the average, the mode of categories, the nearest of complex numbers', () => {
    assert.equal(plan([band()]).resampling, 'average');
    assert.equal(plan([band({ colorInterp: 'Palette', colorTable: [[0, 0, 0, 255]] })]).resampling, 'mode');
    assert.equal(plan([band({ categories: ['water', 'land'] })]).resampling, 'mode');
    assert.equal(plan([band({ dataType: 'CFloat32' })]).resampling, 'nearest');
  });

  it('is what the output says, and nothing where that is not known', () => {
    const mosaic = square(2, 2048);
    assert.equal(planOverviews({ ...mosaic, resampling: 'bilinear' })?.resampling, 'bilinear');
    assert.equal(planOverviews({ ...mosaic, resampling: 'lanczos' }), null);
  });

  const rgb = (['Red', 'Green', 'Blue'] as const).map((colorInterp) => band({ colorInterp }));
  const rows: readonly (readonly [string, BandProfile[], readonly unknown[]])[] = [
    ['values alone where nodata tells of holes', [band({ nodata: 7, maskFlags: 8 })], [[[1], 7, 'none', false, false]]],
    ['a sample of coverage where nothing does', rgb, [[[1, 2, 3], null, 'coverage', true, false]]],
    ['the alpha band', [...rgb, band({ colorInterp: 'Alpha' })], [[[1, 2, 3, 4], null, 'none', true, true]]],
    [
      'four bands of one type in a file',
      [...rgb, band(), band(), band({ dataType: 'UInt16' })],
      [
        [[1, 2, 3, 4], null, 'coverage', true, false],
        [[5], null, 'coverage', false, false],
        [[6], null, 'coverage', false, false],
      ],
    ],
    ['coverage where nodata cannot be a pixel', [band({ nodata: -9999 })], [[[1], null, 'coverage', false, false]]],
  ];
  for (const [name, bands, files] of rows) {
    it(`is ${name}`, () => {
      assert.deepEqual(
        plan(bands).files.map((file) => [file.bands, file.nodata, file.validity, file.isRgb, file.hasAlpha]),
        files,
      );
    });
  }
});

describe('a VRT with rendered levels', () => {
  it('names all of them in every band, the composed ones as documents', () => {
    const plan = square(3, 1001, { levels: [2] });
    const overviews = planOverviews(plan)!;
    const sourceFile = (index: number) => ({ filename: `${index}.tif`, relativeToVrt: true });
    const text = [...writeVrt(plan, sourceFile, { plan: overviews, fileName: (file) => `levels-${file}.tif` })].join(
      '',
    );
    const [first] = parseVrt(text).bands;
    assert.deepEqual(
      first!.overviews.map(({ sourceFilename, sourceBand }) => [
        sourceFilename?.filename.replace(
          /<VRTDataset rasterXSize="(\d+)" rasterYSize="(\d+)".*/,
          'a document, $1 x $2',
        ),
        sourceBand,
      ]),
      [
        ['a document, 1501 x 1501', 1],
        ['GTIFF_DIR:1:levels-0.tif', 1],
        ['GTIFF_DIR:2:levels-0.tif', 1],
      ],
    );
    // Whoever takes the elements out has to leave a document that is whole.
    assert.equal(text.match(/^ *<Overview>.*<\/Overview>$/gm)?.length, 3);
    assert.deepEqual(parseVrt(text).overviewList?.factors, [2]);
    assert.equal(text.replace(/^ *<Overview>.*\n/gm, ''), [...writeVrt(plan, sourceFile)].join(''));
  });
});
