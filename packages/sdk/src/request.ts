import type { BodyOf, Operation, ParamsOf, QueryOf, ResponseOf } from '@inlay/contract';
import { apiErrorOf, ClientError } from './error.ts';

/** Where requests go, on whose behalf and by which fetch. */
export interface Endpoint {
  /** Without a trailing slash; may have a path, where a proxy serves the API below one. */
  readonly baseUrl: string;
  /** An access token or an API key; null to ask anonymously. */
  readonly token: string | null;
  readonly fetch: typeof fetch;
}

/** What every call takes. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** A member that the operation asks for, that may be left out, or that it does not have. */
type Given<Name extends string, T> = undefined extends T ? { readonly [N in Name]?: T } : { readonly [N in Name]: T };

/** What one operation is called with: its path parameters, query and body, as the contract declares them. */
export type CallInput<O extends Operation> = CallOptions & {
  readonly headers?: Readonly<Record<string, string>>;
} & Given<'params', ParamsOf<O>> &
  Given<'body', BodyOf<O>> & { readonly query?: QueryOf<O> | undefined };

/** The arguments after the operation: nothing where it takes nothing. */
export type CallArguments<O extends Operation> =
  // oxlint-disable-next-line typescript/no-generated-empty-object-type -- asks whether an empty object would do
  Record<never, never> extends CallInput<O> ? [input?: CallInput<O>] : [input: CallInput<O>];

type Scalar = string | number | boolean | null | undefined;

/** Any operation's input, for code that treats all alike. */
export interface AnyInput extends CallOptions {
  readonly params?: Readonly<Record<string, Scalar>> | undefined;
  readonly query?: Readonly<Record<string, Scalar | readonly Scalar[]>> | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A request's body as fetch takes it; a stream needs `duplex: 'half'` (fetch standard, `RequestInit`). */
export interface SendBody {
  readonly body: NonNullable<RequestInit['body']>;
  readonly mediaType?: string;
  readonly duplex?: 'half';
}

/**
 * Calls an operation and reads its JSON answer; `send` stands in for a body that has to be streamed.
 *
 * @throws ApiError, ClientError, and what aborted the signal
 */
export async function call<O extends Operation>(
  endpoint: Endpoint,
  operation: O,
  input: AnyInput,
  send?: SendBody,
): Promise<ResponseOf<O>> {
  const response = await request(endpoint, operation, input, send);
  if (response.status === 204) return undefined as ResponseOf<O>;
  return (await readJson(response, operation, input.signal)) as ResponseOf<O>;
}

/** {@link call} with the answer unread: for bytes, text and headers. */
export async function request(
  endpoint: Endpoint,
  operation: Operation,
  input: AnyInput,
  send: SendBody | undefined = encodeBody(operation, input.body),
): Promise<Response> {
  const response = await reach(operation, input.signal, () =>
    endpoint.fetch(urlOf(endpoint.baseUrl, operation, input), {
      method: operation.method,
      headers: {
        accept: 'application/json, application/problem+json;q=0.9, */*;q=0.1',
        ...(endpoint.token === null ? {} : { authorization: `Bearer ${endpoint.token}` }),
        ...(send?.mediaType === undefined ? {} : { 'content-type': send.mediaType }),
        ...input.headers,
      },
      ...(send === undefined ? {} : { body: send.body }),
      ...(send?.duplex === undefined ? {} : { duplex: send.duplex }),
      signal: input.signal ?? null,
    }),
  );
  if (response.ok || response.status === 304) return response;
  throw apiErrorOf(response, await readText(response, operation, input.signal));
}

/** The URL of an operation. @throws ClientError `sdk/bad-argument` for a path parameter that would change the path */
export function urlOf(baseUrl: string, operation: Operation, { params = {}, query = {} }: AnyInput): string {
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(params[name] ?? '');
    // Encoding does not protect dots: URL parsers read `%2e%2e` as `..` too.
    if (/^(\.|%2e){0,2}$/i.test(value)) {
      throw new ClientError('sdk/bad-argument', `"${value}" cannot be the ${name} of ${operation.path}`);
    }
    return encodeURIComponent(value);
  });
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null) continue;
    // Lists are separated by commas, which is how arrays turn into text, but for those whose items may have commas.
    for (const text of Array.isArray(value) && isRepeated(operation, name) ? value : [value]) {
      search.append(name, String(text));
    }
  }
  return search.size === 0 ? `${baseUrl}${path}` : `${baseUrl}${path}?${search.toString()}`;
}

function isRepeated({ query }: Operation, name: string): boolean {
  const property: { readonly 'x-repeated'?: boolean } | undefined = query?.properties[name];
  return property?.['x-repeated'] === true;
}

function encodeBody({ body: declared }: Operation, body: unknown): SendBody | undefined {
  if (declared === undefined || body === undefined) return undefined;
  const { mediaType } = declared;
  if (mediaType === 'application/json') return { body: JSON.stringify(body), mediaType };
  const fields = Object.entries(body as Readonly<Record<string, Scalar | Blob>>);
  // Fetch adds the boundary of a multipart form to its content type, so that is left to fetch.
  if (mediaType === 'multipart/form-data') return { body: formOf(fields) };
  return { body: new URLSearchParams(textFields(fields)).toString(), mediaType };
}

/** The server reads a form as it arrives and wants its files last. */
function formOf(fields: readonly (readonly [string, Scalar | Blob])[]): FormData {
  const form = new FormData();
  for (const [name, text] of textFields(fields)) form.append(name, text);
  for (const [name, value] of fields) if (value instanceof Blob) form.append(name, value);
  return form;
}

/** What a form says as text; a form has no null, so what is null is left out. */
export function textFields(fields: readonly (readonly [string, Scalar | Blob])[]): [name: string, text: string][] {
  return fields.flatMap(([name, value]) =>
    value === undefined || value === null || value instanceof Blob ? [] : [[name, String(value)]],
  );
}

const MAX_ERROR_CHARACTERS = 4 * 1024 * 1024;

/** The text of an answer that is an error, cut where it is far longer than any of ours. */
async function readText(response: Response, operation: Operation, signal: AbortSignal | undefined): Promise<string> {
  if (response.body === null) return '';
  const body = response.body.pipeThrough(new TextDecoderStream());
  return await reach(operation, signal, async () => {
    let text = '';
    for await (const chunk of body) {
      text += chunk;
      if (text.length > MAX_ERROR_CHARACTERS) break;
    }
    return text;
  });
}

async function readJson(response: Response, operation: Operation, signal: AbortSignal | undefined): Promise<unknown> {
  const text = await reach(operation, signal, () => response.text());
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ClientError(
      'sdk/unexpected-answer',
      `${nameOf(operation)} was answered with ${response.headers.get('content-type') ?? 'something'}, not with JSON. ` +
        'Is this the address of an Inlay server?',
      { cause: error },
    );
  }
}

/** Does a step on the network; whatever stops it other than the caller is one kind of error. */
async function reach<T>(operation: Operation, signal: AbortSignal | undefined, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (signal?.aborted === true || error instanceof ClientError) throw error;
    throw new ClientError('sdk/unreachable', `${nameOf(operation)} got no answer: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

function nameOf({ method, path }: Operation): string {
  return `${method} ${path}`;
}

/** Node's fetch says only "fetch failed"; the reason is in its cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  const { code } = cause as { code?: unknown };
  return cause.message !== '' ? cause.message : typeof code === 'string' ? code : cause.name;
}
