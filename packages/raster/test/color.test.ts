import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { COLOR_MAP_NAMES, applyColorOperations, colorByClass, colorMapByName, parseColorFormula } from '@inlay/raster';

/** Red, green and blue of one entry of a colour map. */
function entry(name: string, index: number): number[] {
  return [...colorMapByName(name)!.subarray(4 * index, 4 * index + 3)];
}

/** One pixel through a formula. */
function correct(formula: string, pixel: readonly number[]): number[] {
  const operations = parseColorFormula(formula);
  assert.ok(typeof operations !== 'string');
  return applyColorOperations(
    pixel.map((value) => [value]),
    operations,
  ).map((plane) => plane[0]!);
}

/** Why a formula is none. */
function problem(formula: string): string {
  const parsed = parseColorFormula(formula);
  assert.ok(typeof parsed === 'string');
  return parsed;
}

describe('colour maps', () => {
  it("are matplotlib's", () => {
    // python3 -c "from matplotlib import colormaps; print(colormaps['viridis'](128, bytes=True))" and so on, 3.6.3.
    assert.deepEqual(entry('viridis', 0), [68, 1, 84]);
    assert.deepEqual(entry('viridis', 128), [32, 144, 140]);
    assert.deepEqual(entry('viridis', 255), [253, 231, 36]);
    assert.deepEqual(entry('terrain', 0), [51, 51, 153]);
    assert.deepEqual(entry('RdYlGn', 128), [254, 254, 189]);
    assert.deepEqual(entry('tab10', 255), [23, 190, 207]);
    assert.equal(COLOR_MAP_NAMES.length, 83);
    for (const name of ['viridis', 'plasma', 'magma', 'inferno', 'cividis', 'turbo', 'terrain', 'gray', 'Spectral']) {
      assert.ok(COLOR_MAP_NAMES.includes(name), name);
    }
  });

  it('are found whatever the case, and reversed', () => {
    assert.deepEqual(entry('rdylgn', 7), entry('RdYlGn', 7));
    assert.deepEqual(entry('VIRIDIS_R', 0), entry('viridis', 255));
    assert.equal(colorMapByName('viridis_r_r'), null);
    assert.equal(colorMapByName('__proto__'), null);
    for (const name of COLOR_MAP_NAMES) assert.equal(colorMapByName(`${name}_r`)?.length, 1024, name);
  });
});

describe('colour classes', () => {
  it('colour single values and nothing else', () => {
    const classes = {
      kind: 'values',
      entries: [
        { value: 1, color: [9, 8, 7, 255] },
        { value: 2, color: [1, 2, 3, 100] },
        { value: 3, color: [1, 2, 3, 0] },
      ],
    } as const;
    const colors = colorByClass(Float32Array.of(1, 2, 2.5, 1, 3), Uint8Array.of(1, 1, 1, 0, 1), classes);
    assert.deepEqual([...colors], [9, 8, 7, 255, 1, 2, 3, 100, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('colour intervals from their lower end to before their upper one, the first that holds a value', () => {
    const [red, blue] = [[255, 0, 0, 255] as const, [0, 0, 255, 255] as const];
    const classes = {
      kind: 'intervals',
      entries: [
        { from: 0, to: 10, color: red },
        { from: 5, to: 20, color: blue },
        { from: -5, to: -1, color: blue },
      ],
    } as const;
    const values = Float64Array.of(-6, -5, -1, 0, 5, 9.99, 10, 19.9, 20);
    const colors = colorByClass(values, new Uint8Array(9).fill(1), classes);
    const names = Array.from({ length: 9 }, (_, i) =>
      colors[4 * i + 3] === 0 ? '-' : colors[4 * i] === 255 ? 'r' : 'b',
    );
    assert.equal(names.join(''), '-b-rrrbb-');
  });
});

describe('a colour formula', () => {
  it('brightens with a gamma above 1, the channels that are named', () => {
    // 255 * (64 / 255) ** (1 / 2)
    assert.deepEqual(correct('gamma r 2', [64, 64, 64]), [128, 64, 64]);
    assert.deepEqual(correct('Gamma RGB 0.5', [64, 128, 255]), [16, 64, 255]);
  });

  it('adds contrast around a bias, and takes it away', () => {
    // rio-color: (1 / (1 + exp(5 * (0.4 - x))) - 1 / (1 + exp(2))) / (1 / (1 + exp(-3)) - 1 / (1 + exp(2))) at 100 / 255.
    assert.deepEqual(correct('sigmoidal rgb 5 0.4', [100, 0, 255]), [114, 0, 255]);
    const there = correct('sigmoidal rgb 3 0.5', [40, 128, 220]);
    for (const [i, value] of correct('sigmoidal rgb -3 0.5', there).entries()) {
      assert.ok(Math.abs(value - [40, 128, 220][i]!) <= 1);
    }
  });

  it('changes chroma and keeps lightness: red without any is the gray of L* 53', () => {
    assert.deepEqual(correct('saturation 0', [255, 0, 0]), [127, 127, 127]);
    assert.deepEqual(correct('saturation 1', [200, 30, 90]), [200, 30, 90]);
    const [r, g, b] = correct('saturation 2', [120, 110, 100]);
    assert.ok(r! > 120 && b! < 100 && Math.abs(g! - 109) < 3);
  });

  it('is applied in order, also to gray', () => {
    assert.deepEqual(correct('saturation 0 gamma r 2', [255, 0, 0]), [180, 127, 127]);
    assert.deepEqual(correct('gamma r 2 saturation 3', [64]), [128]);
  });

  it('says what is wrong', () => {
    assert.match(problem(''), /empty/);
    assert.match(problem('blur 3'), /"blur" is no operation/);
    assert.match(problem('gamma 1.5'), /takes channels of "rgb" first, not "1.5"/);
    assert.match(problem('gamma rgb'), /takes a number from 0.01 to 100, not nothing/);
    assert.match(problem('gamma rgb 0'), /not "0"/);
    assert.match(problem('sigmoidal rgb 3 1.5'), /bias takes a number from 0 to 1/);
    assert.match(problem('saturation 1 '.repeat(17)), /more than 16/);
  });
});
