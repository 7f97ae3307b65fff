import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { catalogueSearch, listQueryOf } from '../src/catalogue/catalogue-search.ts';
import { chooseImagery } from '../src/catalogue/choose-imagery.ts';
import { nextSelection } from '../src/catalogue/next-selection.ts';
import { parseSearch, stringifySearch } from '../src/search-params.ts';
import { decodeSelection, encodeSelection } from '../src/selection.ts';

describe('the query of a URL', () => {
  it('is plain text that people can read, and comes back as it was', () => {
    const params = { q: 'a&b ü', map: '8.20/48.1/11.5', extent: '1,2,3,4' };
    const text = stringifySearch({ ...params, sel: undefined, type: '' });
    assert.equal(text, '?q=a%26b+%C3%BC&map=8.20/48.1/11.5&extent=1,2,3,4');
    assert.deepEqual(parseSearch(text), params);
    assert.equal(stringifySearch({}), '');
  });

  it('narrows down by what makes sense, and leaves the rest out', () => {
    const search = catalogueSearch({
      q: 'B04',
      type: 'vrt_dataset',
      visibility: 'secret',
      from: '2026-06-01',
      to: '2026-13-01',
      extent: '35, 20,44,29',
      sort: 'random',
    });
    assert.deepEqual(listQueryOf(search, null), {
      q: 'B04',
      record_type: 'vrt_dataset',
      datetime: '2026-06-01T00:00:00Z/..',
      bbox: [35, 20, 44, 29],
    });
  });

  it('means by its days all of both', () => {
    const search = catalogueSearch({ from: '2026-06-01', to: '2026-06-30', sort: 'title' });
    assert.deepEqual(listQueryOf(search, null), {
      datetime: '2026-06-01T00:00:00Z/2026-06-30T23:59:59.999Z',
      sort: 'title',
    });
  });

  it('means by "view" what the map shows, which may go around the world', () => {
    const search = catalogueSearch({ extent: 'view' });
    assert.deepEqual(listQueryOf(search, null), {});
    assert.deepEqual(listQueryOf(search, [170.000001, -10, 190, 10]), { bbox: [170, -10, -170, 10] });
  });
});

describe('a selection in a URL', () => {
  const id = (n: number): string => `0f5e1c2a-9b3d-4e7f-8a6b-${n.toString(16).padStart(12, '0')}`;

  before(() => {
    const kept = new Map<string, string>();
    globalThis.sessionStorage ??= {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    } as Storage;
  });

  it('takes 22 characters an id', () => {
    const ids = [id(1), id(0xffffffffffff), '00000000-0000-0000-0000-000000000000'];
    const text = encodeSelection(ids) ?? '';
    assert.equal(text.length, 66);
    assert.match(text, /^[\w-]+$/);
    assert.deepEqual(decodeSelection(text), ids);
  });

  it('is in the URL up to 200 ids, and beyond that in the tab', () => {
    const many = (count: number): string[] => Array.from({ length: count }, (_, n) => id(n));
    assert.equal(encodeSelection(many(200))?.length, 4400);
    const name = encodeSelection(many(201)) ?? '';
    assert.match(name, /^~[0-9a-f]{8}$/);
    assert.deepEqual(decodeSelection(name), many(201));
  });

  it('is empty where it makes no sense', () => {
    assert.equal(encodeSelection([]), undefined);
    for (const text of [undefined, '', 'short', '~gone', '!'.repeat(22)]) assert.deepEqual(decodeSelection(text), []);
  });
});

describe('a click on the map', () => {
  const cases: [what: string, selected: string[], below: string[], isAdditive: boolean, expected: string[]][] = [
    ['selects the topmost', [], ['a', 'b'], false, ['a']],
    ['goes on to the one below', ['a'], ['a', 'b'], false, ['b']],
    ['begins anew after the last', ['b'], ['a', 'b'], false, ['a']],
    ['takes the only one away', ['a'], ['a'], false, []],
    ['takes the place of several', ['a', 'c'], ['a', 'b'], false, ['a']],
    ['on nothing clears', ['a'], [], false, []],
    ['with a key adds', ['c'], ['a', 'b'], true, ['c', 'a']],
    ['with a key takes away', ['c', 'a'], ['a', 'b'], true, ['c']],
    ['with a key on nothing changes nothing', ['c'], [], true, ['c']],
  ];
  for (const [what, selected, below, isAdditive, expected] of cases) {
    it(what, () => assert.deepEqual(nextSelection(selected, below, isAdditive), expected));
  }
});

describe('the pixels on the map', () => {
  // At zoom 4 a degree is 22.8 pixels.
  const sight = { zoom: 4, lat: 0, lon: 0, bbox: [-20, -20, 20, 20] } as const;
  const at = (id: string, west: number, size: number) => ({ id, box: [west, 0, west + size, size] as const });
  const ids = (selected: string[], ...placed: ReturnType<typeof at>[]): string[] =>
    chooseImagery(placed, sight, new Set(selected)).map(({ id }) => id);

  it('are those of datasets in sight that are large enough, the small ones on top', () => {
    assert.deepEqual(ids([], at('small', 0, 3), at('large', 0, 9), at('tiny', 0, 1), at('away', 40, 9)), [
      'large',
      'small',
    ]);
  });

  it('are of what is selected above all', () => {
    assert.deepEqual(ids(['large'], at('small', 0, 3), at('large', 0, 9)), ['small', 'large']);
  });

  it('are of twelve datasets at most, and what is selected is among them', () => {
    const many = Array.from({ length: 20 }, (_, n) => at(`d${n}`, 0, 5 + n / 10));
    const chosen = ids(['d0'], ...many);
    assert.equal(chosen.length, 12);
    assert.equal(chosen.at(-1), 'd0');
    assert.equal(chosen[0], 'd19');
  });
});
