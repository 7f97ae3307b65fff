import type { Static, TObject, TSchema } from 'typebox';
import type { Parsed } from './schema.ts';

/** Who may call an operation. What a caller may see of its subject is decided by the subject's visibility. */
export type Access = 'anonymous' | 'signed_in' | 'editor' | 'admin';

export type RequestMediaType = 'application/json' | 'application/x-www-form-urlencoded' | 'multipart/form-data';

/** What a request carries. */
export interface RequestBody {
  readonly mediaType: RequestMediaType;
  readonly schema: TObject;
  readonly example?: unknown;
  /** A request without any is one with an empty object. */
  readonly isOptional?: true;
}

/** What a successful answer carries; without a schema, bytes or text of that media type; without either, nothing. */
export interface Answer {
  readonly description: string;
  readonly mediaType?: string;
  readonly schema?: TSchema;
  readonly example?: unknown;
  /** Response headers worth knowing: name -> what it says. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** One method of one path, with all that a server, a client and a reader need to know of it. */
export interface Operation {
  /** camelCase and unique: OpenAPI's `operationId`, and the key in {@link routes}. */
  readonly id: string;
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With `{name}` for each path parameter. Servers answer with and without the trailing slash. */
  readonly path: `/api/${string}`;
  /** Further paths with the same parameters that do the same, for clients that know them. */
  readonly aliases?: readonly `/api/${string}`[];
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly access: Access;
  /** A POST that changes nothing of the catalogue, which tokens for reading may send. */
  readonly isRead?: true;
  readonly params?: TObject;
  readonly query?: TObject;
  /** Request headers with a meaning here: name -> what it does. */
  readonly requestHeaders?: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
  /** Successful answers by HTTP status. */
  readonly responses: Readonly<Record<number, Answer>>;
  /**
   * Errors that are particular to it, by HTTP status -> when. Those that follow from the rest (401 and 403 from
   * `access`, 422 from what it takes, 500) are added where the API is described.
   */
  readonly problems?: Readonly<Record<number, string>>;
}

/** Whether an operation changes anything, which tokens of the scope `read` may not. */
export function changesSomething({ method, isRead }: Operation): boolean {
  return method !== 'GET' && method !== 'HEAD' && isRead !== true;
}

/** Declares an operation, keeping its exact type. */
export function operation<const O extends Operation>(declared: O): O {
  return declared;
}

type StaticOr<S, Otherwise> = S extends TSchema ? Static<S> : Otherwise;

/** The path parameters as a client gives them. */
export type ParamsOf<O extends Operation> = O extends { readonly params: infer S extends TObject }
  ? Static<S>
  : undefined;

/** The query as a client gives it: fields with defaults may be left out. */
export type QueryOf<O extends Operation> = O extends { readonly query: infer S extends TObject }
  ? Static<S>
  : undefined;

/** The query as a handler gets it: defaults filled in. */
export type ParsedQueryOf<O extends Operation> = O extends { readonly query: infer S extends TObject }
  ? Parsed<S>
  : undefined;

/** The body as a client gives it; one that may be left out may be undefined. */
export type BodyOf<O extends Operation> = O extends { readonly body: { readonly schema: infer S extends TObject } }
  ? Static<S> | (O['body'] extends { readonly isOptional: true } ? undefined : never)
  : undefined;

/** The body as a handler gets it: defaults filled in. */
export type ParsedBodyOf<O extends Operation> = O extends {
  readonly body: { readonly schema: infer S extends TObject };
}
  ? Parsed<S>
  : undefined;

/** The statuses of an operation's successful answers. */
export type StatusOf<O extends Operation> = keyof O['responses'] & number;

/** What the answer with one status carries; for several statuses their union, undefined for none. */
export type ResponseOf<O extends Operation, S extends StatusOf<O> = StatusOf<O>> =
  S extends StatusOf<O>
    ? O['responses'][S] extends { readonly schema: infer Schema }
      ? StaticOr<Schema, undefined>
      : undefined
    : never;
