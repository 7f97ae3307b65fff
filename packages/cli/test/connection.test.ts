import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { findConnection, readCliConfig } from '@inlay/cli';
import { temporaryFolder } from './screen.ts';

// A process that has ended: the highest number Linux gives out by default is 4,194,304.
const NO_PROCESS = 2 ** 31 - 1;

function folderWithServer(t: TestContext, server: object, where: string = '.inlay'): string {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, where, 'secrets'), { recursive: true });
  writeFileSync(join(folder, where, 'server.json'), JSON.stringify(server));
  writeFileSync(join(folder, where, 'secrets', 'admin-token'), 'secret-of-the-folder\n');
  return folder;
}

test('an option beats the environment, which beats the local server', async (t) => {
  const folder = folderWithServer(t, { url: 'http://127.0.0.1:9000', pid: process.pid });
  const config = readCliConfig({ INLAY_URL: 'http://env:1/', INLAY_TOKEN: 'env-token' }, folder);
  assert.deepEqual(await findConnection({ url: 'http://option:2', token: 'option-token' }, config), {
    url: 'http://option:2',
    token: 'option-token',
  });
  assert.deepEqual(await findConnection({}, config), { url: 'http://env:1', token: 'env-token' });
});

test('without either, the server running on ./.inlay is used, with its own token', async (t) => {
  const folder = folderWithServer(t, { url: 'http://127.0.0.1:9000/', pid: process.pid });
  assert.deepEqual(await findConnection({}, readCliConfig({}, folder)), {
    url: 'http://127.0.0.1:9000',
    token: 'secret-of-the-folder',
  });
});

test('a running demo is found as well', async (t) => {
  const folder = folderWithServer(t, { url: 'http://127.0.0.1:9001', pid: process.pid }, join('.inlay-demo', 'data'));
  assert.equal((await findConnection({}, readCliConfig({}, folder))).url, 'http://127.0.0.1:9001');
});

test('a server is looked for in the data folder the environment names', async (t) => {
  const folder = folderWithServer(t, { url: 'http://127.0.0.1:9002', pid: process.pid }, 'elsewhere');
  const config = readCliConfig({ INLAY_DATA_DIR: 'elsewhere' }, folder);
  assert.equal((await findConnection({}, config)).url, 'http://127.0.0.1:9002');
});

test('the token of a data folder is not sent to another server', async (t) => {
  const folder = folderWithServer(t, { url: 'http://127.0.0.1:9000', pid: process.pid });
  assert.deepEqual(await findConnection({ url: 'https://example.org' }, readCliConfig({}, folder)), {
    url: 'https://example.org',
    token: null,
  });
});

for (const [what, server] of [
  ['of a process that is gone', { url: 'http://127.0.0.1:9000', pid: NO_PROCESS }],
  ['naming a process group', { url: 'http://127.0.0.1:9000', pid: -1 }],
  ['without a usable URL', { url: 12, pid: process.pid }],
] as const) {
  test(`a server file ${what} is no server`, async (t) => {
    const folder = folderWithServer(t, server);
    await assert.rejects(findConnection({}, readCliConfig({}, folder)), {
      code: 'cli/no-server',
      message: /npm start/,
    });
  });
}

test('what is not an http URL is refused as a mistake in the command line', async (t) => {
  const config = readCliConfig({}, temporaryFolder(t));
  for (const url of ['localhost:8080', 'ftp://x', 'nonsense']) {
    await assert.rejects(findConnection({ url }, config), { code: 'cli/usage' });
  }
});
