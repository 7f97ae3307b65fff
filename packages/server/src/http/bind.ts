import {
  changesSomething,
  type Operation,
  type OperationId,
  operations,
  type ParamsOf,
  parseBody,
  type ParsedBodyOf,
  type ParsedQueryOf,
  parseQuery,
  type Parsing,
  type ResponseOf,
  type Routes,
  routes,
} from '@inlay/contract';
import type { RateLimitOptions } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Actor, mayCall, mayWrite } from '../access.ts';
import { ServerError, ValidationError } from '../error.ts';
import type { PixelCallerView } from '../pixels/pixel-callers.ts';

/** One request to an operation, checked against the contract. */
export interface Call<O extends Operation> {
  /** Null for anonymous callers. */
  readonly actor: Actor | null;
  readonly params: ParamsOf<O>;
  readonly query: ParsedQueryOf<O>;
  readonly body: ParsedBodyOf<O>;
  /**
   * Who the caller is by now, for what goes on for long: their credential is looked at again, and who they are then.
   * @throws as where a request begins with such a credential
   */
  readonly callerNow: () => Promise<Actor | null>;
  readonly requestId: string;
  /** Fires when the client goes away before it was answered. */
  readonly signal: AbortSignal;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Does an operation; what it returns is the body, unless it has answered through `reply` itself. */
export interface Handle<O extends Operation> {
  (call: Call<O>): Promise<ResponseOf<O> | typeof ANSWERED>;
  /** Asks whether the caller may do it to that subject, before anything is said of the query and the body. */
  readonly admit?: Admission<O>;
  /** It is about the pixels of the dataset in its path, which is looked up together with who asks. */
  readonly showsPixels?: true;
}

export type Admission<O extends Operation> = (call: Pick<Call<O>, 'actor' | 'params'>) => Promise<unknown>;

/** A handler that is asked first whether the caller may. */
export function admitting<O extends Operation>(
  admit: Admission<O>,
  handle: (call: Call<O>) => ReturnType<Handle<O>>,
): Handle<O> {
  return Object.assign((call: Call<O>) => handle(call), { admit });
}

/** A handler whose call finds the dataset as `request.view`. */
export function showingPixels<O extends Operation>(handle: (call: Call<O>) => ReturnType<Handle<O>>): Handle<O> {
  return Object.assign((call: Call<O>) => handle(call), { showsPixels: true } as const);
}

/** Returned by handlers that have sent their answer themselves (files, events). */
export const ANSWERED: unique symbol = Symbol('answered');

export type Handlers = { readonly [Id in OperationId]: Handle<Routes[Id]> };

/** Bodies that carry long lists of ids or names; every other body is small. */
const BODY_LIMITS: Partial<Record<OperationId, number>> = {
  createVrt: 16 * 1024 * 1024,
  validateVrt: 16 * 1024 * 1024,
  addVrtSources: 16 * 1024 * 1024,
  setVrtSources: 16 * 1024 * 1024,
  registerRasters: 64 * 1024 * 1024,
};
const BODY_LIMIT = 1024 * 1024;

declare module 'fastify' {
  interface FastifyRequest {
    actor: Actor | null;
    /** The caller's view of the dataset whose pixels are asked for; null where none was looked up together with them. */
    view: PixelCallerView | null;
  }
}

/**
 * Finds out who sends a request.
 * @param shownId id of the dataset whose pixels it is about, as it was sent: leaves `request.view` behind
 */
export type Authenticate = (request: FastifyRequest, shownId?: string) => Promise<Actor | null>;

/**
 * Registers every operation of the contract with its handler. The order of refusals is the contract's: who calls
 * (401), whether they may (403, or 404 where `admit` says so), then what they send (422), then the rest.
 */
export function bindRoutes(
  app: FastifyInstance,
  handlers: Omit<Handlers, 'docs'>,
  authenticate: Authenticate,
  rateLimits: Partial<Record<OperationId, RateLimitOptions>>,
): void {
  app.decorateRequest('actor', null);
  app.decorateRequest('view', null);
  const answersHead = new Set(operations.filter(({ method }) => method === 'HEAD').map(({ path }) => path));
  for (const [id, handle] of Object.entries(handlers) as unknown as [OperationId, Handle<Operation>][]) {
    const operation: Operation = routes[id];
    for (const path of [operation.path, ...(operation.aliases ?? [])])
      app.route({
        method: operation.method,
        url: routeOf(path),
        // RFC 9110, 9.1: whatever GET reads, HEAD may ask about; events would have to be waited for.
        exposeHeadRoute: operation.method === 'GET' && id !== 'jobEvents' && !answersHead.has(operation.path),
        bodyLimit: BODY_LIMITS[id] ?? BODY_LIMIT,
        ...(rateLimits[id] === undefined ? {} : { config: { rateLimit: rateLimits[id] } }),
        onRequest: async (request) => {
          const { id } = request.params as { readonly id?: string };
          request.actor = await authenticate(request, handle.showsPixels === true ? id : undefined);
          refuse(request.actor, operation);
          if (handle.admit === undefined) return;
          const params = checkParams(operation, request);
          if (!params.ok) throw new ValidationError(params.items);
          await handle.admit({ actor: request.actor, params: params.value } as never);
        },
        handler: async (request, reply) => {
          const call = {
            ...checkRequest(operation, request),
            actor: request.actor,
            callerNow: () => authenticate(request),
            requestId: request.id,
            signal: abortedWith(request, reply),
            request,
            reply,
          };
          reply.code(Math.min(...Object.keys(operation.responses).map(Number)));
          const body = await handle(call as unknown as Call<Operation>);
          return body === ANSWERED ? reply : reply.send(body);
        },
      });
  }
}

/**
 * A path as the router takes it. Where several parameters share a segment, `{y}@{scale}x.{format}`, each ends before the
 * next separator; coordinates may have a dot in them, the name of a format may not.
 */
function routeOf(path: string): string {
  return path
    .replace(/\/$/, '')
    .split('/')
    .map((segment) => {
      const isShared = !/^\{\w+\}$/.test(segment);
      return segment.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
        if (!isShared) return `:${name}`;
        return name === 'format' ? `:${name}([^,@./]+)` : `:${name}([^,@/]+)`;
      });
    })
    .join('/');
}

