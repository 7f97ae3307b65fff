import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../config.ts';
import { notFound } from '../error.ts';
import { evaluatePreconditions } from './send-object.ts';

// The web application: one page for every address that is not of the API, and files that it is made of. They come from
// the build of packages/web and are kept in memory, so that a build under way is never served by halves.

/** Where the web package's build leaves it. */
export const WEB_APP_DIR: string = fileURLToPath(new URL('../../../web/dist/app/', import.meta.url));

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
};

/** Compressed copies that the build writes beside a file, the best first (RFC 9110, 8.4.1; RFC 7932). */
const ENCODINGS = [
  { name: 'br', suffix: '.br' },
  { name: 'gzip', suffix: '.gz' },
] as const;

/** Files have a hash of their content in their name: what a name means never changes (RFC 8246). */
const FOR_EVER = 'public, max-age=31536000, immutable';

interface File {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly etag: string;
  /** By the name of the encoding. */
  readonly encoded: ReadonlyMap<string, Buffer>;
}

export interface WebAppOptions {
  readonly webAppDir: string;
  readonly publicUrl: string | null;
  readonly basemap: Config['basemap'];
  readonly logger: FastifyBaseLogger;
}

/** Answers page requests. */
export interface WebApp {
  /** Whether a request that no route takes is for a page of the application. */
  isPage(request: FastifyRequest): boolean;
  sendPage(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply>;
}

/** Registers the application's files; without a build of it, pages say how to make one. */
export async function openWebApp(app: FastifyInstance, options: WebAppOptions): Promise<WebApp> {
  const { webAppDir, logger } = options;
  const files = await readFiles(webAppDir);
  const index = files.get('index.html');
  const policy = policyOf(options.basemap);
  // Where a proxy serves all of this below a path, the page's files are there too.
  const prefix = options.publicUrl === null ? '' : new URL(options.publicUrl).pathname.replace(/\/$/, '');
  const page =
    index === undefined ? null : fileOf(Buffer.from(index.bytes.toString().replaceAll('"./', `"${prefix}/`)), '.html');
  if (page === null) logger.warn(NOT_BUILT);

  const sendFile = async (name: string, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const file = name.endsWith('.html') ? undefined : files.get(name);
    if (file === undefined) throw notFound('page');
    reply.header('cache-control', name.startsWith('assets/') ? FOR_EVER : 'public, no-cache');
    return await send(file, request, reply);
  };
  app.get<{ Params: { file: string } }>('/assets/:file', (request, reply) =>
    sendFile(`assets/${request.params.file}`, request, reply),
  );
  app.get('/icon.svg', (request, reply) => sendFile('icon.svg', request, reply));
  // Where a dataset's page was before, in links that were handed out and hold for years.
  app.get<{ Params: { id: string } }>('/view/:id', async (request, reply) => {
    const query = /\?.*$/.exec(request.url)?.[0] ?? '';
    return await reply.redirect(`${prefix}/datasets/${encodeURIComponent(request.params.id)}${query}`, 301);
  });

  return {
    isPage(request) {
      if (request.method !== 'GET' && request.method !== 'HEAD') return false;
      const path = request.url.split('?')[0] ?? '';
      // Pages have no file extension in their address; whoever asks for `/favicon.ico` wants no page.
      return !/^\/(api|assets)(\/|$)/.test(path) && extname(path) === '';
    },
    async sendPage(request, reply) {
      if (page === null) {
        return await reply.code(503).type('text/plain; charset=utf-8').send(`${NOT_BUILT}\n`);
      }
      reply.headers({ 'cache-control': 'public, no-cache', 'content-security-policy': policy });
      return await send(page, request, reply);
    },
  };
}

const NOT_BUILT =
  'The web application is not built. Run "npm run build", then start the server again. The API works without it.';

async function send(file: File, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { etag } = file;
  reply.headers({ etag, vary: 'accept-encoding' });
  if (evaluatePreconditions(request.headers, { etag, lastModified: null }) === 'not-modified') {
    return await reply.code(304).send();
  }
  const encoding = ENCODINGS.find(({ name }) => accepts(request, name) && file.encoded.has(name));
  if (encoding !== undefined) reply.header('content-encoding', encoding.name);
  return await reply
    .code(200)
    .type(file.mediaType)
    .send(encoding === undefined ? file.bytes : file.encoded.get(encoding.name));
}

/** Whether a client takes an encoding; one it names with `q=0` it does not (RFC 9110, 12.5.3). */
function accepts({ headers }: FastifyRequest, encoding: string): boolean {
  return (headers['accept-encoding'] ?? '').split(',').some((part) => {
    const [name = '', ...parameters] = part
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/);
    return name === encoding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}

/** Everything comes from here, but for the operator's map tiles; nothing written into the page can run (W3C CSP 3). */
function policyOf(basemap: Config['basemap']): string {
  const tiles = basemap === null ? '' : ` ${new URL(basemap.url).origin}`;
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    `img-src 'self' data: blob:${tiles}`,
    `connect-src 'self'${tiles}`,
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'self'",
  ].join('; ');
}

/** The files of the build by their path, `assets/index-Ab12.js`; none where there is no build. */
async function readFiles(folder: string): Promise<ReadonlyMap<string, File>> {
  const files = new Map<string, File>();
  for (const [prefix, path] of [
    ['', folder],
    ['assets/', join(folder, 'assets')],
  ] as const) {
    const names = new Set(await namesIn(path));
    for (const name of names) {
      const extension = extname(name);
      if (!Object.hasOwn(MEDIA_TYPES, extension)) continue;
      const encoded = new Map<string, Buffer>();
      for (const { name: encoding, suffix } of ENCODINGS) {
        if (names.has(name + suffix)) encoded.set(encoding, await readFile(join(path, name + suffix)));
      }
      files.set(prefix + name, fileOf(await readFile(join(path, name)), extension, encoded));
    }
  }
  return files;
}

function fileOf(bytes: Buffer, extension: string, encoded: File['encoded'] = new Map()): File {
  const etag = `"${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}"`;
  return { bytes, etag, encoded, mediaType: MEDIA_TYPES[extension] ?? 'application/octet-stream' };
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile()).map(({ name }) => name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
