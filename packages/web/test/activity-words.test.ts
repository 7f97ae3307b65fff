import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { actorText, detailTexts } from '../src/activity/activity-words.ts';

describe('what was done', () => {
  it('tells what a dataset was before and is since', () => {
    const details = { visibility: ['private', 'public'], summary: [null, 'of 2026'], auto_regenerate: [false, true] };
    assert.deepEqual(detailTexts({ action: 'dataset.change', details }), [
      'visibility: private → public',
      'summary: none → of 2026',
      'auto regenerate: no → yes',
    ]);
  });

  it('leaves out what only programs read', () => {
    const details = {
      change: 'sources_added',
      generation_id: '3f0c7a52-5f0c-4b7e-9d44-5e0d1a6f0b11',
      expires_at: null,
      nested: { a: 1 },
      transferred_datasets: 3,
    };
    assert.deepEqual(detailTexts({ action: 'vrt.change', details }), [
      'change: sources added',
      'transferred datasets: 3',
    ]);
  });

  it('names who did it, also where that was nobody', () => {
    const entry = { actor_name: null, token_id: null };
    assert.equal(actorText({ ...entry, actor_name: 'ada' }), 'ada');
    assert.equal(actorText(entry), 'the server');
  });
});
