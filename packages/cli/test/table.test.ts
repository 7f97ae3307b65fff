import assert from 'node:assert/strict';
import { test } from 'node:test';
import { displayWidth, formatFacts, formatTable, openTerminal, printable } from '@inlay/cli';
import { recordedStream } from './screen.ts';

const ESCAPE = '\u001B';

const pipe = openTerminal(recordedStream(), recordedStream(), {});
const narrowScreen = openTerminal(
  recordedStream({ isTTY: true, columns: 24 }),
  recordedStream({ isTTY: true, columns: 24 }),
  { NO_COLOR: '1' },
);
const colourScreen = openTerminal(recordedStream({ isTTY: true }), recordedStream({ isTTY: true }), {});

test('numbers stand right, text stands left, and no line ends in blanks', () => {
  const table = formatTable(
    pipe,
    [{ title: 'Title' }, { title: 'Bands', align: 'right' }, { title: 'Size', align: 'right' }, { title: 'Note' }],
    [
      ['Alaska', '3', '1,024', ''],
      ['The Nile', '12', '8', 'x'],
    ],
  );
  assert.equal(
    table,
    ['Title     Bands   Size  Note', 'Alaska        3  1,024', 'The Nile     12      8  x'].join('\n'),
  );
});

test('a narrow screen cuts the flexible column, a pipe cuts nothing', () => {
  const columns = [
    { title: 'Title', flexible: true },
    { title: 'Bands', align: 'right' as const },
  ];
  const rows = [['A title that is far too long', '3']];
  assert.equal(
    formatTable(narrowScreen, columns, rows),
    ['Title              Bands', 'A title that is …      3'].join('\n'),
  );
  assert.match(formatTable(pipe, columns, rows), /^A title that is far too long {6}3$/m);
});

test('wide characters count two columns and combining marks none', () => {
  assert.equal(displayWidth('東京'), 4);
  assert.equal(displayWidth('e\u0301'), 1);
  assert.equal(displayWidth('Réunion'), 7);
  const table = formatTable(
    pipe,
    [{ title: 'T' }, { title: 'n' }],
    [
      ['東京', '1'],
      ['Oslo', '2'],
    ],
  );
  assert.equal(table, ['T     n', '東京  1', 'Oslo  2'].join('\n'));
});

test('a title cannot move the cursor, ring the bell or turn the text around', () => {
  assert.equal(printable('a\u001B[2Jb\u0007c\nd\u202Ee'), 'a\uFFFD[2Jb\uFFFDc\uFFFDd\uFFFDe');
  assert.ok(!formatTable(pipe, [{ title: 'T' }], [['\u001B[31mred']]).includes(ESCAPE));
  assert.ok(!formatFacts(pipe, [['Title', '\u001B[31mred']]).includes(ESCAPE));
});

test('facts are aligned behind their names', () => {
  assert.equal(
    formatFacts(pipe, [
      ['Size', '4 x 4'],
      ['Bands', '3'],
    ]),
    'Size   4 x 4\nBands  3',
  );
});

test('colour needs a screen and is taken back by NO_COLOR and TERM=dumb', () => {
  assert.ok(formatTable(colourScreen, [{ title: 'T' }], []).includes(ESCAPE));
  assert.ok(!formatTable(narrowScreen, [{ title: 'T' }], []).includes(ESCAPE));
  const dumb = openTerminal(recordedStream({ isTTY: true }), recordedStream({ isTTY: true }), { TERM: 'dumb' });
  assert.equal(dumb.color, false);
  assert.equal(dumb.interactive, false);
  assert.equal(pipe.color, false);
  assert.equal(pipe.columns, Infinity);
});
