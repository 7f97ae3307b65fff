import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RENDER_PARAMETERS, type RenderOptions, type RenderQuery, parseRenderOptions } from '@inlay/tiler';

function options(query: RenderQuery): RenderOptions {
  const parsed = parseRenderOptions(query);
  assert.equal(parsed.problems, null, JSON.stringify(parsed.problems));
  return parsed.options;
}

/** `parameter: message` of each problem. */
function problems(query: RenderQuery): string[] {
  return (parseRenderOptions(query).problems ?? []).map(({ loc, msg }) => `${loc.join('.')}: ${msg}`);
}

describe('render parameters', () => {
  it('say nothing where nothing is asked for', () => {
    assert.deepEqual(options({}), {});
    assert.deepEqual(options({ bidx: undefined, rescale: [] }), {});
  });

  it('are read as rio-tiler users write them', () => {
    assert.deepEqual(options({ bidx: ['4', '3', '2'] }), { bands: [4, 3, 2] });
    assert.deepEqual(options({ bidx: '4,3,2' }), { bands: [4, 3, 2] });
    assert.deepEqual(options({ rescale: '0,3000' }).rescale, [{ kind: 'range', lo: 0, hi: 3000 }]);
    assert.deepEqual(options({ rescale: ['0,1', '0,2', '-1e3,.5'] }).rescale, [
      { kind: 'range', lo: 0, hi: 1 },
      { kind: 'range', lo: 0, hi: 2 },
      { kind: 'range', lo: -1000, hi: 0.5 },
    ]);
    assert.deepEqual(options({ rescale: '0,1,0,2,0,3' }).rescale?.length, 3);
    assert.deepEqual(options({ colormap_name: 'RdYlGn_r' }).colors, { kind: 'named', name: 'rdylgn_r' });
    assert.equal(options({ resampling: 'cubic' }).resampling, 'cubic');
    assert.equal(options({ nodata: '-9999' }).nodata, -9999);
    assert.equal(options({ nodata: 'NaN' }).nodata, NaN);
    assert.deepEqual(options({ expression: '(b4-b3)/(b4+b3)' }).expression?.bands, [3, 4]);
    assert.deepEqual(options({ color_formula: 'gamma RGB 1.5, saturation 1.1' }).colorFormula?.length, 2);
  });

  it('stretch by statistics', () => {
    assert.deepEqual(options({ rescale: 'minmax' }).rescale, [{ kind: 'minmax' }]);
    assert.deepEqual(options({ rescale: 'p2,p98' }).rescale, [{ kind: 'percentiles', low: 2, high: 98 }]);
    assert.deepEqual(options({ rescale: 'stddev' }).rescale, [{ kind: 'stddev', factor: 2 }]);
    assert.deepEqual(options({ rescale: 'stddev,2.5' }).rescale, [{ kind: 'stddev', factor: 2.5 }]);
  });

  it('take colours for values and intervals in JSON', () => {
    assert.deepEqual(options({ colormap: '{"1": "#f00", "2": [0, 255, 0, 128], "-3.5": "#0000ff80"}' }).colors, {
      kind: 'classes',
      classes: {
        kind: 'values',
        entries: [
          { value: 1, color: [255, 0, 0, 255] },
          { value: 2, color: [0, 255, 0, 128] },
          { value: -3.5, color: [0, 0, 255, 128] },
        ],
      },
    });
    assert.deepEqual(options({ colormap: '[[[0, 10], "#ff0000"], [[10, 20.5], [1, 2, 3]]]' }).colors, {
      kind: 'classes',
      classes: {
        kind: 'intervals',
        entries: [
          { from: 0, to: 10, color: [255, 0, 0, 255] },
          { from: 10, to: 20.5, color: [1, 2, 3, 255] },
        ],
      },
    });
  });

  it('take algorithms with their parameters, and have defaults for these', () => {
    const light = { kind: 'hillshade', azimuth: 315, altitude: 45, zFactor: 1 };
    assert.deepEqual(options({ algorithm: 'hillshade' }).algorithm, light);
    const params = '{"azimuth": 45, "z_exaggeration": 2}';
    assert.deepEqual(options({ algorithm: 'Hillshade', algorithm_params: params }).algorithm, {
      ...light,
      azimuth: 45,
      zFactor: 2,
    });
    assert.deepEqual(options({ algorithm: 'terrainrgb' }).algorithm, {
      kind: 'terrainrgb',
      base: -10_000,
      interval: 0.1,
    });
    assert.deepEqual(options({ algorithm: 'terrarium' }).algorithm, { kind: 'terrarium' });
    assert.deepEqual(options({ algorithm: 'slope' }).algorithm, { kind: 'slope', zFactor: 1 });
    assert.deepEqual(options({ algorithm: 'contours' }).algorithm, {
      kind: 'contours',
      increment: 50,
      minimum: -12_000,
      maximum: 9000,
    });
  });

  it('are all looked at, and every fault is told at once', () => {
    const found = problems({
      bidx: ['0', 'x'],
      rescale: '5',
      colormap_name: 'rainbows',
      resampling: 'lanczos',
      nodata: 'none',
      expression: 'b1 +',
      color_formula: 'blur 1',
      algorithm: 'fog',
      buffer: '2',
    });
    assert.deepEqual(found.map((text) => text.split(':')[0]).sort(), [
      'algorithm',
      'bidx.0',
      'buffer',
      'color_formula',
      'colormap_name',
      'expression',
      'nodata',
      'resampling',
      'rescale.0',
    ]);
  });

  it('say what would be right', () => {
    assert.deepEqual(problems({ bidx: '1,2' }), ['bidx: one band is shown, or three as red, green and blue; not 2']);
    assert.deepEqual(problems({ rescale: '3,3' }), ['rescale.0: both ends are 3']);
    assert.deepEqual(problems({ rescale: 'p98,p2' }), ['rescale.0: the first percentile must be less than the second']);
    assert.deepEqual(problems({ rescale: ['0,1', '0,1'] }), [
      'rescale: is given for all channels, or for each of three; not 2 times',
    ]);
    assert.match(problems({ rescale: '0x10,0x20' })[0]!, /must be two numbers/);
    assert.deepEqual(problems({ resampling: 'lanczos' }), [
      'resampling: must be one of nearest, bilinear, cubic, average, mode',
    ]);
    assert.deepEqual(problems({ expression: 'b1 + $' }), ['expression: "$" means nothing here (at character 6)']);
    assert.deepEqual(problems({ nodata: ['1', '2'] }), ['nodata: is given 2 times; once is enough']);
    assert.deepEqual(problems({ bidx: '1', expression: 'b1' }), [
      'expression: cannot be combined with bidx: name the bands in the expression',
    ]);
    assert.deepEqual(problems({ colormap_name: 'gray', colormap: '{"1":"#fff"}' }), [
      'colormap: cannot be combined with colormap_name',
    ]);
    assert.deepEqual(problems({ algorithm_params: '{}' }), [
      'algorithm_params: there is no algorithm that these are for; give algorithm as well',
    ]);
    assert.deepEqual(problems({ algorithm: 'slope', algorithm_params: '{"azimuth": 1, "z_exaggeration": "2"}' }), [
      'algorithm_params.azimuth: slope has no such parameter; it has z_exaggeration',
      'algorithm_params.z_exaggeration: must be a number from 0.000001 to 1000000',
    ]);
    assert.match(problems({ colormap: '{"1": "red"}' })[0]!, /1 has no colour: write "#rrggbb"/);
    assert.match(problems({ colormap: '[[[5, 1], "#fff"]]' })[0]!, /item 0 is no interval/);
    assert.match(problems({ colormap: 'null' })[0]!, /must be a JSON object/);
    assert.match(problems({ colormap: '{' })[0]!, /is not JSON/);
  });

  it('bound what can be sent', () => {
    const entries = Object.fromEntries(Array.from({ length: 1025 }, (_, i) => [i, '#000']));
    assert.match(problems({ colormap: JSON.stringify(entries) })[0]!, /takes 1 to 1024 values, not 1025/);
    assert.match(problems({ expression: 'b1+'.repeat(20_000) })[0]!, /at most 16 values of 32768 characters/);
    assert.match(problems({ bidx: Array.from({ length: 17 }, () => '1') })[0]!, /at most 16 values/);
    const [problem] = parseRenderOptions({ colormap_name: 'x'.repeat(5000) }).problems!;
    assert.equal((problem!.input as string).length, 203);
  });

  it('never throw, whatever they hold', () => {
    const words = fc.constantFrom(
      '1',
      'b1',
      '0,1',
      '{',
      '[]',
      '[[1,2],"#fff"]',
      'hillshade',
      'gamma rgb 2',
      '__proto__',
      'constructor',
      'nan',
      '',
    );
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom(...RENDER_PARAMETERS, '__proto__', 'toString'),
          fc.oneof(words, fc.string(), fc.array(words)),
        ),
        (query) => {
          const parsed = parseRenderOptions(query);
          assert.ok(parsed.problems === null || parsed.problems.length > 0);
          JSON.stringify(parsed.problems);
        },
      ),
      { numRuns: 500, seed: 3 },
    );
  });
});
