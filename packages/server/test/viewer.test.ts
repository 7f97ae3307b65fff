import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startTestServer, type TestServer } from './test-server.ts';

// The built-in viewer, as a browser gets it.

const ID = '00000000-0000-4000-8000-0000000000ff';

describe('the viewer', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  const get = (path: string, headers: Record<string, string> = {}) =>
    server.call('GET', path, { token: null, headers });

  it('is a page for each dataset that tells nothing of whether there is one', async () => {
    const page = await get(`/view/${ID}`);
    assert.equal(page.status, 200);
    assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8');
    assert.deepEqual((await get(`/view/${ID}/`)).body, page.body);
    const etag = page.headers.get('etag') ?? '';
    assert.equal((await get('/view/anything', { 'if-none-match': etag })).status, 304);
  });

  it('takes nothing from any other host, and lets nothing run that is written into it', async () => {
    const { headers, body } = await get(`/view/${ID}`);
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(
      policy,
      /^default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';/,
    );
    const html = body.toString() as string;
    assert.doesNotMatch(html, /https?:\/\/|<script(?![^>]*\ssrc=)|\son\w+=|<style|\sstyle=/);
    const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]!);
    assert.ok(files.length >= 3);
    for (const file of files) {
      const asset = await get(file);
      assert.equal(asset.status, 200, file);
      for (const [, imported] of (asset.body.toString() as string).matchAll(/from '\.\/([\w.-]+)'/g)) {
        const module = await get(`/view/assets/${imported}`);
        assert.equal(module.headers.get('content-type'), 'text/javascript; charset=utf-8', imported);
      }
    }
  });

  it('sends its own files and no others', async () => {
    for (const path of ['index.html', '..%2fpackage.json', 'nothing.js', 'map.js.map']) {
      assert.equal((await get(`/view/assets/${path}`)).status, 404, path);
    }
  });
});

describe('the viewer below a path', () => {
  it('finds its files there', async () => {
    const server = await startTestServer({ publicUrl: 'https://maps.example.org/inlay' });
    try {
      const { body } = await server.call('GET', `/view/${ID}`, { token: null });
      assert.match(body.toString(), /src="\/inlay\/view\/assets\/viewer\.js"/);
    } finally {
      await server.close();
    }
  });
});
