import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RasterLayout } from '@inlay/geo';
import { memoryRasterFiles, openRaster } from '@inlay/geotiff';
import { makeGeoTiff } from '@inlay/testing';
import { deriveMembers, type MosaicMember, readMembers, writeMembers } from '../src/pixels/member-table.ts';

// The sources of a mosaic in shared memory, and how the table of one build becomes that of the next.

const layoutOf = async (bands: number): Promise<RasterLayout> => {
  const bytes = makeGeoTiff({ width: 8, height: 8, bands, origin: [12, 49], resolution: 1 / 8, epsg: 4326 });
  return (await openRaster(memoryRasterFiles('a.tif', new Map([['a.tif', bytes]])))).profile.layout;
};
const ONE_BAND = await layoutOf(1);
const THREE_BANDS = await layoutOf(3);
const FOUR_BANDS = await layoutOf(4);

const member = (name: string, layout: RasterLayout): MosaicMember => ({
  datasetId: `id of ${name}`,
  version: 1,
  name,
  width: 8,
  height: 8,
  layout,
  place: { kind: 'stored', objectKey: `rasters/${name}.tif` },
  isReplaced: false,
});
const A = member('a', ONE_BAND);
const B = member('b — größer', THREE_BANDS);
const C = member('c', ONE_BAND);
const D = member('d', THREE_BANDS);
const E = member('e', FOUR_BANDS);

const membersOf = (table: SharedArrayBuffer): MosaicMember[] => {
  const { count, memberOf } = readMembers(table);
  return Array.from({ length: count }, (_, index) => memberOf(index));
};

describe('a table of members', () => {
  it('gives back what was written, by position', () => {
    const table = writeMembers([A, B, C]);
    assert.deepEqual(membersOf(table), [A, B, C]);
    assert.throws(() => readMembers(table).memberOf(3), { name: 'RangeError', message: 'source 3 of 3' });
  });

  const base = writeMembers([A, B, C]);
  const cases: readonly (readonly [name: string, from: number[], others: MosaicMember[], expected: MosaicMember[]])[] =
    [
      ['one more at the end', [0, 1, 2, -1], [D], [A, B, C, D]],
      ['one more in the middle, of a layout that is new', [0, -1, 1, 2], [E], [A, E, B, C]],
      ['the first one left out', [1, 2], [], [B, C]],
      ['the only one of its layout left out', [0, 2], [], [A, C]],
      ['another order', [2, 0, 1], [], [C, A, B]],
      ['two of another kind around one', [-1, 1, -1], [E, D], [E, B, D]],
      ['nothing changed', [0, 1, 2], [], [A, B, C]],
    ];
  for (const [name, from, others, expected] of cases) {
    it(`is derived from another one: ${name}`, () => {
      assert.deepEqual(membersOf(deriveMembers(base, Int32Array.from(from), others)), expected);
    });
  }

  it('is derived from one that was derived itself', () => {
    const once = deriveMembers(base, Int32Array.of(0, 1, -1), [E]);
    assert.deepEqual(membersOf(deriveMembers(once, Int32Array.of(2, -1, 0), [D])), [E, D, A]);
  });
});
