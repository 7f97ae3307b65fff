import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_SOURCES, parseBody, validate, VrtCreate, type ValidationItem } from '@inlay/contract';
import fc from 'fast-check';

const A = '2489e9ad-2ee2-8e00-8ec9-32d5f69181c0';
const B = '7b1f0c52-9a3d-4e64-b0c8-51d2e6f7a983';
const valid = {
  source_dataset_ids: [A, B],
  vrt_type: 'mosaic',
  resolution_strategy: 'finest',
  title: 'example',
};

const errorsOf = (body: unknown): ValidationItem[] => validate(VrtCreate, body, ['body']);

/**
 * A body that differs from a valid one in some members, and exactly the items it is refused with. Types, messages and
 * facts that are not ours are those of pydantic 2.13.4.
 */
const REFUSED: readonly [name: string, changes: object, items: readonly ValidationItem[]][] = [
  [
    'one source',
    { source_dataset_ids: [A] },
    [
      {
        loc: ['body', 'source_dataset_ids'],
        msg: 'A virtual raster needs at least 2 sources, 1 given',
        type: 'too_few_sources',
        input: [A],
        ctx: { field_type: 'List', min_length: 2, actual_length: 1 },
      },
    ],
  ],
  [
    'a source listed twice',
    { source_dataset_ids: [A, B, A] },
    [
      {
        loc: ['body', 'source_dataset_ids', 2],
        msg: 'The source is listed twice, first at index 0: remove one of them',
        type: 'duplicate_source',
        input: A,
        ctx: { first_index: 0 },
      },
    ],
  ],
  [
    'a source listed twice in another case',
    { source_dataset_ids: [A, A.toUpperCase()] },
    [
      {
        loc: ['body', 'source_dataset_ids', 1],
        msg: 'The source is listed twice, first at index 0: remove one of them',
        type: 'duplicate_source',
        input: '2489E9AD-2EE2-8E00-8EC9-32D5F69181C0',
        ctx: { first_index: 0 },
      },
    ],
  ],
  [
    'sources that are not ids',
    { source_dataset_ids: [A, 'B04', 7, null] },
    [
      {
        loc: ['body', 'source_dataset_ids', 1],
        msg: 'Input should be a valid UUID, invalid length: expected length 36 for hyphenated format, found 3',
        type: 'uuid_parsing',
        input: 'B04',
        ctx: { error: 'invalid length: expected length 36 for hyphenated format, found 3' },
      },
      {
        loc: ['body', 'source_dataset_ids', 2],
        msg: 'UUID input should be a string, bytes or UUID object',
        type: 'uuid_type',
        input: 7,
      },
      {
        loc: ['body', 'source_dataset_ids', 3],
        msg: 'UUID input should be a string, bytes or UUID object',
        type: 'uuid_type',
        input: null,
      },
    ],
  ],
  [
    'an id with a wrong character',
    { source_dataset_ids: [A, 'z' + B.slice(1)] },
    [
      {
        loc: ['body', 'source_dataset_ids', 1],
        msg: 'Input should be a valid UUID, invalid character: found `z` at 1',
        type: 'uuid_parsing',
        input: 'zb1f0c52-9a3d-4e64-b0c8-51d2e6f7a983',
        ctx: { error: 'invalid character: found `z` at 1' },
      },
    ],
  ],
  [
    'sources as text',
    { source_dataset_ids: A },
    [{ loc: ['body', 'source_dataset_ids'], msg: 'Input should be a valid list', type: 'list_type', input: A }],
  ],
  [
    'words that are not choices',
    { vrt_type: 'Mosaic', resolution_strategy: 'highest' },
    [
      {
        loc: ['body', 'vrt_type'],
        msg: "Input should be 'mosaic' or 'band_stack'",
        type: 'literal_error',
        input: 'Mosaic',
        ctx: { expected: "'mosaic' or 'band_stack'" },
      },
      {
        loc: ['body', 'resolution_strategy'],
        msg: "Input should be 'finest', 'coarsest' or 'average'",
        type: 'literal_error',
        input: 'highest',
        ctx: { expected: "'finest', 'coarsest' or 'average'" },
      },
    ],
  ],
  [
    'a number as title',
    { title: 12 },
    [{ loc: ['body', 'title'], msg: 'Input should be a valid string', type: 'string_type', input: 12 }],
  ],
  [
    'an empty title',
    { title: '' },
    [
      {
        loc: ['body', 'title'],
        msg: 'String should have at least 1 character',
        type: 'string_too_short',
        input: '',
        ctx: { min_length: 1 },
      },
    ],
  ],
  [
    'a blank title',
    { title: ' \t\u00a0' },
    [
      {
        loc: ['body', 'title'],
        msg: 'Value error, must not be blank',
        type: 'value_error',
        input: ' \t\u00a0',
        ctx: { error: 'must not be blank' },
      },
    ],
  ],
  [
    'a title that is too long, which is not repeated in full',
    { title: 'x'.repeat(501) },
    [
      {
        loc: ['body', 'title'],
        msg: 'String should have at most 500 characters',
        type: 'string_too_long',
        input: `${'x'.repeat(256)}… (501 characters)`,
        ctx: { max_length: 500 },
      },
    ],
  ],
  [
    'text that a database cannot hold',
    { title: 'a\0b', summary: 'half a pair: \ud800' },
    [
      {
        loc: ['body', 'title'],
        msg: 'Value error, must not contain the character NUL (U+0000)',
        type: 'value_error',
        input: 'a\0b',
        ctx: { error: 'must not contain the character NUL (U+0000)' },
      },
      {
        loc: ['body', 'summary'],
        msg: 'Input should be a valid string, unable to parse raw data as a unicode string',
        type: 'string_unicode',
        input: 'half a pair: \ufffd',
      },
    ],
  ],
  [
    'null where it means nothing',
    { visibility: null },
    [
      {
        loc: ['body', 'visibility'],
        msg: "Input should be 'private', 'restricted', 'internal' or 'public'",
        type: 'literal_error',
        input: null,
        ctx: { expected: "'private', 'restricted', 'internal' or 'public'" },
      },
    ],
  ],
  [
    'a member that is not declared',
    { visiblity: 'public' },
    [{ loc: ['body', 'visiblity'], msg: 'Extra inputs are not permitted', type: 'extra_forbidden', input: 'public' }],
  ],
  [
    'an option of a later version, whatever its value',
    { collection_id: 'no such thing' },
    [
      {
        loc: ['body', 'collection_id'],
        msg: '"collection_id" is not supported yet: leave it out',
        type: 'not_supported_yet',
        input: 'no such thing',
        ctx: { field: 'collection_id' },
      },
    ],
  ],
];

