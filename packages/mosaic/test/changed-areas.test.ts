import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { changedAreas } from '@inlay/mosaic';
import { type FlatSource, flatMosaic } from './made-mosaics.ts';

// Sources are known by `sourceId`, which flat mosaics make of their positions: what differs is told by versions and places.

const SIZE = { width: 40, height: 10 };
const at = (colOff: number, value = 1): FlatSource => ({ place: { colOff, rowOff: 0, width: 10, height: 10 }, value });

describe('what changes between two builds', () => {
  const ALL = [at(0), at(10), at(20), at(30)];
  const state = (sources: readonly FlatSource[], versions: readonly number[] = sources.map(() => 1)) => ({
    mosaic: flatMosaic(SIZE, sources).compiled,
    versions,
  });

  it('is nothing where all sources are the same, in the same order', () => {
    assert.deepEqual(changedAreas(state(ALL), state(ALL), [1]), []);
  });

  it('is where a source has another version, once for what it was and once for what it is', () => {
    assert.deepEqual(changedAreas(state(ALL), state(ALL, [1, 1, 2, 1]), [1]), [
      [20, 0, 10, 10],
      [20, 0, 10, 10],
    ]);
  });

  it('is where a source was and where it is, when it moves', () => {
    assert.deepEqual(changedAreas(state(ALL), state([at(0), at(5), at(20), at(30)]), [1]), [
      [10, 0, 10, 10],
      [5, 0, 10, 10],
    ]);
  });

  it('is where a source is added at the end, or taken away from there', () => {
    assert.deepEqual(changedAreas(state(ALL.slice(0, 3)), state(ALL), [1]), [[30, 0, 10, 10]]);
    assert.deepEqual(changedAreas(state(ALL), state(ALL.slice(0, 3)), [1]), [[30, 0, 10, 10]]);
  });

  it('is everything for another grid, other bands, and another way of resampling', () => {
    const wider = { mosaic: flatMosaic({ width: 41, height: 10 }, ALL).compiled, versions: [1, 1, 1, 1] };
    const typed = { mosaic: flatMosaic(SIZE, ALL, { dataType: 'UInt16' }).compiled, versions: [1, 1, 1, 1] };
    const holed = { mosaic: flatMosaic(SIZE, ALL, { band: { nodata: 5 } }).compiled, versions: [1, 1, 1, 1] };
    for (const other of [wider, typed, holed]) assert.equal(changedAreas(state(ALL), other, [1]), null);
  });
});
