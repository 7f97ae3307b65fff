import { type Static, type TObject, type TOptional, type TSchema, Type } from 'typebox';

/**
 * How schemas are written here: plain JSON Schema (2020-12, as OpenAPI 3.1 wants it) made with TypeBox, plus
 * extension keywords that the validator reads and that OpenAPI documents may carry because they start with `x-`.
 *
 * - `x-errors`: the problem type and message to report where a keyword fails, instead of pydantic's.
 * - `x-not-supported-yet`: the field is known and declared, and refused while it is present.
 * - `x-usual-choice`: beside `oneOf`, the member to call missing where none of the choices is there.
 * - `x-not-supported-values`: the listed values of the field are known, and refused while they are given.
 * - `x-repeated`: a list that a query gives by repeating the name, because its items may hold commas.
 */

/** Keywords whose failure can be given a type and a message of its own. */
export type OverridableKeyword = 'minItems' | 'maxItems' | 'uniqueItems' | 'pattern' | 'oneOf';

/** Type and message of an `x-errors` entry; `{name}` in the message stands for a fact of the item's `ctx`. */
export interface ErrorOverride {
  readonly type: string;
  readonly msg: string;
}

/** The value of `x-errors`. */
export type ErrorOverrides = Readonly<Partial<Record<OverridableKeyword, ErrorOverride>>>;

/** An optional field that reads as `value` where it is left out. */
export type Defaulted<S extends TSchema> = TOptional<S> & { readonly default: Static<S> };

/** The schema with further keywords. TypeBox marks its schemas by hidden properties, which spreading would lose. */
export function withKeywords<S extends TSchema>(schema: S, keywords: Readonly<Record<string, unknown>>): S {
  const copy = Object.defineProperties({}, Object.getOwnPropertyDescriptors(schema));
  return Object.assign(copy, keywords) as S;
}

/** Makes a field optional and gives it a default, both for readers of the API page and for `parseBody` and `parseQuery`. */
export function defaulted<S extends TSchema>(schema: S, value: Static<S>): Defaulted<S> {
  return withKeywords(Type.Optional(schema), { default: value }) as Defaulted<S>;
}

/** An optional field that this version declares and refuses; see `x-not-supported-yet`. */
export function notYet<S extends TSchema>(schema: S): TOptional<S> {
  return withKeywords(Type.Optional(schema), { 'x-not-supported-yet': true }) as TOptional<S>;
}

/** A field of a query that may be given several times; commas are part of its values. */
export function repeated(description: string, options: object = {}) {
  return Type.Array(Type.String(), { description, 'x-repeated': true, ...options });
}

/** A value or null. */
export function nullable<S extends TSchema>(schema: S, description?: string) {
  return Type.Union([schema, Type.Null()], description === undefined ? {} : { description });
}

/** An object that answers carry. It may gain members in later versions: clients must tolerate unknown ones. */
export const answer = Type.Object;

/** An object that requests carry: a member it does not declare is an error, never ignored. */
export function request<P extends Record<string, TSchema>>(properties: P, options: object = {}): TObject<P> {
  return Type.Object(properties, { ...options, additionalProperties: false });
}

/** `request` fields with defaults filled in, as a handler sees them. */
export type Parsed<S extends TSchema> =
  S extends TObject<infer P>
    ? Static<S> & { [K in keyof P as P[K] extends { readonly default: unknown } ? K : never]-?: Static<P[K]> }
    : Static<S>;
