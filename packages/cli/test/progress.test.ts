import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTerminal, runStep, startStep } from '@inlay/cli';
import { recordedStream } from './screen.ts';

test('in a log a step is one line, whatever happens in between', () => {
  const err = recordedStream();
  const step = startStep(openTerminal(recordedStream(), err, {}), 'Uploading');
  for (let done = 0; done <= 10; done += 1) step.update(done / 10, `file ${done}`);
  assert.equal(err.text, '');
  step.done('10 files');
  assert.match(err.text, /^  ✓ Uploading {27}10 files  \d+ ms\n$/);
});

test('on a screen a bar moves and makes way for the line that stays', () => {
  const out = recordedStream({ isTTY: true, columns: 100 });
  const err = recordedStream({ isTTY: true, columns: 100 });
  const step = startStep(openTerminal(out, err, { NO_COLOR: '1' }), 'Uploading');
  step.update(0.5, 'alaska.tif');
  step.done('done');
  assert.match(err.text, /• Uploading .* ━{12}─{12} {2}50% {2}alaska\.tif/);
  assert.ok(err.text.includes('\u001B[?25h'), 'the cursor is shown again');
  const [, afterErasing = ''] = err.text.split('\u001B[2K');
  assert.match(afterErasing, /^ {2}✓ Uploading .*done {2}\d+ ms\n$/);
  assert.equal(out.text, '');
});

test('a step that throws is crossed and the error goes on', async () => {
  const err = recordedStream();
  const terminal = openTerminal(recordedStream(), err, {});
  await assert.rejects(
    runStep(terminal, 'Building', () => Promise.reject(new Error('no such band'))),
    /no such band/,
  );
  assert.match(err.text, /^  ✗ Building {2,}\d+ ms\n$/);
});

test('a finished step hands on its result and says what its summary makes of it', async () => {
  const err = recordedStream();
  const result = await runStep(
    openTerminal(recordedStream(), err, {}),
    'Counting',
    (step) => {
      step.update(2);
      return Promise.resolve(42);
    },
    (count) => `${count} found`,
  );
  assert.equal(result, 42);
  assert.match(err.text, /✓ Counting +42 found/);
});
