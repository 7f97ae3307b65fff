import { randomUUID } from 'node:crypto';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import multipart from '@fastify/multipart';
import rateLimit, { type RateLimitOptions } from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { openApiDocument, parseJson } from '@inlay/contract';
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { Actor } from '../access.ts';
import { notFound, ServerError, ValidationError } from '../error.ts';
import { actorOfToken } from '../auth/token-store.ts';
import { createPixelCallers } from '../pixels/pixel-callers.ts';
import { shareLookups } from '../pixels/shared-lookups.ts';
import { authenticate } from './authenticate.ts';
import { type Authenticate, bindRoutes } from './bind.ts';
import { answerClientError } from './client-error.ts';
import { sendError, answerOf } from './problem.ts';
import { createHandlers, type RouteDeps } from './routes.ts';
import { openWebApp } from './web-app.ts';

export interface AppOptions extends RouteDeps {
  readonly logger: FastifyBaseLogger;
  readonly maxUploadBytes: number;
  /** The built web application. */
  readonly webAppDir: string;
}

/** Sign-in attempts per minute and address: enough for a person, too few for guessing. */
const LOGINS_PER_MINUTE = 20;
/** A request must arrive within this time, uploads of large files included. */
const REQUEST_TIMEOUT_MS = 6 * 3600 * 1000;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const CHATTY: ReadonlySet<string> = new Set(['trace', 'debug', 'info']);

/** The HTTP server, not yet listening. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const app = fastify({
    // What Fastify says of its own accord (where it listens, each request) is said elsewhere, and better.
    loggerInstance: options.logger.child(
      {},
      { level: CHATTY.has(options.logger.level) ? 'warn' : options.logger.level },
    ),
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: (request) => requestIdOf(request.headers['x-request-id']),
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    frameworkErrors: (error, request, reply) => {
      void sendError(reply.header('x-request-id', request.id), error, request.id);
    },
    clientErrorHandler: answerClientError,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 512 },
  });

  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  app.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
  app.addHook('onResponse', async (request, reply) => {
    const { statusCode } = reply;
    // The path without its query: signatures and search texts stay out of logs.
    const line = {
      method: request.method,
      path: request.url.split('?')[0],
      status: statusCode,
      ms: Math.round(reply.elapsedTime),
    };
    if (statusCode >= 500) options.logger.error({ requestId: request.id, ...line }, 'answered');
    else options.logger.debug({ requestId: request.id, ...line }, 'answered');
  });
  app.setErrorHandler(async (error, request, reply) => {
    if (answerOf(error, request.id).status === 500) request.log.error({ err: error }, 'unexpected error');
    await sendError(reply, error, request.id);
  });
  const webApp = await openWebApp(app, options);
  app.setNotFoundHandler(async (request, reply) => {
    if (webApp.isPage(request)) return await webApp.sendPage(request, reply);
    return await sendError(reply, notFound('page'), request.id);
  });

  app.removeAllContentTypeParsers(); // text/plain among them: what an operation does not take is 415
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: unknown, bytes: Buffer) => {
    const text = utf8(bytes);
    if (text.trim() === '') return undefined;
    const parsed = parseJson(text);
    if (!parsed.ok) throw new ValidationError(parsed.items);
    return parsed.value;
  });
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_request: unknown, text: string) => formFields(text),
  );

  await app.register(helmet, { contentSecurityPolicy: false, crossOriginResourcePolicy: false });
  // Any page may read what its user can read with a token in a header; browsers send no cookie to where any origin is
  // allowed (Fetch standard, "CORS protocol and credentials"), and a constant one keeps caches from one copy per page.
  await app.register(cors, {
    origin: '*',
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    strictPreflight: false,
    exposedHeaders: [
      'ETag',
      'Content-Range',
      'Accept-Ranges',
      'X-Request-Id',
      'X-Requires-GDAL',
      'Server-Timing',
      'Degraded',
      'Retry-After',
    ],
    maxAge: 86_400,
  });
  await app.register(rateLimit, { global: false });
  await app.register(multipart, {
    // The storage counts a file's bytes: the parser would only cut it off. The second file is there to be refused.
    limits: { fileSize: Infinity, files: 2, fields: 20, fieldSize: 64 * 1024, parts: 22 },
  });
  await registerDocs(app, options);

  const signInLimit: RateLimitOptions = {
    max: LOGINS_PER_MINUTE,
    timeWindow: '1 minute',
    errorResponseBuilder: (_request, context) =>
      new ServerError('too_many_requests', `Too many sign-in attempts. Wait ${context.after}.`),
  };
  const { db, publicUrl } = options;
  const actorOf = shareLookups(
    (token: string) => actorOfToken(db, token),
    (token) => token,
  );
  const viewOf = createPixelCallers(db);
  const authenticateFor: Authenticate = (request, shownId) => {
    if (shownId === undefined || !UUID.test(shownId))
      return authenticate({ actorOfToken: actorOf, publicUrl }, request);
    const actorOfToken = async (token: string): Promise<Actor | null> => {
      request.view = await viewOf(token, shownId);
      return request.view?.actor ?? null;
    };
    return authenticate({ actorOfToken, publicUrl }, request);
  };
  bindRoutes(app, createHandlers(options), authenticateFor, { login: signInLimit, oneTimeSignIn: signInLimit });
  return app;
}

/** The client's own id where it sends a sensible one, so that its log and ours can be laid side by side. */
function requestIdOf(sent: string | string[] | undefined): string {
  return typeof sent === 'string' && /^[\w.:-]{1,128}$/.test(sent) ? sent : randomUUID();
}

/** @throws ValidationError: read leniently, what is not UTF-8 would be stored as something the client never sent */
function utf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const error = 'the body is not UTF-8';
    throw new ValidationError([
      { loc: ['body'], msg: `JSON decode error: ${error}`, type: 'json_invalid', input: null, ctx: { error } },
    ]);
  }
}

/** A field given twice arrives as a list, for the validator to refuse. */
function formFields(text: string): Record<string, string | string[]> {
  const params = new URLSearchParams(text);
  const names = [...new Set(params.keys())];
  return Object.fromEntries(
    names.map((name) => {
      const values = params.getAll(name);
      return [name, values.length === 1 ? (values[0] as string) : values];
    }),
  );
}

async function registerDocs(app: FastifyInstance, options: AppOptions): Promise<void> {
  const document = openApiDocument({ version: options.version, serverUrl: options.publicUrl ?? '/' });
  await app.register(swagger, { mode: 'static', specification: { document: document as never } });
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    staticCSP: true,
    theme: { title: 'Inlay API', css: [{ filename: 'inlay.css', content: '.swagger-ui .topbar { display: none }' }] },
    uiConfig: { docExpansion: 'list', deepLinking: true, persistAuthorization: false },
  });
}
