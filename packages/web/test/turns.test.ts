import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { takeTurns } from '../src/map/turns.ts';

function setUp() {
  const frames: (() => void)[] = [];
  const done: string[] = [];
  const turns = takeTurns((work) => {
    frames.push(work);
    return () => frames.splice(frames.indexOf(work), 1);
  });
  return {
    done,
    turns,
    take: (name: string, said = name) => turns.take(name, () => done.push(said)),
    nextFrame: () => frames.shift()?.(),
  };
}

void describe('takeTurns', () => {
  it('does the first at once and one more in each frame', () => {
    const { done, take, nextFrame } = setUp();
    for (const name of ['a', 'b', 'c']) take(name);
    assert.deepEqual(done, ['a']);
    nextFrame();
    assert.deepEqual(done, ['a', 'b']);
    nextFrame();
    nextFrame();
    assert.deepEqual(done, ['a', 'b', 'c']);
    take('d');
    assert.deepEqual(done, ['a', 'b', 'c', 'd']);
  });

  it('does the newer of two of the same name only, and not what was dropped', () => {
    const { done, turns, take, nextFrame } = setUp();
    take('a');
    take('b', 'old b');
    take('c');
    take('b', 'new b');
    turns.drop('c');
    for (let frame = 0; frame < 5; frame += 1) nextFrame();
    assert.deepEqual(done, ['a', 'new b']);
  });

  it('leaves the rest undone once it has ended', () => {
    const { done, turns, take, nextFrame } = setUp();
    take('a');
    take('b');
    turns.end();
    nextFrame();
    assert.deepEqual(done, ['a']);
  });
});
