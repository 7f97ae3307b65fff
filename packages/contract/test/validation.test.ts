import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  CommitUpload,
  CreateApiKey,
  CreateUser,
  Job,
  operations,
  parseJson,
  RegisterRasters,
  validate,
  type ValidationItem,
} from '@inlay/contract';

const A = '2489e9ad-2ee2-8e00-8ec9-32d5f69181c0';
type Schema = Parameters<typeof validate>[0];
const summaryOf = (items: readonly ValidationItem[]): unknown[] =>
  items.map(({ loc, type, msg }) => [loc.join('.'), type, msg]);
const errorsOf = (schema: Schema, body: unknown): unknown[] => summaryOf(validate(schema, body, ['body']));

void describe('the validator', () => {
  void it('names problems of numbers as pydantic does', () => {
    const key = (days: unknown) => errorsOf(CreateApiKey, { name: 'x', expires_in_days: days });
    assert.deepEqual(key(null), []);
    assert.deepEqual(key(1), []);
    assert.deepEqual(key(0), [
      ['body.expires_in_days', 'greater_than_equal', 'Input should be greater than or equal to 1'],
    ]);
    assert.deepEqual(key(3651), [
      ['body.expires_in_days', 'less_than_equal', 'Input should be less than or equal to 3650'],
    ]);
    assert.deepEqual(key('1'), [['body.expires_in_days', 'int_type', 'Input should be a valid integer']]);
    assert.deepEqual(key(true), [['body.expires_in_days', 'int_type', 'Input should be a valid integer']]);
    assert.deepEqual(key(1.5), [
      [
        'body.expires_in_days',
        'int_from_float',
        'Input should be a valid integer, got a number with a fractional part',
      ],
    ]);
  });

  void it('refuses numbers that JSON cannot hold, and repeats them as text', () => {
    const [item] = validate(CommitUpload, { title: 'x', nodata_override: Infinity }, ['body']);
    assert.deepEqual(item, {
      loc: ['body', 'nodata_override'],
      msg: 'Input should be a finite number',
      type: 'finite_number',
      input: 'Infinity',
    });
  });

  void it('takes a nodata value as a number or as the text that stands for one', () => {
    for (const nodata of [0, -9999, 1.5, 'nan', 'inf', '-inf', '18446744073709551615', null]) {
      assert.deepEqual(errorsOf(CommitUpload, { title: 'x', nodata_override: nodata }), []);
    }
    assert.deepEqual(errorsOf(CommitUpload, { title: 'x', nodata_override: 'none' }), [
      [
        'body.nodata_override',
        'string_pattern_mismatch',
        "String should match pattern '^(nan|inf|-inf|-?[0-9]{1,20})$'",
      ],
    ]);
    assert.deepEqual(errorsOf(CommitUpload, { title: 'x', nodata_override: [0] }), [
      ['body.nodata_override', 'float_type', 'Input should be a valid number or string'],
    ]);
  });

  void it('asks for exactly one of two ways to say the same', () => {
    assert.deepEqual(errorsOf(RegisterRasters, { hrefs: ['/a.tif'] }), []);
    assert.deepEqual(errorsOf(RegisterRasters, { prefix: 's3://bucket/' }), []);
    assert.deepEqual(errorsOf(RegisterRasters, {}), [['body', 'value_error', 'Value error, give hrefs or prefix']]);
    assert.deepEqual(errorsOf(RegisterRasters, { hrefs: ['/a.tif'], prefix: '/b' }), [
      ['body', 'value_error', 'Value error, give hrefs or prefix, not both'],
    ]);
    assert.deepEqual(errorsOf(RegisterRasters, { hrefs: ['/a.tif', '/a.tif'] }), [
      ['body.hrefs.1', 'duplicate_item', 'The value is listed twice, first at index 0'],
    ]);
    assert.deepEqual(errorsOf(RegisterRasters, { hrefs: [] }), [
      ['body.hrefs', 'too_short', 'List should have at least 1 item after validation, not 0'],
    ]);
  });

  void it('never repeats a password', () => {
    const items = validate(CreateUser, { username: 'a b', password: 'hunter2' }, ['body']);
    assert.deepEqual(
      items.map(({ loc, type, input }) => [loc[1], type, input]),
      [
        ['username', 'string_pattern_mismatch', 'a b'],
        ['password', 'string_too_short', null],
      ],
    );
    assert.equal(validate(CreateUser, [{ username: 'ada', password: 'hunter2' }], ['body'])[0]?.input, null);
  });

  void it('shortens what it repeats: long text, long lists, many members, deep nesting', () => {
    const deep = { a: { b: { c: { d: 1 } } } };
    const many = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`k${index}`, index]));
    const inputs = validate(CreateUser, { username: deep, password: 'long enough', role: many }, ['body']).map(
      ({ input }) => input,
    );
    assert.deepEqual(inputs, [
      { a: { b: { c: '…' } } },
      { k0: 0, k1: 1, k2: 2, k3: 3, k4: 4, k5: 5, k6: 6, k7: 7, k8: 8, k9: 9, '…': 'and 2 more' },
    ]);
    const name = 'n'.repeat(1000);
    const [extra] = validate(CreateUser, { username: 'a', password: 'long enough', [name]: 1 }, ['body']);
    assert.deepEqual(extra?.loc, ['body', `${'n'.repeat(256)}… (1000 characters)`]);
  });

  void it('repeats a hostile body as harmless JSON', () => {
    const [item] = validate(CreateUser, { username: JSON.parse('{"__proto__":{"x":1}}'), password: 'long enough' }, [
      'body',
    ]);
    assert.equal(JSON.stringify(item?.input), '{"__proto__":{"x":1}}');
    assert.equal(({} as { x?: number }).x, undefined);
  });

  void it('survives a body nested 100,000 deep', () => {
    const parsed = parseJson(`{"username":${'['.repeat(100_000)}${']'.repeat(100_000)},"password":"long enough"}`);
    assert.ok(parsed.ok);
    assert.deepEqual(validate(CreateUser, parsed.value, ['body']), [
      { loc: ['body', 'username'], msg: 'Input should be a valid string', type: 'string_type', input: [[['…']]] },
    ]);
  });

  void it('checks answers as well, and lets them have members of later versions', () => {
    const job = {
      id: A,
      kind: 'vrt_create',
      status: 'running',
      dataset_id: null,
      source_dataset_id: null,
      title: null,
      owner_name: 'ada',
      source_filename: null,
      result: null,
      error_message: null,
      can_retry: false,
      warnings: ['a half-pixel shift'],
      progress: 0.5,
      current_step: 'Writing the VRT',
      request_id: null,
      created_at: '2026-11-05T09:30:00.123Z',
      started_at: '2026-11-05T09:30:01Z',
      completed_at: null,
      priority: 3,
    };
    assert.deepEqual(errorsOf(Job, job), []);
    assert.deepEqual(errorsOf(Job, { ...job, progress: 1.01, warnings: [1], created_at: '2026-13-05T09:30:00Z' }), [
      ['body.warnings.0', 'string_type', 'Input should be a valid string'],
      ['body.progress', 'less_than_equal', 'Input should be less than or equal to 1'],
      [
        'body.created_at',
        'datetime_parsing',
        'Input should be a valid datetime, expected RFC 3339, such as 2026-11-05T09:30:00Z',
      ],
    ]);
  });

  void it('knows every keyword that a schema of the route table uses', () => {
    const known = new Set(
      `type enum anyOf oneOf properties patternProperties required additionalProperties items minItems maxItems
      uniqueItems minLength maxLength pattern format minimum maximum exclusiveMinimum default writeOnly x-errors
      x-not-supported-yet x-not-supported-values x-usual-choice x-repeated title description contentMediaType`.split(
        /\s+/,
      ),
    );
    const unknown = new Set<string>();
    const look = (schema: unknown): void => {
      if (typeof schema !== 'object' || schema === null) return;
      const { properties, patternProperties, items, anyOf } = schema as Record<string, object>;
      for (const keyword of Object.keys(schema)) if (!known.has(keyword)) unknown.add(keyword);
      for (const part of [properties, patternProperties, anyOf]) Object.values(part ?? {}).forEach(look);
      look(items);
    };
    for (const { params, query, body, responses } of operations) {
      [params, query, body?.schema, ...Object.values(responses).map(({ schema }) => schema)].forEach(look);
    }
    assert.deepEqual([...unknown], []);
  });
});

