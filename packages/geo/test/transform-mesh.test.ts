import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  MESH_STRIDE,
  type Point,
  affineMesh,
  apply,
  bboxOfMesh,
  buildMesh,
  meshFootprints,
  meshPositions,
  meshScale,
} from '@inlay/geo';

const UNSCALED = { colScale: 1, colOffset: 0, rowScale: 1, rowOffset: 0 };

/** How many numbers of a mesh's cells there are. */
function cellCount(mesh: { readonly cells: Float64Array }): number {
  return mesh.cells.length / MESH_STRIDE;
}

describe('a mesh', () => {
  it('of an affine transform is one cell and exact', () => {
    const affine = [2, 0.5, 100, -0.25, 3, -40] as const;
    const mesh = affineMesh(affine, 10, 7);
    const { cols, rows } = meshPositions(mesh, UNSCALED);
    for (let row = 0; row < 7; row++) {
      for (let col = 0; col < 10; col++) {
        const [x, y] = apply(affine, col + 0.5, row + 0.5);
        assert.ok(Math.abs(cols[row * 10 + col]! - x) < 1e-12 && Math.abs(rows[row * 10 + col]! - y) < 1e-12);
      }
    }
    assert.deepEqual([cellCount(mesh), mesh.isExact], [1, true]);
    assert.deepEqual(bboxOfMesh(mesh), [100, -42.5, 123.5, -19]);
  });

  it('stays within its tolerance of any smooth transform, at every pixel', () => {
    fc.assert(
      fc.property(
        fc.record({
          bend: fc.double({ min: 0.2, max: 3, noNaN: true }),
          width: fc.integer({ min: 1, max: 90 }),
          height: fc.integer({ min: 1, max: 90 }),
          tolerance: fc.constantFrom(0.125, 0.01, 0.001),
        }),
        ({ bend, width, height, tolerance }) => {
          const transform = (col: number, row: number): Point => [
            3 * col + 8 * Math.sin((bend * (col + row)) / 40),
            2 * row + 5 * Math.cos((bend * (col - 2 * row)) / 50),
          ];
          const mesh = buildMesh(transform, width, height, { tolerance, within: null });
          const { cols, rows } = meshPositions(mesh, UNSCALED);
          for (let at = 0; at < width * height; at++) {
            const [x, y] = transform((at % width) + 0.5, Math.floor(at / width) + 0.5);
            // A pixel is some two and a half units here.
            assert.ok(Math.hypot(cols[at]! - x, rows[at]! - y) <= 2.5 * 2 * tolerance);
          }
        },
      ),
      { numRuns: 60, seed: 7 },
    );
  });

  it('follows a jump pixel by pixel, and has small cells nowhere else', () => {
    const transform = (col: number, row: number): Point => [col < 70.3 ? col : col + 1000, row];
    const mesh = buildMesh(transform, 256, 256, { tolerance: 0.001, within: null });
    const { cols } = meshPositions(mesh, UNSCALED);
    for (let col = 0; col < 256; col++) {
      const expected = transform(col + 0.5, 0.5)[0];
      assert.ok(Math.abs(cols[col]! - expected) < 0.001, `column ${col}: ${cols[col]} is not ${expected}`);
    }
    assert.ok(cellCount(mesh) < 1400, `${cellCount(mesh)} cells`);
  });

  it('has no position where the transform has none', () => {
    const transform = (col: number, row: number): Point | null => (col * col + row * row < 900 ? [col, row] : null);
    const { cols } = meshPositions(buildMesh(transform, 40, 40, { tolerance: 0.01, within: null }), UNSCALED);
    for (let at = 0; at < 1600; at++) {
      const [col, row] = [(at % 40) + 0.5, Math.floor(at / 40) + 0.5];
      assert.equal(Number.isNaN(cols[at]!), col * col + row * row >= 900, `at ${col}, ${row}`);
    }
  });

  it('bends in one direction are cut in that direction alone', () => {
    const mesh = buildMesh((col, row) => [col, Math.exp(row / 40)], 256, 256, { tolerance: 0.0001, within: null });
    const widths = new Set(Array.from({ length: cellCount(mesh) }, (_, i) => mesh.cells[i * MESH_STRIDE + 2]));
    assert.deepEqual([...widths], [64]);
  });

  it('leaves out what lies elsewhere', () => {
    const mesh = buildMesh((col, row) => [10 * col, 10 * row], 256, 256, { tolerance: 0.01, within: [0, 0, 100, 100] });
    assert.equal(cellCount(mesh), 1);
    const { cols } = meshPositions(mesh, UNSCALED);
    assert.ok(cols[9]! > 94 && Number.isNaN(cols[255]!));
    const nothing = buildMesh((col, row) => [10 * col, 10 * row], 256, 256, {
      tolerance: 0.01,
      within: [-999, 0, -900, 9],
    });
    assert.deepEqual([cellCount(nothing), bboxOfMesh(nothing)], [0, null]);
  });

  it('is one cell where that is as good as can be, with the size of what sixteen are', () => {
    const transform = (col: number, row: number): Point => [10 * col + (col * col) / 64, 10 * row + (row * row) / 128];
    const options = { tolerance: 1 / 2048, within: [0, 0, 9999, 9999] } as const;
    const one = buildMesh(transform, 256, 256, { ...options, smooth: 1 / 16_384 });
    const sixteen = buildMesh(transform, 256, 256, options);
    assert.deepEqual([cellCount(one), cellCount(sixteen)], [1, 16]);
    const [positions, expected] = [meshPositions(one, UNSCALED), meshPositions(sixteen, UNSCALED)];
    for (let at = 0; at < 65_536; at++) {
      assert.ok(Math.abs(positions.cols[at]! - expected.cols[at]!) < 1e-6, `column of pixel ${at}`);
      assert.ok(Math.abs(positions.rows[at]! - expected.rows[at]!) < 1e-6, `row of pixel ${at}`);
    }
    const [scale, scaleOfSixteen] = [one, sixteen].map((mesh) => meshScale(mesh, options.within)!);
    assert.ok(Math.abs(scale!.mean - scaleOfSixteen!.mean) < 1e-9, `${scale!.mean} and ${scaleOfSixteen!.mean}`);
  });

  it('is never one cell where a part lies elsewhere, or has no counterpart, or bends in another way', () => {
    const options = { tolerance: 1 / 2048, within: null, smooth: 1 / 16_384 } as const;
    const plain = (col: number, row: number): Point => [col, row];
    assert.equal(cellCount(buildMesh(plain, 256, 256, options)), 1);
    assert.equal(cellCount(buildMesh(plain, 256, 256, { ...options, within: [0, 0, 200, 256] })), 16);
    const cut = buildMesh((col, row) => (col + row > 500 ? null : [col, row]), 256, 256, options);
    assert.ok(cellCount(cut) > 16, `${cellCount(cut)} cells`);
    const bent = buildMesh((col, row) => [col + Math.sin(col / 30), row], 256, 256, options);
    assert.ok(cellCount(bent) >= 16, `${cellCount(bent)} cells`);
  });

  it('asks for few points, and for none twice', () => {
    const asked = new Map<string, number>();
    const transform = (col: number, row: number): Point => {
      asked.set(`${col} ${row}`, (asked.get(`${col} ${row}`) ?? 0) + 1);
      return [col + Math.sin(col / 300), row + Math.cos(row / 300)];
    };
    buildMesh(transform, 256, 256, { tolerance: 1 / 2048, within: null });
    assert.deepEqual([...new Set(asked.values())], [1]);
    assert.equal(asked.size, 17 * 17);
  });

  it('tells how large its pixels are', () => {
    const mesh = affineMesh([3, 0, 0, 0, -2, 0], 64, 64);
    const scale = meshScale(mesh, [0, -200, 200, 0])!;
    assert.deepEqual(
      [scale.col.toFixed(9), scale.row.toFixed(9), scale.mean.toFixed(9)],
      ['3.000000000', '2.000000000', '2.449489743'],
    );
    const { halfCols, halfRows } = meshFootprints(mesh, UNSCALED, { halfCol: 9, halfRow: 9 });
    assert.deepEqual([halfCols[0], halfRows[4095]], [1.5, 1]);
  });
});
