import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ValidationItem } from '@inlay/contract';
import { changeDraft, type Draft, EMPTY_DRAFT } from '../src/build/draft.ts';
import { type Finding, findingsOf, messagesBySource } from '../src/build/findings.ts';

const draft: Draft = { ...EMPTY_DRAFT, ids: ['first', 'second', 'third', 'fourth'] };

const atSource = (index: number, type: string, ctx: Record<string, unknown> = {}): ValidationItem => ({
  loc: ['body', 'source_dataset_ids', index],
  msg: `Source "S" ${type.replaceAll('_', ' ')}`,
  type,
  input: draft.ids[index],
  ctx,
});
const labels = ({ fixes }: Finding): string[] => fixes.map(({ label }) => label);
const only = (
  items: readonly ValidationItem[],
  options: Parameters<typeof findingsOf>[2] = {},
  of: Draft = draft,
): Finding => {
  const found = findingsOf(items, of, options);
  assert.equal(found.length, 1);
  return found[0] as Finding;
};
/** The draft after a finding's first button. */
const cured = (finding: Finding, of: Draft = draft): Draft => {
  const change = finding.fixes[0]?.change;
  assert.ok(change !== undefined && change.kind !== 'edit');
  return changeDraft(of, change);
};

describe('what the server has against a draft', () => {
  it('is grouped by what it is, with the sources that it is about', () => {
    const ctx = { expected: 'EPSG:32633', actual: 'EPSG:32632' };
    const finding = only([atSource(1, 'crs_mismatch', ctx), atSource(3, 'crs_mismatch', ctx)]);
    assert.equal(finding.title, '2 sources are not in EPSG:32633');
    assert.deepEqual(finding.sources, ['second', 'fourth']);
    assert.deepEqual(labels(finding), ['Reproject to EPSG:32633', 'Remove these 2']);
    assert.deepEqual(cured(finding).options, { crs: 'EPSG:32633' });
  });

  it('is cured at the reference where most sources disagree with it', () => {
    const ctx = { expected: 'EPSG:4326', actual: 'EPSG:32633', hint: 'it may be the odd one out' };
    const finding = only([1, 2, 3].map((index) => atSource(index, 'crs_mismatch', ctx)));
    assert.deepEqual(labels(finding), ['Reproject to EPSG:32633', 'Reproject to EPSG:4326', 'Remove the first source']);
    assert.deepEqual(finding.fixes[2]?.change, { kind: 'remove', ids: ['first'] });
  });

  it('offers no CRS without a code', () => {
    const finding = only([atSource(1, 'crs_mismatch', { expected: 'Sinusoidal', actual: 'EPSG:4326' })]);
    assert.deepEqual(finding.fixes[0]?.change, { kind: 'edit', option: 'crs' });
  });

  it('has a button for each rule that an option cures', () => {
    const first = (type: string, ctx: Record<string, unknown> = {}): unknown =>
      only([atSource(1, type, ctx)], { crs: 'EPSG:4326' }).fixes[0]?.change;
    const options = (options: object): object => ({ kind: 'options', options });
    assert.deepEqual(first('dtype_mismatch'), options({ dtype: 'promote' }));
    assert.deepEqual(first('rotated_raster'), options({ crs: 'EPSG:4326' }));
    assert.deepEqual(first('south_up_raster'), options({ crs: 'EPSG:4326' }));
    assert.deepEqual(first('band_count_mismatch', { expected: '4', actual: '3' }), options({ bands: '1, 2, 3' }));
    assert.deepEqual(first('single_band_required', { expected: '1', actual: '3' }), options({ bands: '1' }));
    assert.deepEqual(first('grid_misaligned'), { kind: 'set', fields: { vrtType: 'mosaic' } });
    assert.deepEqual(first('resolution_mismatch'), { kind: 'set', fields: { strategy: 'finest' } });
    assert.deepEqual(first('too_large_output'), { kind: 'set', fields: { strategy: 'coarsest' } });
  });

  it('is cured by leaving sources out where nothing else helps, whatever it is', () => {
    for (const type of ['missing_crs', 'palette_mismatch', 'source_not_found', 'a_rule_of_tomorrow']) {
      const finding = only([atSource(2, type)]);
      assert.deepEqual(labels(finding), ['Remove it'], type);
      assert.deepEqual(cured(finding).ids, ['first', 'second', 'fourth']);
    }
  });

  it('leaves no source out of a filter, which names none', () => {
    const item = { ...atSource(0, 'missing_crs'), loc: ['body', 'source_filter'], input: 'some' };
    const finding = only([item], {}, { ...EMPTY_DRAFT, filter: { q: 'B04' } });
    assert.deepEqual([finding.sources, finding.fixes], [['some'], []]);
  });

  it('leads to the option where that is wrong, or leaves it out', () => {
    const item = { loc: ['body', 'crs'], msg: '"EPSG:1" is no CRS', type: 'unknown_crs', input: 'EPSG:1' };
    const finding = only([item]);
    assert.equal(finding.option, 'crs');
    assert.deepEqual(
      finding.fixes.map(({ change }) => change),
      [
        { kind: 'edit', option: 'crs' },
        { kind: 'options', options: { crs: '' } },
      ],
    );
  });

  it('takes the whole of the sources where the bounds have none', () => {
    const of = { ...draft, options: { bounds: '0, 0, 1, 1' } };
    const item = { loc: ['body', 'bounds'], msg: 'None lies within', type: 'empty_output', input: [0, 0, 1, 1] };
    assert.deepEqual(cured(only([item], {}, of), of).options, {});
  });

  it('asks whether pixels are to be shared, and forgets the answer when the sources are others', () => {
    const item = {
      loc: ['body', 'confirm_public_sources'],
      msg: 'would be seen',
      type: 'confirmation_required',
      input: null,
    };
    const finding = only([item]);
    assert.deepEqual([labels(finding), finding.advice], [['Share their pixels', 'Keep it private'], null]);
    const confirmed = cured(finding);
    assert.deepEqual(confirmed.options, { confirm_public_sources: 'true' });
    assert.deepEqual(changeDraft(confirmed, { kind: 'add', ids: ['fifth'] }).options, {});
    assert.deepEqual(changeDraft(confirmed, { kind: 'set', fields: { visibility: 'public' } }).options, {});
  });

  it('is a warning where it stands in nobody’s way', () => {
    const warning = { type: 'misaligned_pixels', msg: 'Source "a" begins between whole pixels' };
    assert.deepEqual(labels(only([warning as ValidationItem], { isWarning: true })), ['Snap to whole pixels']);
    const snapped = { ...draft, options: { snap: 'true' } };
    assert.deepEqual(labels(only([warning as ValidationItem], { isWarning: true }, snapped)), []);
    const wider = { loc: ['body', 'visibility'], msg: 'wider', type: 'wider_than_sources', input: null };
    const open: Draft = { ...draft, visibility: 'public' };
    assert.equal(cured(only([wider], { isWarning: true }, open), open).visibility, 'private');
  });

  it('is said at the row of each source, without its name', () => {
    const item = { ...atSource(1, 'crs_mismatch'), msg: 'Source "B04" is EPSG:32632, the mosaic is EPSG:32633' };
    assert.deepEqual(
      [...messagesBySource([item, atSource(1, 'dtype_mismatch')], draft)],
      [['second', 'Is EPSG:32632, the mosaic is EPSG:32633']],
    );
  });
});