void describe('the text of a body', () => {
  void it('is refused where it is not JSON, with the reason and without repeating it', () => {
    assert.deepEqual(parseJson('{"password": hunter2}'), {
      ok: false,
      items: [
        {
          loc: ['body'],
          msg: 'JSON decode error: unexpected character "h"',
          type: 'json_invalid',
          input: null,
          ctx: { error: 'unexpected character "h"' },
        },
      ],
    });
  });

  void it('is refused with the offset of the mistake where that is known', () => {
    const placeOf = (text: string): unknown => {
      const parsed = parseJson(text);
      return parsed.ok ? null : [parsed.items[0]?.loc, parsed.items[0]?.msg];
    };
    assert.deepEqual(placeOf('[1 2]'), [
      ['body', 3],
      "JSON decode error: expected ',' or ']' after array element at offset 3",
    ]);
    assert.deepEqual(placeOf('{"a":1}x'), [
      ['body', 7],
      'JSON decode error: unexpected non-whitespace character at offset 7',
    ]);
    assert.deepEqual(placeOf('{"title": "exa'), [['body', 14], 'JSON decode error: unterminated string at offset 14']);
    assert.deepEqual(placeOf('[1,'), [['body', 3], 'JSON decode error: the text ends too early at offset 3']);
    assert.deepEqual(placeOf(''), [['body', 0], 'JSON decode error: the text ends too early at offset 0']);
  });

  void it('is read as JSON reads it', () => {
    assert.deepEqual(parseJson('{"a":[1,null]}'), { ok: true, value: { a: [1, null] } });
  });
});
