import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FeatureState } from '../src/map/map-layer.ts';
import { paintStates } from '../src/map/state-painter.ts';

const CHOSEN: FeatureState = { selected: true };

/** A map that keeps the states of one source, and frames that come when they are told to. */
function setUp() {
  const shown = new Map<string, FeatureState>();
  const frames: (() => void)[] = [];
  let changes = 0;
  const painter = paintStates(
    {
      setFeatureState({ id }, state) {
        changes += 1;
        shown.set(id, { ...shown.get(id), ...state });
      },
      removeFeatureState({ id }) {
        shown.delete(id);
      },
    },
    (work) => {
      frames.push(work);
      return () => frames.splice(frames.indexOf(work), 1);
    },
  );
  return {
    painter,
    shown,
    frames,
    changes: () => changes,
    nextFrame: () => frames.shift()?.(),
  };
}

const many = (count: number): ReadonlyMap<string, FeatureState> =>
  new Map(Array.from({ length: count }, (_, index) => [`${index}`, CHOSEN]));

void describe('paintStates', () => {
  it('shows a few states at once, and touches only those that differ', () => {
    const { painter, shown, frames, changes } = setUp();
    painter.want('a', many(3));
    assert.equal(shown.size, 3);
    painter.want('a', new Map([...many(2), ['1', { selected: true, hovered: true }]]));
    assert.deepEqual(
      [...shown],
      [
        ['0', { selected: true }],
        ['1', { selected: true, hovered: true }],
      ],
    );
    assert.equal(changes(), 4);
    assert.equal(frames.length, 0);
  });

  it('takes away what a state no longer has', () => {
    const { painter, shown } = setUp();
    painter.want('a', new Map([['0', { selected: true, hovered: true }]]));
    painter.want('a', new Map([['0', { hovered: true }]]));
    assert.deepEqual([...shown], [['0', { hovered: true }]]);
  });

  it('shows ten thousand over several frames', () => {
    const { painter, shown, frames, nextFrame } = setUp();
    painter.want('a', many(10_000));
    assert.ok(shown.size > 0 && shown.size <= 1000, `${shown.size} at once`);
    while (frames.length > 0) nextFrame();
    assert.equal(shown.size, 10_000);
  });

  it('shows what is wanted last, where that changes before all are shown', () => {
    const { painter, shown, frames, nextFrame } = setUp();
    painter.want('a', many(10_000));
    painter.want('a', many(5));
    while (frames.length > 0) nextFrame();
    assert.deepEqual([...shown.keys()].toSorted(), ['0', '1', '2', '3', '4']);
  });

  it('shows them anew in a source that was taken away and is back', () => {
    const { painter, shown } = setUp();
    const states = many(2);
    painter.want('a', states);
    painter.forget('a');
    shown.clear();
    painter.want('a', states);
    assert.equal(shown.size, 2);
  });

  it('leaves the rest undone once the map is gone', () => {
    const { painter, frames } = setUp();
    painter.want('a', many(10_000));
    painter.end();
    assert.equal(frames.length, 0);
  });
});
