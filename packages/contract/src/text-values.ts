import type { TObject } from 'typebox';
import type { Loc, ValidationItem } from './problem.ts';
import type { Parsed } from './schema.ts';
import { asJsonSchema, type JsonSchema, type Parsing, validateValue, withDefaults } from './validation.ts';

/** What arrives as text: a query, path parameters, form fields. An array where a name was given more than once. */
export type TextFields = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Converts text to what the schema asks for (numbers, booleans, lists separated by commas), checks it and fills in
 * defaults. `loc` is where the fields stand: `['query']`, `['path']`, or `['body']` for a form.
 */
export function parseQuery<S extends TObject>(
  schema: S,
  fields: TextFields,
  loc: Readonly<Loc> = ['query'],
): Parsing<Parsed<S>> {
  const { properties = {} } = asJsonSchema(schema);
  // fromEntries defines members, where assignment would call the setter that `__proto__` has.
  const values = Object.fromEntries(
    Object.entries(fields).map(([name, text]) => [
      name,
      text !== undefined && Object.hasOwn(properties, name) ? fromText(properties[name] as JsonSchema, text) : text,
    ]),
  );
  const items: ValidationItem[] = validateValue(schema, values, loc, true);
  return items.length > 0 ? { ok: false, items } : { ok: true, value: withDefaults(schema, values as never) };
}

/** The value that the text stands for; the text itself where it stands for none, for the validator to refuse. */
function fromText(schema: JsonSchema, text: string | readonly string[]): unknown {
  if (schema.anyOf !== undefined) return fromUnionText(schema.anyOf, text);
  if (schema['x-repeated'] === true) return typeof text === 'string' ? [text] : text;
  if (schema.type === 'array') {
    const parts = (typeof text === 'string' ? [text] : text).flatMap((part) => (part === '' ? [] : part.split(',')));
    return parts.map((part) => (schema.items === undefined ? part : fromText(schema.items, part)));
  }
  if (typeof text !== 'string') return text;
  if (schema.enum !== undefined) return schema.enum.find((value) => String(value) === text) ?? text;
  if (schema.type === 'integer') return /^[+-]?\d{1,15}$/.test(text) ? Number(text) : text;
  if (schema.type === 'number') return numberFromText(text) ?? text;
  if (schema.type === 'boolean') return BOOLEANS.get(text.toLowerCase()) ?? text;
  return text;
}

/** A number where that is allowed and says exactly what the text says, so that 64-bit integers stay text. */
function fromUnionText(branches: readonly JsonSchema[], text: string | readonly string[]): unknown {
  const branch = branches.find((candidate) => candidate.type !== 'null' && candidate.type !== 'string');
  if (branch === undefined || typeof text !== 'string') return text;
  const value = fromText(branch, text);
  const mayStayText = branches.some((candidate) => candidate.type === 'string');
  const isExact = typeof value !== 'number' || (Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER);
  return mayStayText && !isExact && !text.includes('e') && !text.includes('.') ? text : value;
}

/** The spellings that pydantic reads as booleans. */
const BOOLEANS = new Map<string, boolean>([
  ...['true', 't', 'yes', 'y', 'on', '1'].map((word) => [word, true] as const),
  ...['false', 'f', 'no', 'n', 'off', '0'].map((word) => [word, false] as const),
]);

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const NOT_FINITE = /^[+-]?(inf|infinity|nan)$/i;

function numberFromText(text: string): number | null {
  if (NUMBER.test(text)) return Number(text);
  return NOT_FINITE.test(text) ? NaN : null;
}
