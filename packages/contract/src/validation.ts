import type { Static, TObject, TSchema } from 'typebox';
import { endWalk, fail, startWalk, type Failure, type Walk } from './failures.ts';
import type { Loc, ValidationItem } from './problem.ts';
import type { ErrorOverrides, OverridableKeyword, Parsed } from './schema.ts';
import { stringFailure } from './string-rules.ts';

/**
 * Checks values against our schemas and says everything that is wrong, in the words of pydantic 2, which clients of
 * this API know (https://docs.pydantic.dev/latest/errors/validation_errors/). Nothing is converted: `12` is not a
 * title. The keywords it knows are those of {@link JsonSchema}; a test holds the route table to them.
 */

/** A checked value, or why it was refused. */
export type Parsing<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly items: ValidationItem[] };

/** The JSON Schema keywords that have a meaning here. */
export interface JsonSchema {
  readonly type?: 'string' | 'number' | 'integer' | 'boolean' | 'null' | 'array' | 'object';
  readonly enum?: readonly (string | number)[];
  readonly anyOf?: readonly JsonSchema[];
  /** Of an object: exactly one of these sets of members is present. */
  readonly oneOf?: readonly { readonly required: readonly string[] }[];
  /** The member of a `oneOf` that is missing where none of them is there. */
  readonly 'x-usual-choice'?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  /** One pattern that every name matches: the schema of a dictionary's values. */
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly default?: unknown;
  readonly writeOnly?: boolean;
  readonly 'x-errors'?: ErrorOverrides;
  readonly 'x-not-supported-yet'?: boolean;
  readonly 'x-not-supported-values'?: readonly (string | number)[];
  readonly 'x-repeated'?: boolean;
}

/** All that is wrong with a value; nothing for a valid one. `loc` is where the value stands: `['body']`. */
export function validate(schema: TSchema, value: unknown, loc: Readonly<Loc>): ValidationItem[] {
  return validateValue(schema, value, loc, false);
}

/** Checks a JSON body (undefined: there was none) and fills in the defaults of what was left out. */
export function parseBody<S extends TObject>(
  schema: S,
  value: unknown,
  loc: Readonly<Loc> = ['body'],
): Parsing<Parsed<S>> {
  const items = validate(schema, value, loc);
  return items.length > 0 ? { ok: false, items } : { ok: true, value: withDefaults(schema, value as Static<S>) };
}

/** A copy of a valid object with the defaults of what was left out. */
export function withDefaults<S extends TObject>(schema: S, value: Static<S>): Parsed<S> {
  const filled: Record<string, unknown> = { ...(value as object) };
  for (const [name, property] of Object.entries(asJsonSchema(schema).properties ?? {})) {
    if (property.default !== undefined && filled[name] === undefined) filled[name] = property.default;
  }
  return filled as Parsed<S>;
}

/** {@link validate} for values that may have been converted `fromText`. */
export function validateValue(
  schema: TSchema,
  value: unknown,
  loc: Readonly<Loc>,
  fromText: boolean,
): ValidationItem[] {
  const walk = startWalk(loc, fromText);
  if (value === undefined) fail(walk, undefined, missing);
  else check(walk, asJsonSchema(schema), value);
  return endWalk(walk);
}

/** TypeBox schemas are JSON Schema, which their types do not say. */
export function asJsonSchema(schema: TSchema): JsonSchema {
  return schema;
}

const missing = (): Failure => ({ type: 'missing', msg: 'Field required' });

function check(walk: Walk, schema: JsonSchema, value: unknown): void {
  if (schema.writeOnly !== true || walk.secret) return checkPlain(walk, schema, value);
  walk.secret = true;
  checkPlain(walk, schema, value);
  walk.secret = false;
}

function checkPlain(walk: Walk, schema: JsonSchema, value: unknown): void {
  if (schema.anyOf !== undefined) return checkUnion(walk, schema.anyOf, value);
  if (schema.enum !== undefined) return checkEnum(walk, schema, schema.enum, value);
  switch (schema.type) {
    case 'string': {
      const failure = stringFailure(schema, value);
      if (failure !== null) fail(walk, value, failure);
      return;
    }
    case 'integer':
    case 'number':
      return checkNumber(walk, schema, value);
    case 'boolean':
      if (typeof value !== 'boolean') fail(walk, value, () => typeFailure('boolean', walk, value));
      return;
    case 'null':
      if (value !== null) fail(walk, value, () => ({ type: 'none_required', msg: 'Input should be None' }));
      return;
    case 'array':
      return checkArray(walk, schema, value);
    case 'object':
      return checkObject(walk, schema, value);
    case undefined:
      return;
  }
}

/** Null where it is allowed, else the branch for the value's kind. */
function checkUnion(walk: Walk, branches: readonly JsonSchema[], value: unknown): void {
  const others = branches.filter((branch) => branch.type !== 'null');
  if (value === null && others.length < branches.length) return;
  const branch = others.length === 1 ? others[0] : others.find((candidate) => isOfKind(candidate, value));
  if (branch !== undefined) return check(walk, branch, value);
  fail(walk, value, () => {
    const first = typeFailure(others[0]?.type ?? 'object', walk, value);
    const kinds = others.map((other) => KINDS[other.type ?? 'object'].noun);
    return { type: first.type, msg: `Input should be a valid ${alternatives(kinds)}` };
  });
}

