import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { takenAt } from '../src/catalog/taken-at.ts';

describe('when a raster was taken', () => {
  const read: [metadata: Record<string, string>, expected: string | null][] = [
    [{ TIFFTAG_DATETIME: '2026:06:01 10:20:30' }, '2026-06-01T10:20:30.000Z'],
    [{ ACQUISITIONDATETIME: '2026-06-01T10:20:30.5+02:00' }, '2026-06-01T08:20:30.500Z'],
    [{ acquisition_datetime: ' 2026-06-01 10:20 ' }, '2026-06-01T10:20:00.000Z'],
    [{ DATE_ACQUIRED: '2026-06-01' }, '2026-06-01T00:00:00.000Z'],
    [{ DATATAKE_1_DATATAKE_SENSING_START: '2026-06-01T10:20:31.024Z' }, '2026-06-01T10:20:31.024Z'],
    [{ SENSING_TIME: '2026-06-01T10:20:31.123456789-0130' }, '2026-06-01T11:50:31.123Z'],
    // The time that the file was written is the last one asked for.
    [
      { TIFFTAG_DATETIME: '2026:11:23 00:00:00', PRODUCT_START_TIME: '2026-06-01T10:20:31Z' },
      '2026-06-01T10:20:31.000Z',
    ],
    // What cannot be read is passed over.
    [{ ACQUISITIONDATETIME: 'in June', TIFFTAG_DATETIME: '2026:06:01 10:20:30' }, '2026-06-01T10:20:30.000Z'],
    [{ TIFFTAG_DATETIME: '0000:00:00 00:00:00' }, null],
    [{ TIFFTAG_DATETIME: '    :  :     :  :  ' }, null],
    [{ TIFFTAG_DATETIME: '2026:13:01 00:00:00' }, null],
    [{ TIFFTAG_SOFTWARE: '2026:06:01 10:20:30' }, null],
    [{}, null],
  ];
  for (const [metadata, expected] of read) {
    it(`is ${expected} by ${JSON.stringify(metadata)}`, () => {
      assert.equal(takenAt(metadata), expected);
    });
  }
});