function refuse(actor: Actor | null, operation: Operation): void {
  if (mayCall(actor, operation.access)) {
    if (mayWrite(actor) || !changesSomething(operation)) return;
    throw new ServerError('read_only_token', 'This token is for reading only. Use one of the scope `write`.');
  }
  if (actor === null) {
    throw new ServerError(
      'unauthorized',
      'Sign in first: send `Authorization: Bearer <token>` or `X-Api-Key: <token>`.',
    );
  }
  throw new ServerError('forbidden', `This needs the role "${operation.access}"; you are a ${actor.role}.`);
}

/** All that is wrong with the path, the query and the body, in one answer. */
function checkRequest(
  operation: Operation,
  request: FastifyRequest,
): { params: unknown; query: unknown; body: unknown } {
  const params = checkParams(operation, request);
  const query =
    operation.query === undefined
      ? null
      : parseQuery(operation.query, request.query as Record<string, string>, ['query']);
  // The parts of a form with files are read, and checked, by its handler.
  const readsBody = operation.body !== undefined && operation.body.mediaType !== 'multipart/form-data';
  if (readsBody) checkMediaType(operation.body?.mediaType ?? '', request);
  const body = !readsBody || operation.body === undefined ? null : checkBody(operation.body, request);
  const items = [params, query, body].flatMap((part) => (part === null || part.ok ? [] : part.items));
  if (items.length > 0) throw new ValidationError(items);
  return { params: valueOf(params), query: valueOf(query), body: valueOf(body) };
}

function checkParams({ params }: Operation, request: FastifyRequest): Checked {
  return params === undefined
    ? { ok: true, value: undefined }
    : parseQuery(params, request.params as Record<string, string>, ['path']);
}

/** A form for JSON, or JSON for a form, can be parsed as well, but is not what the operation takes. */
function checkMediaType(expected: string, { headers }: FastifyRequest): void {
  const sent = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (sent === undefined || sent === expected) return;
  throw new ServerError('unsupported_media_type', `Send the body as ${expected}.`);
}

type Checked = Parsing<unknown>;

function checkBody(body: NonNullable<Operation['body']>, request: FastifyRequest): Checked {
  return body.mediaType === 'application/x-www-form-urlencoded'
    ? parseQuery(body.schema, (request.body ?? {}) as Record<string, string>, ['body'])
    : parseBody(body.schema, body.isOptional === true ? (request.body ?? {}) : request.body, ['body']);
}

function valueOf(part: Checked | null): unknown {
  return part?.ok === true ? part.value : undefined;
}

function abortedWith(request: FastifyRequest, reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished)
      controller.abort(new ServerError('request_timeout', `Request ${request.id} was given up by its client.`));
  });
  return controller.signal;
}