function isOfKind(schema: JsonSchema, value: unknown): boolean {
  if (schema.type === 'array') return Array.isArray(value);
  if (schema.type === 'integer') return typeof value === 'number';
  return schema.type === typeof value;
}

function checkEnum(walk: Walk, schema: JsonSchema, values: readonly (string | number)[], value: unknown): void {
  const later = schema['x-not-supported-values'] ?? [];
  if (!values.includes(value as string | number)) {
    const expected = alternatives(values.map((allowed) => quoted(allowed)));
    fail(walk, value, () => ({ type: 'literal_error', msg: `Input should be ${expected}`, ctx: { expected } }));
  } else if (later.includes(value as string | number)) {
    const expected = alternatives(
      values.filter((allowed) => !later.includes(allowed)).map((allowed) => quoted(allowed)),
    );
    fail(walk, value, () => ({
      type: 'not_supported_yet',
      msg: `${quoted(value as string | number)} is not supported yet: use ${expected}`,
      ctx: { expected },
    }));
  }
}

function checkNumber(walk: Walk, schema: JsonSchema, value: unknown): void {
  if (typeof value !== 'number') {
    fail(walk, value, () => typeFailure(schema.type === 'integer' ? 'integer' : 'number', walk, value));
    return;
  }
  const failure = numberFailure(schema, value);
  if (failure !== null) fail(walk, value, () => failure);
}

function numberFailure(schema: JsonSchema, value: number): Failure | null {
  const { minimum, maximum, exclusiveMinimum } = schema;
  if (!Number.isFinite(value)) return { type: 'finite_number', msg: 'Input should be a finite number' };
  if (schema.type === 'integer' && !Number.isInteger(value)) {
    return { type: 'int_from_float', msg: 'Input should be a valid integer, got a number with a fractional part' };
  }
  if (minimum !== undefined && value < minimum) {
    return {
      type: 'greater_than_equal',
      msg: `Input should be greater than or equal to ${minimum}`,
      ctx: { ge: minimum },
    };
  }
  if (maximum !== undefined && value > maximum) {
    return { type: 'less_than_equal', msg: `Input should be less than or equal to ${maximum}`, ctx: { le: maximum } };
  }
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) {
    return {
      type: 'greater_than',
      msg: `Input should be greater than ${exclusiveMinimum}`,
      ctx: { gt: exclusiveMinimum },
    };
  }
  return null;
}

function checkArray(walk: Walk, schema: JsonSchema, value: unknown): void {
  if (!Array.isArray(value)) {
    fail(walk, value, () => typeFailure('array', walk, value));
    return;
  }
  const { minItems, maxItems, items } = schema;
  const actual = value.length;
  if (minItems !== undefined && actual < minItems) {
    fail(walk, value, () => overridden(schema, 'minItems', lengthFailure('too_short', 'least', minItems, actual)));
  }
  if (maxItems !== undefined && actual > maxItems) {
    // Its items are not looked at: what is over the limit is not worth the time.
    fail(walk, value, () => overridden(schema, 'maxItems', lengthFailure('too_long', 'most', maxItems, actual)));
    return;
  }
  if (items === undefined) return;
  const depth = walk.loc.length;
  value.forEach((item: unknown, index) => {
    walk.loc[depth] = index;
    check(walk, items, item);
  });
  walk.loc.length = depth;
  if (schema.uniqueItems === true) checkUnique(walk, schema, items, value);
}

function lengthFailure(
  type: 'too_short' | 'too_long',
  bound: 'least' | 'most',
  limit: number,
  actual: number,
): Failure {
  return {
    type,
    msg: `List should have at ${bound} ${limit} item${limit === 1 ? '' : 's'} after validation, not ${actual}`,
    ctx: { field_type: 'List', [type === 'too_short' ? 'min_length' : 'max_length']: limit, actual_length: actual },
  };
}

/** Repeats among strings; UUIDs are the same whatever the case of their digits. */
function checkUnique(walk: Walk, schema: JsonSchema, items: JsonSchema, values: readonly unknown[]): void {
  const isUuid = items.format === 'uuid';
  const firstIndexes = new Map<string, number>();
  values.forEach((value, index) => {
    if (typeof value !== 'string') return;
    const key = isUuid ? value.toLowerCase() : value;
    const first = firstIndexes.get(key);
    if (first === undefined) {
      firstIndexes.set(key, index);
      return;
    }
    walk.loc.push(index);
    fail(walk, value, () =>
      overridden(schema, 'uniqueItems', {
        type: 'duplicate_item',
        msg: `The value is listed twice, first at index ${first}`,
        ctx: { first_index: first },
      }),
    );
    walk.loc.pop();
  });
}

