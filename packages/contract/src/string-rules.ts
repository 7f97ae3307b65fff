import type { Failure } from './failures.ts';
import { isDateTime, parseInterval } from './interval.ts';
import type { JsonSchema } from './validation.ts';

/**
 * What is wrong with a string, as a function so that its message is made only where it is shown; null for a good one.
 * Lengths count characters (code points), as JSON Schema does, not UTF-16 units.
 */
export function stringFailure(schema: JsonSchema, value: unknown): (() => Failure) | null {
  if (schema.format === 'uuid') return uuidFailure(value);
  if (typeof value !== 'string') return () => ({ type: 'string_type', msg: 'Input should be a valid string' });
  if (LONE_SURROGATE.test(value)) return notUnicode;
  if (value.includes('\0')) return nulCharacter;
  return lengthFailure(schema, value) ?? formatFailure(schema, value) ?? patternFailure(schema, value);
}

/** A character code that is half of a pair: it has no UTF-8, so a database would store something else. */
const LONE_SURROGATE = /\p{Surrogate}/u;

const notUnicode = (): Failure => ({
  type: 'string_unicode',
  msg: 'Input should be a valid string, unable to parse raw data as a unicode string',
});

/** PostgreSQL's text cannot hold U+0000, and C strings end at it. */
const nulCharacter = (): Failure => ({
  type: 'value_error',
  msg: 'Value error, must not contain the character NUL (U+0000)',
  ctx: { error: 'must not contain the character NUL (U+0000)' },
});

function lengthFailure(schema: JsonSchema, value: string): (() => Failure) | null {
  const { minLength, maxLength } = schema;
  if (minLength !== undefined && !hasLength(value, minLength)) {
    return () => ({
      type: 'string_too_short',
      msg: `String should have at least ${minLength} character${minLength === 1 ? '' : 's'}`,
      ctx: { min_length: minLength },
    });
  }
  if (maxLength !== undefined && hasLength(value, maxLength + 1)) {
    return () => ({
      type: 'string_too_long',
      msg: `String should have at most ${maxLength} character${maxLength === 1 ? '' : 's'}`,
      ctx: { max_length: maxLength },
    });
  }
  return null;
}

/** Whether a string has that many characters or more; counts no more of them than it has to. */
function hasLength(value: string, characters: number): boolean {
  if (value.length < characters) return false;
  if (value.length >= 2 * characters) return true;
  let counted = 0;
  for (let index = 0; index < value.length && counted < characters; counted += 1) {
    index += (value.codePointAt(index) as number) > 0xffff ? 2 : 1;
  }
  return counted >= characters;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Any variant and version; only the canonical form, so that one text stands for one id. */
function uuidFailure(value: unknown): (() => Failure) | null {
  if (typeof value !== 'string') {
    return () => ({ type: 'uuid_type', msg: 'UUID input should be a string, bytes or UUID object' });
  }
  if (UUID.test(value)) return null;
  return () => {
    const error = uuidError(value);
    return { type: 'uuid_parsing', msg: `Input should be a valid UUID, ${error}`, ctx: { error } };
  };
}

function uuidError(value: string): string {
  const at = value.search(/[^0-9a-f-]/i);
  if (at >= 0) {
    const character = String.fromCodePoint(value.codePointAt(at) as number);
    return `invalid character: found \`${character}\` at ${at + 1}`;
  }
  if (value.length !== 36) return `invalid length: expected length 36 for hyphenated format, found ${value.length}`;
  return 'invalid group lengths: expected 8-4-4-4-12 hexadecimal digits';
}

const FORMATS: Readonly<Record<string, { readonly holds: (text: string) => boolean; readonly expected: string }>> = {
  'date-time': { holds: isDateTime, expected: 'RFC 3339, such as 2026-11-05T09:30:00Z' },
  'date-time-interval': {
    holds: (text) => parseInterval(text) !== null,
    expected: 'RFC 3339 times, such as 2026-06-01T00:00:00Z/2026-09-01T00:00:00Z or 2026-06-01T00:00:00Z/..',
  },
};

/** Times and intervals; other formats (`password`) are for people. */
function formatFailure(schema: JsonSchema, value: string): (() => Failure) | null {
  const format = FORMATS[schema.format ?? ''];
  if (format === undefined || format.holds(value)) return null;
  const error = `expected ${format.expected}`;
  return () => ({
    type: 'datetime_parsing',
    msg: `Input should be a valid datetime, ${error}`,
    ctx: { error },
  });
}

function patternFailure(schema: JsonSchema, value: string): (() => Failure) | null {
  const { pattern } = schema;
  if (pattern === undefined || compiled(pattern).test(value)) return null;
  return () => {
    const own = schema['x-errors']?.pattern;
    if (own === undefined) {
      return {
        type: 'string_pattern_mismatch',
        msg: `String should match pattern '${pattern}'`,
        ctx: { pattern },
      };
    }
    return { type: own.type, msg: own.msg, ctx: { error: own.msg.replace(/^Value error, /, '') } };
  };
}

const patterns = new Map<string, RegExp>();

/** Patterns come from our own schemas: there are few, and none is the client's. */
function compiled(pattern: string): RegExp {
  let expression = patterns.get(pattern);
  if (expression === undefined) {
    expression = new RegExp(pattern, 'u');
    patterns.set(pattern, expression);
  }
  return expression;
}
