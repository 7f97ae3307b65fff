import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BandProfile, ColorInterp } from '@inlay/geo';
import {
  planBandStack,
  planMosaic,
  type PlanOptions,
  type PlanResult,
  type Problem,
  type VrtSourceInput,
} from '@inlay/vrt';
import { band, layout, northUp, source } from './profiles.ts';

/** A source whose bands are told apart by their block widths: 1 for the first, 2 for the second, ... */
function withBands(label: string, bands: readonly Partial<BandProfile>[], x = 0): VrtSourceInput {
  const profiles = bands.map((particulars, bandOffset) => band({ blockWidth: bandOffset + 1, ...particulars }));
  return source(label, { affine: northUp(x, 0, 10), layout: layout(profiles) });
}

const colored = (...colors: readonly ColorInterp[]): Partial<BandProfile>[] =>
  colors.map((colorInterp) => ({ colorInterp }));

const described = (...texts: readonly (string | null)[]): Partial<BandProfile>[] =>
  texts.map((description) => ({ description, colorInterp: 'Undefined' }));

/** By output band: the band that is read of each source. */
function bandsRead({ plan, problems }: PlanResult): unknown {
  assert.deepEqual(problems, []);
  return plan?.bands.map(({ reads }) => reads.map(({ sourceBand }) => sourceBand));
}

const mosaic = (sources: readonly VrtSourceInput[], bands: PlanOptions['bands'], options: Partial<PlanOptions> = {}) =>
  planMosaic(sources, { resolutionStrategy: 'finest', ...(bands === undefined ? {} : { bands }), ...options });

/** The one problem of a source beside what is no problem. */
function problemOf(sources: readonly VrtSourceInput[], bands: PlanOptions['bands']): Problem {
  const { plan, problems } = mosaic(sources, bands);
  assert.equal(plan, null);
  assert.equal(problems.length, 1, JSON.stringify(problems));
  return problems[0] as Problem;
}

describe('a band is found by its name', () => {
  const common = (name: string, key = 'eo:common_name'): Partial<BandProfile> => ({
    metadata: { [key]: name },
    colorInterp: 'Undefined',
  });
  const WAYS: readonly (readonly [
    how: string,
    bands: readonly Partial<BandProfile>[],
    name: string,
    number: number,
  ])[] = [
    ['its description', described('B04', 'B08'), 'B08', 2],
    ['its description in another case', described('B04', 'B08'), 'b08', 2],
    ['its description in the very case, where two differ in case alone', described('B8A', 'b8a'), 'b8a', 2],
    ['the common name in its metadata', [common('red'), common('nir08')], 'nir08', 2],
    ['the common name under the key that bands have in older items', [common('red'), common('SWIR16', 'common_name')], 'swir16', 2], // prettier-ignore
    ['its colour interpretation', colored('Red', 'Green', 'Blue', 'NIR'), 'nir', 4],
    ['its colour interpretation of two words', colored('Coastal', 'RedEdge'), 'rededge', 2],
    ['its description rather than its colour', [{ colorInterp: 'Red' }, { description: 'red' }], 'red', 2],
    ['its common name rather than its colour', [{ colorInterp: 'Red' }, common('red')], 'red', 2],
    ['the alpha that it is', colored('Gray', 'Alpha'), 'alpha', 2],
  ];
  for (const [how, bands, name, number] of WAYS) {
    it(`by ${how}`, () => {
      assert.deepEqual(bandsRead(mosaic([withBands('a', bands)], [name])), [[number]]);
    });
  }

  it('in each file by itself, so that files with other orders make one mosaic', () => {
    const rgb = withBands('rgb', colored('Red', 'Green', 'Blue'));
    const bgr = withBands('bgr', colored('Blue', 'Green', 'Red', 'NIR'), 40);
    const result = mosaic([rgb, bgr], ['red', 'green', 'blue']);
    assert.deepEqual(bandsRead(result), [
      [1, 3],
      [2, 2],
      [3, 1],
    ]);
    assert.deepEqual(
      result.plan?.bands.map(({ colorInterp }) => colorInterp),
      ['Red', 'Green', 'Blue'],
    );
  });

  it('beside numbers, in any order and more than once', () => {
    const sources = [withBands('a', colored('Red', 'Green', 'Blue'))];
    assert.deepEqual(bandsRead(mosaic(sources, ['blue', 1, 'blue'])), [[3], [1], [3]]);
  });

  it('with what that band is in each file: type, nodata and block size', () => {
    const a = withBands('a', [{ description: 'depth', dataType: 'Int16', nodata: -1 }, { description: 'mask' }]);
    const b = withBands('b', [{ description: 'mask' }, { description: 'depth', dataType: 'Int16', nodata: -2 }], 40);
    const { plan } = mosaic([a, b], ['depth']);
    assert.equal(plan?.bands[0]?.dataType, 'Int16');
    assert.deepEqual(
      plan?.bands[0]?.reads.map(({ nodata, blockWidth }) => [nodata, blockWidth]),
      [
        [-1, 1],
        [-2, 2],
      ],
    );
  });
});