function checkObject(walk: Walk, schema: JsonSchema, value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    // What was sent instead of an object with a secret may hold that secret.
    const isSecret = Object.values(schema.properties ?? {}).some((property) => property.writeOnly === true);
    fail(walk, isSecret ? null : value, () =>
      typeFailure(schema.properties === undefined ? 'dictionary' : 'object', walk, value),
    );
    return;
  }
  const members = value as Readonly<Record<string, unknown>>;
  const properties = schema.properties ?? {};
  const required = schema.required ?? [];
  checkChoice(walk, schema, members);
  for (const name of Object.keys(properties)) {
    const property = properties[name] as JsonSchema;
    // Only what the object itself holds counts: `{}` has a `constructor`, but none was sent.
    const member = Object.hasOwn(members, name) ? members[name] : undefined;
    if (member === undefined && !required.includes(name)) continue;
    walk.loc.push(name);
    if (member === undefined) fail(walk, undefined, missing);
    else if (property['x-not-supported-yet'] === true) fail(walk, member, () => notSupportedYet(name));
    else check(walk, property, member);
    walk.loc.pop();
  }
  checkOtherMembers(walk, schema, members);
}

function notSupportedYet(name: string): Failure {
  return { type: 'not_supported_yet', msg: `"${name}" is not supported yet: leave it out`, ctx: { field: name } };
}

/** Members that are not declared: refused, or the values of a dictionary. */
function checkOtherMembers(walk: Walk, schema: JsonSchema, members: Readonly<Record<string, unknown>>): void {
  const [valueSchema] = Object.values(schema.patternProperties ?? {});
  if (schema.additionalProperties !== false && valueSchema === undefined) return;
  for (const name of Object.keys(members)) {
    if (schema.properties !== undefined && Object.hasOwn(schema.properties, name)) continue;
    if (members[name] === undefined) continue;
    walk.loc.push(name);
    if (valueSchema !== undefined) check(walk, valueSchema, members[name]);
    else fail(walk, members[name], () => ({ type: 'extra_forbidden', msg: 'Extra inputs are not permitted' }));
    walk.loc.pop();
  }
}

function checkChoice(walk: Walk, schema: JsonSchema, members: Readonly<Record<string, unknown>>): void {
  if (schema.oneOf === undefined) return;
  const isPresent = (name: string) => Object.hasOwn(members, name) && members[name] !== undefined;
  const chosen = schema.oneOf.filter((choice) => choice.required.every(isPresent));
  if (chosen.length === 1) return;
  const usual = schema['x-usual-choice'];
  if (chosen.length === 0 && usual !== undefined) {
    walk.loc.push(usual);
    fail(walk, undefined, missing);
    walk.loc.pop();
    return;
  }
  const names = schema.oneOf.map((choice) => choice.required.join(' with '));
  const error = `give ${alternatives(names)}${chosen.length > 1 ? ', not both' : ''}`;
  fail(walk, undefined, () =>
    overridden(schema, 'oneOf', { type: 'value_error', msg: `Value error, ${error}`, ctx: { error } }),
  );
}

/** pydantic's names and nouns for the kinds of values, and its `*_parsing` variants for text. */
const KINDS = {
  string: { noun: 'string', type: 'string_type', msg: 'Input should be a valid string' },
  integer: { noun: 'integer', type: 'int_type', msg: 'Input should be a valid integer' },
  number: { noun: 'number', type: 'float_type', msg: 'Input should be a valid number' },
  boolean: { noun: 'boolean', type: 'bool_type', msg: 'Input should be a valid boolean' },
  null: { noun: 'null', type: 'none_required', msg: 'Input should be None' },
  array: { noun: 'list', type: 'list_type', msg: 'Input should be a valid list' },
  dictionary: { noun: 'dictionary', type: 'dict_type', msg: 'Input should be a valid dictionary' },
  object: {
    noun: 'object',
    type: 'model_attributes_type',
    msg: 'Input should be a valid dictionary or object to extract fields from',
  },
} as const;

const UNPARSABLE: Partial<Record<keyof typeof KINDS, Failure>> = {
  integer: {
    type: 'int_parsing',
    msg: 'Input should be a valid integer, unable to parse string as an integer',
  },
  number: { type: 'float_parsing', msg: 'Input should be a valid number, unable to parse string as a number' },
  boolean: { type: 'bool_parsing', msg: 'Input should be a valid boolean, unable to interpret input' },
};

function typeFailure(kind: keyof typeof KINDS, walk: Walk, value: unknown): Failure {
  const unparsable = walk.fromText && typeof value === 'string' ? UNPARSABLE[kind] : undefined;
  return unparsable ?? { type: KINDS[kind].type, msg: KINDS[kind].msg };
}

/** The failure in the schema's own words where it has some: `{name}` stands for a fact of `ctx`. */
function overridden(schema: JsonSchema, keyword: OverridableKeyword, failure: Failure): Failure {
  const own = schema['x-errors']?.[keyword];
  if (own === undefined) return failure;
  const msg = own.msg.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(failure.ctx?.[name]));
  return { ...failure, type: own.type, msg };
}

function quoted(value: string | number): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

/** `a`, `a or b`, `a, b or c`. */
function alternatives(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
