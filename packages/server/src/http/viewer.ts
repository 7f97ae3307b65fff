import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { notFound } from '../error.ts';
import { evaluatePreconditions } from './send-object.ts';

// The built-in viewer: a page of its own for each dataset, `/view/{id}`, made of a few files that this server sends itself.
// It holds no data; what it shows it asks of the API, with the rights of whoever looks at it.

const FOLDER = new URL('../../viewer/', import.meta.url);

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Everything comes from here and nowhere else; nothing is written into the page that could run (W3C CSP 3). */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ');

interface Asset {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly mediaType: string;
}

/** Registers `/view/{id}` and the files that it is made of. */
export async function registerViewer(
  app: FastifyInstance,
  { publicUrl }: { readonly publicUrl: string | null },
): Promise<void> {
  // Where a proxy serves all of this below a path, the page's files are there too.
  const prefix = publicUrl === null ? '' : new URL(publicUrl).pathname.replace(/\/$/, '');
  const assets = new Map<string, Asset>();
  for (const name of await readdir(FOLDER)) {
    const mediaType = MEDIA_TYPES[extname(name)];
    if (mediaType === undefined) continue;
    const read = await readFile(new URL(name, FOLDER));
    const bytes = name === 'index.html' ? Buffer.from(read.toString().replaceAll('"/view/', `"${prefix}/view/`)) : read;
    const etag = `"${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}"`;
    assets.set(name, { bytes, etag, mediaType });
  }

  const send = async (name: string, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const asset = assets.get(name);
    if (asset === undefined) throw notFound('page');
    const { bytes, etag, mediaType } = asset;
    reply.headers({ etag, 'cache-control': 'public, no-cache', 'content-security-policy': POLICY });
    if (evaluatePreconditions(request.headers, { etag, lastModified: null }) === 'not-modified') {
      return await reply.code(304).send();
    }
    return await reply.type(mediaType).send(bytes);
  };
  // The folder of its files is no dataset.
  app.get<{ Params: { id: string } }>('/view/:id', (request, reply) =>
    send(request.params.id === 'assets' ? '' : 'index.html', request, reply),
  );
  app.get<{ Params: { file: string } }>('/view/assets/:file', (request, reply) =>
    send(request.params.file === 'index.html' ? '' : request.params.file, request, reply),
  );
}
