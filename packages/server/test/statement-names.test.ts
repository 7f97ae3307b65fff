import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createStatementNames } from '../src/db/statement-names.ts';
import { message } from '../src/db/wire-messages.ts';

describe('statements of one connection', () => {
  const given = (type: string, body: string) => ({ type, bytes: message(type, Buffer.from(body, 'latin1')) });
  const owned = (type: string, body: string): string => {
    const bytes = createStatementNames('7:').own(given(type, body));
    assert.equal(bytes.readInt32BE(1), bytes.length - 1);
    return bytes.toString('latin1', 5);
  };

  it('are named for their connection wherever they are named', () => {
    assert.equal(owned('P', 'find\0SELECT 1\0\0\0'), '7:find\0SELECT 1\0\0\0');
    assert.equal(owned('B', '\0find\0rest'), '\x007:find\0rest');
    assert.equal(owned('B', 'portal\0find\0rest'), 'portal\x007:find\0rest');
    assert.equal(owned('D', 'Sfind\0'), 'S7:find\0');
    assert.equal(owned('C', 'Sfind\0'), 'S7:find\0');
  });

  it('without a name stay without one, and portals keep theirs', () => {
    assert.equal(owned('P', '\0SELECT 1\0\0\0'), '\0SELECT 1\0\0\0');
    assert.equal(owned('B', '\0\0rest'), '\0\0rest');
    assert.equal(owned('D', 'Pfind\0'), 'Pfind\0');
    assert.equal(owned('E', 'find\0rest'), 'find\0rest');
  });

  it('are refused under names that PostgreSQL would cut off, and under names without an end', () => {
    assert.equal(owned('D', `S${'n'.repeat(61)}\0`), `S7:${'n'.repeat(61)}\0`);
    assert.throws(() => owned('D', `S${'n'.repeat(62)}\0`), RangeError);
    assert.throws(() => owned('P', 'endless'), RangeError);
  });

  it('are closed when the connection has gone, each once', () => {
    const names = createStatementNames('7:');
    assert.equal(names.closing(), null);
    for (const text of ['a\0SELECT 1\0\0\0', 'b\0SELECT 2\0\0\0', 'a\0SELECT 1\0\0\0', '\0SELECT 3\0\0\0'])
      names.own(given('P', text));
    const expected = ['C\0\0\0\x09S7:a\0', 'C\0\0\0\x09S7:b\0', 'S\0\0\0\x04'].join('');
    assert.equal(names.closing()?.toString('latin1'), expected);
  });
});
