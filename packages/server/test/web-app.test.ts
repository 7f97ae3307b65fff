import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import fastify, { type FastifyInstance } from 'fastify';
import { sendError } from '../src/http/problem.ts';
import { notFound } from '../src/error.ts';
import { openWebApp, type WebAppOptions } from '../src/http/web-app.ts';
import { startTestServer, type TestServer } from './test-server.ts';

// The web application, as a browser gets it: of a build of three files.

const SCRIPT = 'export const answer = 42;\n'.repeat(50);
const PAGE =
  '<!doctype html><link rel="icon" href="./icon.svg"><script type="module" src="./assets/main-Ab12.js"></script>';

describe('the web application', () => {
  let folder: string;
  let warnings: string[];
  const opened: FastifyInstance[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inlay-test-'));
    await mkdir(join(folder, 'assets'));
    await writeFile(join(folder, 'index.html'), PAGE);
    await writeFile(join(folder, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
    await writeFile(join(folder, 'assets', 'main-Ab12.js'), SCRIPT);
    await writeFile(join(folder, 'assets', 'main-Ab12.js.br'), brotliCompressSync(SCRIPT));
    await writeFile(join(folder, 'assets', 'main-Ab12.js.gz'), gzipSync(SCRIPT));
    await writeFile(join(folder, 'secret.txt'), 'not part of it');
  });
  after(async () => {
    for (const app of opened) await app.close();
    await rm(folder, { recursive: true, force: true });
  });

  const open = async (options: Partial<WebAppOptions> = {}): Promise<FastifyInstance> => {
    const app = fastify({ logger: false });
    opened.push(app);
    warnings = [];
    const logger = { warn: (text: string) => warnings.push(text) } as unknown as WebAppOptions['logger'];
    const webApp = await openWebApp(app, { webAppDir: folder, publicUrl: null, basemap: null, logger, ...options });
    app.setErrorHandler((error, _request, reply) => sendError(reply, error, 'r'));
    app.setNotFoundHandler(async (request, reply) =>
      webApp.isPage(request) ? await webApp.sendPage(request, reply) : await sendError(reply, notFound('page'), 'r'),
    );
    return app;
  };

  it('is one page for every address that is not of the API', async () => {
    const app = await open();
    for (const url of ['/', '/datasets/0f5e', '/sign-in?to=/jobs', '/anything/at/all']) {
      const { statusCode, headers, body } = await app.inject(url);
      assert.deepEqual([statusCode, headers['content-type']], [200, 'text/html; charset=utf-8'], url);
      assert.match(body, /src="\/assets\/main-Ab12\.js"/);
    }
    assert.equal((await app.inject({ method: 'HEAD', url: '/jobs' })).statusCode, 200);
  });

  it('is where pages of datasets were looked for before, with all that the address says', async () => {
    const moved = async (url: string, options: Partial<WebAppOptions> = {}): Promise<unknown> => {
      const { statusCode, headers } = await (await open(options)).inject(url);
      assert.equal(statusCode, 301);
      return headers.location;
    };
    assert.equal(await moved('/view/0f5e?sig=s-1.x&exp=2&bidx=1'), '/datasets/0f5e?sig=s-1.x&exp=2&bidx=1');
    assert.equal(await moved('/view/0f5e'), '/datasets/0f5e');
    assert.equal(await moved('/view/..%2f..%2fevil.example?x'), '/datasets/..%2F..%2Fevil.example?x');
    const below = { publicUrl: 'https://maps.example.org/inlay' };
    assert.equal(await moved('/view/0f5e?exp=2', below), '/inlay/datasets/0f5e?exp=2');
  });

  it('is no page for what is none', async () => {
    const app = await open();
    for (const url of ['/api/nothing', '/api', '/assets/gone-Cd34.js', '/favicon.ico', '/secret.txt']) {
      assert.equal((await app.inject(url)).statusCode, 404, url);
    }
    assert.equal((await app.inject({ method: 'POST', url: '/jobs' })).statusCode, 404);
    assert.equal((await app.inject('/assets/..%2fsecret.txt')).statusCode, 404);
  });

  it('lets nothing run but its own files, and asks no other host for anything', async () => {
    const { headers } = await (await open()).inject('/');
    assert.equal(
      headers['content-security-policy'],
      "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; " +
        "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
    );
  });

  it('may ask the host of the configured basemap for tiles, and for nothing else', async () => {
    const app = await open({ basemap: { url: 'https://tiles.example.org/a/{z}/{x}/{y}.png', attribution: null } });
    const policy = String((await app.inject('/')).headers['content-security-policy']);
    assert.match(policy, /img-src 'self' data: blob: https:\/\/tiles\.example\.org;/);
    assert.match(policy, /connect-src 'self' https:\/\/tiles\.example\.org;/);
    assert.match(policy, /script-src 'self';/);
  });

  it('keeps its page fresh and its files for ever', async () => {
    const app = await open();
    const page = await app.inject('/');
    assert.equal(page.headers['cache-control'], 'public, no-cache');
    const again = await app.inject({ url: '/jobs', headers: { 'if-none-match': String(page.headers.etag) } });
    assert.deepEqual([again.statusCode, again.body], [304, '']);
    const file = await app.inject('/assets/main-Ab12.js');
    assert.equal(file.headers['cache-control'], 'public, max-age=31536000, immutable');
    assert.equal(file.headers['content-type'], 'text/javascript; charset=utf-8');
    assert.equal(file.body, SCRIPT);
  });

  const encodings: [accepted: string, sent: string | undefined][] = [
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip;q=0.5', 'gzip'],
    ['identity', undefined],
  ];
  for (const [accepted, sent] of encodings) {
    it(`sends ${sent ?? 'plain text'} to whoever takes "${accepted}"`, async () => {
      const app = await open();
      const answer = await app.inject({ url: '/assets/main-Ab12.js', headers: { 'accept-encoding': accepted } });
      assert.equal(answer.headers['content-encoding'], sent);
      assert.equal(answer.headers.vary, 'accept-encoding');
      const expected =
        sent === 'br' ? brotliCompressSync(SCRIPT) : sent === 'gzip' ? gzipSync(SCRIPT) : Buffer.from(SCRIPT);
      assert.deepEqual(answer.rawPayload, expected);
    });
  }

  it('finds its files below a path, where a proxy serves it there', async () => {
    const { body } = await (await open({ publicUrl: 'https://maps.example.org/inlay' })).inject('/');
    assert.match(body, /href="\/inlay\/icon\.svg".*src="\/inlay\/assets\/main-Ab12\.js"/);
  });

  it('says what to run where it is not built', async () => {
    const app = await open({ webAppDir: join(folder, 'nothing') });
    const { statusCode, body } = await app.inject('/');
    assert.equal(statusCode, 503);
    assert.match(body, /npm run build/);
    assert.equal(warnings.length, 1);
  });
});

describe('settings', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({
      sourceRoots: ['/srv/rasters'],
      maxUploadBytes: 1000,
      basemap: { url: 'https://tiles.example.org/{z}/{x}/{y}.png', attribution: 'Example' },
    });
  });
  after(() => server.close());

  it('tell everyone what the server offers, and not where its folders are', async () => {
    const { status, body } = await server.call('GET', '/api/settings', { token: null });
    assert.equal(status, 200);
    assert.deepEqual(body, {
      version: body.version,
      max_upload_bytes: 1000,
      registers_in_place: true,
      basemap: { url: 'https://tiles.example.org/{z}/{x}/{y}.png', attribution: 'Example' },
    });
  });
});