/** For each option: values that it takes; values that it does not, each with where in it what is wrong. */
const OPTIONS: readonly [
  option: string,
  good: readonly unknown[],
  bad: readonly [value: unknown, ...items: [place: string, type: string][]][],
][] = [
  [
    'resampling',
    ['nearest', 'bilinear', 'rms', 'mode'],
    [
      ['gauss', ['', 'literal_error']],
      [null, ['', 'literal_error']],
    ],
  ],
  [
    'bands',
    [[1], [3, 2, 1], [1, 1], ['red', 2, 'B08']],
    [
      [1, ['', 'list_type']],
      [[], ['', 'too_short']],
      [
        [0, 1.5],
        ['0', 'greater_than_equal'],
        ['1', 'int_from_float'],
      ],
    ],
  ],
  [
    'nodata',
    [0, -9999.5, 'nan', '-inf', 'none', '18446744073709551615', [0, 'nan', 255]],
    [
      ['nothing', ['', 'string_pattern_mismatch']],
      [[], ['', 'too_short']],
      [
        [0, 'none', null],
        ['1', 'string_pattern_mismatch'],
        ['2', 'float_type'],
      ],
      [true, ['', 'float_type']],
    ],
  ],
  [
    'resolution',
    [10, 0.5, [10, 20]],
    [
      [0, ['', 'greater_than']],
      [[10], ['', 'too_short']],
      [
        [10, -10],
        ['1', 'greater_than'],
      ],
      ['finest', ['', 'float_type']],
    ],
  ],
  [
    'pixel_function',
    ['last', 'first', 'min', 'max', 'mean', 'median'],
    [
      ['sum', ['', 'literal_error']],
      [{ name: 'max' }, ['', 'literal_error']],
    ],
  ],
  [
    'crs',
    ['EPSG:3857', 'PROJCS["x"]'],
    [
      ['', ['', 'string_too_short']],
      [3857, ['', 'string_type']],
    ],
  ],
  ['size_rounding', ['nearest', 'contain'], [['up', ['', 'literal_error']]]],
  ['snap', [true, false], [[1, ['', 'bool_type']]]],
  ['dtype', ['promote', 'Byte', 'Float32', 'CFloat64'], [['uint8', ['', 'literal_error']]]],
  ['source_order', ['as_given', 'datetime', 'resolution', 'cloud_cover'], [['title', ['', 'literal_error']]]],
  ['align', [true, false], [['yes', ['', 'bool_type']]]],
  [
    'bounds',
    [[500_000, 5_299_000, 501_000, 5_300_000]],
    [
      [
        [0, 0, 1],
        ['', 'too_short'],
      ],
      [
        [0, 0, 1, '1'],
        ['3', 'float_type'],
      ],
    ],
  ],
];