describe('a name that does not tell which band is meant', () => {
  const S2 = withBands('s2.tif', [...described('B02', null), { colorInterp: 'Red', description: 'B04' }]);

  it('is a problem of each source that says what there is', () => {
    const other = withBands('other.tif', colored('NIR', 'Red', 'Gray'), 40);
    const { plan, problems } = mosaic([S2, other], ['red', 'nir08', 'B02']);
    assert.equal(plan, null);
    assert.deepEqual(problems, [
      {
        index: 0,
        type: 'band_not_found',
        field: 'bands',
        message: 'Source "s2.tif" has no band "nir08": its bands are 1 "B02", 2, 3 "B04" (Red)',
        expected: '"nir08"',
        actual: '1 "B02", 2, 3 "B04" (Red)',
        fix: 'say which of its bands is meant by number, name its bands (gdal_edit.py -d, or -colorinterp_N), or leave this source out',
      },
      {
        index: 1,
        type: 'band_not_found',
        field: 'bands',
        message: 'Source "other.tif" has no bands "nir08", "B02": its bands are 1 (NIR), 2 (Red), 3 (Gray)',
        expected: '"nir08", "B02"',
        actual: '1 (NIR), 2 (Red), 3 (Gray)',
        fix: 'say which of its bands are meant by number, name its bands (gdal_edit.py -d, or -colorinterp_N), or leave this source out',
      },
    ]);
  });

  it('is not taken for a narrower or a wider range of wavelengths', () => {
    assert.equal(problemOf([withBands('a', colored('NIR', 'SWIR'))], ['nir08']).type, 'band_not_found');
    assert.equal(problemOf([withBands('a', colored('NIR', 'SWIR'))], ['swir16']).type, 'band_not_found');
  });

  it('is a problem where several bands go by it', () => {
    const { message, expected, type } = problemOf([withBands('a', colored('SWIR', 'Red', 'SWIR'))], ['swir']);
    assert.equal(type, 'band_not_found');
    assert.equal(message, 'Source "a" has 2 bands that go by "swir": 1 (SWIR), 3 (SWIR)');
    assert.equal(expected, 'one band "swir"');
  });

  it('is a problem where two descriptions differ from it in case alone', () => {
    const { message } = problemOf([withBands('a', described('NDVI', 'ndvi'))], ['Ndvi']);
    assert.equal(message, 'Source "a" has 2 bands that go by "Ndvi": 1 "NDVI", 2 "ndvi"');
  });

  it('cannot mean an undefined colour, or an alpha band that is used up', () => {
    assert.equal(problemOf([withBands('a', colored('Undefined'))], ['undefined']).type, 'band_not_found');
    const { problems } = mosaic([withBands('a', colored('Gray', 'Alpha'))], ['alpha'], { addAlpha: true });
    assert.deepEqual(problems.map(({ type, actual }) => [type, actual]), [['band_not_found', '1 (Gray)']]); // prettier-ignore
  });

  it('is told in a message of bounded length, whatever files and requests hold', () => {
    const bands = described(...Array.from({ length: 3000 }, () => 'x'.repeat(5000)));
    const { message, actual } = problemOf([withBands('a', bands)], ['y'.repeat(5000)]);
    assert.ok(message.length < 1000, `${message.length}`);
    assert.match(actual ?? '', /^1 "x{40}\.\.\.", .* and 2984 more$/);
  });

  it('leaves numbers as they were: a band that is not there is a matter of the count', () => {
    const { type, message } = problemOf([withBands('a', colored('Gray'))], [2]);
    assert.equal(type, 'band_count_mismatch');
    assert.equal(message, 'Source "a" has 1 band, and band 2 is asked for');
  });

  it('is told beside missing numbers, and nothing is compared pair by pair', () => {
    const a = withBands('a', [{ dataType: 'Byte' }, { dataType: 'Int16', description: 'depth' }]);
    const b = withBands('b', [{ dataType: 'Int16' }], 40);
    const { problems } = mosaic([a, b], ['depth', 2]);
    assert.deepEqual(
      problems.map(({ index, type }) => [index, type]),
      [
        [1, 'band_not_found'],
        [1, 'band_count_mismatch'],
      ],
    );
  });
});

describe('a band stack of selected bands', () => {
  it('has all bands of the first source, then all of the second', () => {
    const first = withBands('first', colored('Red', 'Green', 'NIR'));
    const second = withBands('second', colored('NIR', 'Red'));
    const { plan, problems } = planBandStack([first, second], { resolutionStrategy: 'finest', bands: ['nir', 'red'] });
    assert.deepEqual(problems, []);
    assert.deepEqual(
      plan?.bands.map(({ firstPlacement, reads: [read] }) => [
        plan.placements.sourceIndex[firstPlacement],
        read?.sourceBand,
      ]),
      [
        [0, 3],
        [0, 1],
        [1, 1],
        [1, 2],
      ],
    );
  });

  it('tells a name that is not there once, and compares nothing with its neighbour', () => {
    const first = withBands('first', [{ description: 'a', dataType: 'Int16' }, { description: 'b' }]);
    const second = withBands('second', [{ description: 'b' }]);
    const { problems } = planBandStack([first, second], { resolutionStrategy: 'finest', bands: ['a', 'b'] });
    assert.deepEqual(
      problems.map(({ index, type }) => [index, type]),
      [[1, 'band_not_found']],
    );
  });
});
