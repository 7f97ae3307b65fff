import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildSearch, draftOf, searchOf } from '../src/build/build-search.ts';
import {
  changeDraft,
  type Draft,
  EMPTY_DRAFT,
  moved,
  requestOf,
  sentOrder,
  shownOrder,
  suggestTitle,
} from '../src/build/draft.ts';
import { readOptions } from '../src/build/option-texts.ts';

const [A, B, C] = [
  '0198c4de-7d52-7c3f-9b0a-3a8f5f0c7a11',
  '7b1f0c52-9a3d-4e64-b0c8-51d2e6f7a983',
  '2489e9ad-2ee2-8e00-8ec9-32d5f69181c0',
] as const;
const of = (draft: Partial<Draft>): Draft => ({ ...EMPTY_DRAFT, ...draft });

describe('a draft', () => {
  it('takes each source once, on top of those it has', () => {
    const draft = changeDraft(of({ ids: [A] }), { kind: 'add', ids: [B, A, B] });
    assert.deepEqual(draft.ids, [A, B]);
    assert.equal(changeDraft(draft, { kind: 'add', ids: [B] }), draft, 'what changes nothing is no step to take back');
  });

  it('loses what is removed and keeps the order of the others', () => {
    assert.deepEqual(changeDraft(of({ ids: [A, B, C] }), { kind: 'remove', ids: [B] }).ids, [A, C]);
  });

  it('is ordered by hand once a source is moved', () => {
    const sorted = of({ ids: [A, B], options: { source_order: 'datetime', crs: 'EPSG:4326' } });
    assert.deepEqual(changeDraft(sorted, { kind: 'order', ids: [B, A] }).options, { crs: 'EPSG:4326' });
  });

  it('leaves an option to the sources where its text is empty', () => {
    const draft = changeDraft(of({ options: { crs: 'EPSG:4326', nodata: '0' } }), {
      kind: 'options',
      options: { crs: '' },
    });
    assert.deepEqual(draft.options, { nodata: '0' });
  });

  it('has no pixel function as a band stack', () => {
    const draft = changeDraft(of({ options: { pixel_function: 'max' } }), {
      kind: 'set',
      fields: { vrtType: 'band_stack' },
    });
    assert.deepEqual([draft.vrtType, draft.options], ['band_stack', {}]);
  });

  it('shows what is on top of a mosaic first, and band 1 of a band stack first', () => {
    assert.deepEqual(shownOrder({ ids: [A, B, C], vrtType: 'mosaic' }, null), [C, B, A]);
    assert.deepEqual(shownOrder({ ids: [A, B, C], vrtType: 'band_stack' }, null), [A, B, C]);
    assert.deepEqual(sentOrder([C, B, A], 'mosaic'), [A, B, C]);
  });

  it('shows the order that the server made, unless it is that of other sources', () => {
    assert.deepEqual(shownOrder({ ids: [A, B, C], vrtType: 'mosaic' }, [2, 0, 1]), [B, A, C]);
    assert.deepEqual(shownOrder({ ids: [A, B], vrtType: 'mosaic' }, [2, 0, 1]), [B, A]);
  });

  it('moves a row up, down, and no further than the ends', () => {
    assert.deepEqual(moved(['a', 'b', 'c'], 0, 2), ['b', 'c', 'a']);
    assert.deepEqual(moved(['a', 'b', 'c'], 2, -5), ['c', 'a', 'b']);
    const same = ['a', 'b'];
    assert.equal(moved(same, 1, 9), same);
  });
});

