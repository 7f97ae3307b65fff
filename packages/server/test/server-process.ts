import { join } from 'node:path';
import { startServer } from '../src/index.ts';

// A server as a process of its own, for tests that kill it: `node server-process.ts <data folder> [<source root>]` prints its URL and
// token as one line of JSON, then serves until it is killed.

const [, , dataDir = '', sourceRoot = ''] = process.argv;
const server = await startServer({
  env: { PATH: process.argv[3] },
  overrides: {
    dataDir,
    port: 0,
    logLevel: 'error',
    storage: { kind: 'file', directory: join(dataDir, 'objects') },
    sourceRoots: sourceRoot === '' ? [] : [sourceRoot],
  },
});
process.stdout.write(`${JSON.stringify({ url: server.url, token: server.adminToken })}\n`);
