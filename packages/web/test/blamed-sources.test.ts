import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { blamedSources } from '../src/build/blamed-sources.ts';

const SOURCES = [
  { id: '1', title: 'tile 1' },
  { id: '2', title: 'tile 2' },
  { id: '3', title: 'v1.2 of a scene' },
  { id: '4d0a2f52-5f0c-4b7e-9d44-5e0d1a6f0b11', title: null },
];

void describe('blamedSources', () => {
  it('finds the sources that a failed build names, and what is wrong with each', () => {
    const message =
      '"tile 1" has changed since it was registered; "v1.2 of a scene" cannot be found where it was registered ' +
      '(its .msk file); and 3 more like these. Register them again, then send the request anew.';
    assert.deepEqual(blamedSources(message, SOURCES), [
      { id: '1', title: 'tile 1', problem: 'has changed since it was registered', cure: 'read' },
      {
        id: '3',
        title: 'v1.2 of a scene',
        problem: 'cannot be found where it was registered (its .msk file)',
        cure: null,
      },
    ]);
  });

  it('finds one that was replaced in the catalogue meanwhile', () => {
    assert.deepEqual(
      blamedSources('Source "tile 2" was replaced after the request was accepted. Send the request again.', SOURCES),
      [{ id: '2', title: 'tile 2', problem: 'was replaced after the request was accepted', cure: 'build' }],
    );
  });

  it('finds one that is gone', () => {
    assert.deepEqual(
      blamedSources(
        'Source 4 (4d0a2f52-5f0c-4b7e-9d44-5e0d1a6f0b11) was removed or hidden after the request was accepted.',
        SOURCES,
      ),
      [
        {
          id: '4d0a2f52-5f0c-4b7e-9d44-5e0d1a6f0b11',
          title: 'A source that is gone',
          problem: 'was removed or hidden after the request was accepted',
          cure: null,
        },
      ],
    );
  });

  it('names none where the message is about something else', () => {
    assert.deepEqual(blamedSources('The server was stopped while it worked on "tile 1".', SOURCES), []);
  });
});
