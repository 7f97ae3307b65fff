import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Interval, parseInterval } from '@inlay/contract';

const JUNE = '2026-06-01T00:00:00Z';
const JULY = '2026-07-01T02:00:00+02:00';

void describe('a moment or an interval', () => {
  const read: [text: string, expected: Interval | null][] = [
    [JUNE, { start: JUNE, end: JUNE }],
    [`${JUNE}/${JULY}`, { start: JUNE, end: JULY }],
    [`${JUNE}/${JUNE}`, { start: JUNE, end: JUNE }],
    [`${JUNE}/..`, { start: JUNE, end: null }],
    [`${JUNE}/`, { start: JUNE, end: null }],
    [`../${JULY}`, { start: null, end: JULY }],
    [`/${JULY}`, { start: null, end: JULY }],
    [
      '2024-02-29T23:59:59.123456789Z',
      { start: '2024-02-29T23:59:59.123456789Z', end: '2024-02-29T23:59:59.123456789Z' },
    ],
    [`${JULY}/${JUNE}`, null],
    ['../..', null],
    ['/', null],
    ['', null],
    ['..', null],
    [`${JUNE}/${JULY}/${JULY}`, null],
    ['2026-06-01', null],
    ['2026-06-01T00:00:00', null],
    ['2026-02-29T00:00:00Z', null],
    ['2026-06-01T24:00:01Z', null],
    ['0000-06-01T00:00:00Z', null],
    ['June', null],
  ];
  for (const [text, expected] of read) {
    void it(`is ${expected === null ? 'not' : 'read of'} ${JSON.stringify(text)}`, () => {
      assert.deepEqual(parseInterval(text), expected);
    });
  }
});