void describe('a body of POST /api/ingest/vrt/create', () => {
  for (const [name, changes, items] of REFUSED) {
    void it(`is refused for ${name}`, () => {
      assert.deepEqual(errorsOf({ ...valid, ...changes }), items);
    });
  }

  void it('is refused once for each required member that is missing, with null as the input', () => {
    assert.deepEqual(
      errorsOf({}),
      ['source_dataset_ids', 'vrt_type', 'resolution_strategy', 'title'].map((name) => ({
        loc: ['body', name],
        msg: 'Field required',
        type: 'missing',
        input: null,
      })),
    );
  });

  void it('is refused where it is no object, or not there at all', () => {
    const notAnObject = {
      loc: ['body'],
      msg: 'Input should be a valid dictionary or object to extract fields from',
      type: 'model_attributes_type',
    };
    assert.deepEqual(errorsOf([valid]), [{ ...notAnObject, input: [{ ...valid }] }]);
    assert.deepEqual(errorsOf('{}'), [{ ...notAnObject, input: '{}' }]);
    assert.deepEqual(errorsOf(null), [{ ...notAnObject, input: null }]);
    assert.deepEqual(errorsOf(undefined), [{ loc: ['body'], msg: 'Field required', type: 'missing', input: null }]);
  });

  void it('is refused for everything that is wrong with it at once', () => {
    const items = errorsOf({ source_dataset_ids: ['x'], vrt_type: 'stack', title: ' ', extra: 1, overviews: 'all' });
    assert.deepEqual(
      items.map(({ loc, type }) => [loc.slice(1).join('.'), type]),
      [
        ['source_dataset_ids', 'too_few_sources'],
        ['source_dataset_ids.0', 'uuid_parsing'],
        ['vrt_type', 'literal_error'],
        ['resolution_strategy', 'missing'],
        ['title', 'value_error'],
        ['overviews', 'literal_error'],
        ['extra', 'extra_forbidden'],
      ],
    );
  });

  void it('refuses each option that is known and not supported yet, and ignores none', () => {
    const options = { collection_id: A };
    assert.deepEqual(
      errorsOf({ ...valid, ...options }).map(({ loc, type }) => [loc[1], type]),
      Object.keys(options).map((name) => [name, 'not_supported_yet']),
    );
  });

  void it('takes sources either by their ids or by a filter, and misses the ids where there is neither', () => {
    const { source_dataset_ids: ids, ...rest } = valid;
    const filter = { q: 'B04', bbox: [10, 50, 12, 51], datetime: '2026-06-01T00:00:00Z/..' };
    assert.deepEqual(errorsOf({ ...rest, source_filter: filter }), []);
    assert.deepEqual(errorsOf({ ...rest, source_dataset_ids: ids, source_filter: filter }), [
      {
        loc: ['body'],
        msg: 'Value error, give source_dataset_ids or source_filter, not both',
        type: 'value_error',
        input: null,
        ctx: { error: 'give source_dataset_ids or source_filter, not both' },
      },
    ]);
    assert.deepEqual(errorsOf(rest), [
      { loc: ['body', 'source_dataset_ids'], msg: 'Field required', type: 'missing', input: null },
    ]);
  });

  for (const [option, good, bad] of OPTIONS) {
    void it(`takes ${option} as ${good.map((value) => JSON.stringify(value)).join(', ')}`, () => {
      for (const value of good) assert.deepEqual(errorsOf({ ...valid, [option]: value }), [], JSON.stringify(value));
    });

    void it(`says what is wrong with ${option} where it is something else`, () => {
      for (const [value, ...expected] of bad) {
        assert.deepEqual(
          errorsOf({ ...valid, [option]: value }).map(({ loc, type }) => [loc.slice(2).join('.'), type]),
          expected,
          JSON.stringify(value),
        );
      }
    });
  }

  void it('is not fooled by members with the names of what every object inherits', () => {
    assert.deepEqual(
      errorsOf(JSON.parse(`{"constructor":1,"__proto__":{"title":"inherited"},"toString":null}`))
        .filter(({ type }) => type === 'extra_forbidden')
        .map(({ loc }) => loc[1]),
      ['constructor', '__proto__', 'toString'],
    );
    assert.equal(errorsOf(Object.create(valid)).length, 4);
  });

  void it('accepts a title of 500 characters that takes 1000 UTF-16 units', () => {
    assert.deepEqual(errorsOf({ ...valid, title: '🛰'.repeat(500) }), []);
    assert.equal(errorsOf({ ...valid, title: '🛰'.repeat(501) })[0]?.type, 'string_too_long');
  });

  void it('lists the first 1000 problems and says how many there are', () => {
    const ids = Array.from({ length: 5000 }, (_, index) => `not an id ${index}`);
    const items = errorsOf({ ...valid, source_dataset_ids: ids });
    assert.equal(items.length, 1000);
    assert.equal(items[998]?.ctx?.['total'], undefined);
    assert.equal(items[999]?.ctx?.['total'], 5000);
    assert.deepEqual(items[999]?.loc, ['body', 'source_dataset_ids', 999]);
  });

  void it('is refused for more sources than a virtual raster has, without repeating them', () => {
    const ids = Array.from({ length: MAX_SOURCES + 1 }, idOf);
    assert.deepEqual(errorsOf({ ...valid, source_dataset_ids: ids }), [
      {
        loc: ['body', 'source_dataset_ids'],
        msg: 'A virtual raster has at most 100000 sources, 100001 given',
        type: 'too_many_sources',
        input: [...ids.slice(0, 10), '… and 99991 more'],
        ctx: { field_type: 'List', max_length: 100_000, actual_length: 100_001 },
      },
    ]);
  });

  void it('is checked quickly with 100,000 sources', () => {
    const body = { ...valid, source_dataset_ids: Array.from({ length: MAX_SOURCES }, idOf) };
    const times = Array.from({ length: 5 }, () => {
      const start = performance.now();
      assert.deepEqual(errorsOf(body), []);
      return performance.now() - start;
    });
    // Some 45 ms where this was written, on two busy cores; the bound leaves room for a slow and busy machine.
    assert.ok(Math.min(...times) < 500, `took ${Math.min(...times)} ms`);
  });

  void it('is accepted whatever valid values it has', () => {
    const body = fc.record(
      {
        source_dataset_ids: fc.uniqueArray(fc.uuid(), { minLength: 2, maxLength: 20 }),
        vrt_type: fc.constantFrom('mosaic', 'band_stack'),
        resolution_strategy: fc.constantFrom('finest', 'coarsest', 'average'),
        title: fc
          .string({ unit: 'binary', minLength: 1, maxLength: 200 })
          .filter((text) => /\S/u.test(text) && !text.includes('\0')),
        summary: fc.option(fc.string({ maxLength: 500 })),
        visibility: fc.constantFrom('private', 'restricted', 'internal', 'public'),
      },
      { requiredKeys: ['source_dataset_ids', 'vrt_type', 'resolution_strategy', 'title'] },
    );
    fc.assert(fc.property(body, (value) => assert.deepEqual(errorsOf(value), [])));
  });

  void it('is read with its defaults filled in, and is itself left as it was', () => {
    const parsed = parseBody(VrtCreate, valid);
    assert.deepEqual(parsed, { ok: true, value: { ...valid, visibility: 'private' } });
    assert.equal('visibility' in valid, false);
  });
});

function idOf(_: unknown, index: number): string {
  return `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`;
}