describe('the request of a draft', () => {
  it('is none before there are two sources', () => {
    assert.equal(requestOf(of({ ids: [A] }), 't').body, null);
  });

  it('says what create takes, and nothing that was left out', () => {
    const { body } = requestOf(of({ ids: [A, B], options: { crs: '32633', bands: '3, red', align: 'true' } }), 'Tiles');
    assert.deepEqual(body, {
      source_dataset_ids: [A, B],
      vrt_type: 'mosaic',
      resolution_strategy: 'finest',
      title: 'Tiles',
      visibility: 'private',
      crs: 'EPSG:32633',
      bands: [3, 'red'],
      align: true,
    });
  });

  it('takes a filter instead of sources', () => {
    const { body } = requestOf(of({ filter: { q: 'B04' } }), 'All');
    assert.deepEqual([body?.source_filter, body?.source_dataset_ids], [{ q: 'B04' }, undefined]);
  });

  it('is none while an option cannot be read, and says which', () => {
    const { body, errors } = requestOf(of({ ids: [A, B], options: { bounds: '3, 2, 1' } }), 't');
    assert.equal(body, null);
    assert.deepEqual(Object.keys(errors), ['bounds']);
  });
});

describe('options as they are typed', () => {
  const read = (name: string, text: string): unknown => Object.values(readOptions({ [name]: text }).options)[0];

  it('are numbers, lists and words', () => {
    assert.equal(read('resolution', '10'), 10);
    assert.deepEqual(read('resolution', '10, 20'), [10, 20]);
    assert.deepEqual(read('bounds', '0 0 10 20'), [0, 0, 10, 20]);
    assert.equal(read('nodata', '-9999'), -9999);
    assert.equal(read('nodata', 'nan'), 'nan');
    assert.deepEqual(read('nodata', '0, none'), undefined);
    assert.deepEqual(read('nodata', '0, 255'), [0, 255]);
  });

  it('keep 64-bit integers exact', () => {
    assert.equal(read('nodata', '-9223372036854775808'), '-9223372036854775808');
  });

  it('are refused where they make no sense by themselves', () => {
    for (const [name, text] of [
      ['resolution', '0'],
      ['resolution', '1,2,3'],
      ['bounds', '10, 0, 0, 10'],
      ['bands', '0'],
      ['bands', '1,,2'],
      ['nodata', 'much'],
    ] as const) {
      assert.deepEqual(Object.keys(readOptions({ [name]: text }).errors), [name], `${name} ${text}`);
    }
  });
});

describe('the URL of a draft', () => {
  it('brings the draft back', () => {
    const draft = of({
      ids: [A, B],
      vrtType: 'band_stack',
      strategy: 'average',
      options: { crs: 'EPSG:3857', nodata: '0' },
      title: 'Two bands',
      summary: 'of one scene',
      visibility: 'internal',
    });
    assert.deepEqual(draftOf(buildSearch(searchOf(draft, 'slot'))), draft);
  });

  it('brings a filter back', () => {
    const draft = of({ filter: { q: 'B04', bbox: [10, 47, 12, 49], datetime: '2026-06-01T00:00:00Z/..' } });
    assert.deepEqual(draftOf(buildSearch(searchOf(draft, 'slot'))), draft);
  });

  it('is empty for an empty draft', () => {
    assert.deepEqual(
      Object.values(searchOf(EMPTY_DRAFT, 'slot')).filter((value) => value !== undefined),
      [],
    );
  });

  it('leaves out what makes no sense', () => {
    assert.deepEqual(
      draftOf(buildSearch({ sources: 'x', as: 'pyramid', strategy: 'best', within: '1,2' })),
      EMPTY_DRAFT,
    );
  });
});

describe('a suggested title', () => {
  it('is what the sources’ titles have in common', () => {
    assert.equal(suggestTitle(['S2A_33UUP_B04.tif', 'S2A_33UUP_B03.tif'], 2, 'mosaic'), 'S2A_33UUP_B0 mosaic');
    assert.equal(suggestTitle(['Nile, red', 'Nile, green'], 2, 'band_stack'), 'Nile band stack');
  });

  it('says how many where they have nothing in common', () => {
    assert.equal(suggestTitle(['Libya', 'Italy'], 2, 'mosaic'), 'Mosaic of 2 rasters');
  });
});
