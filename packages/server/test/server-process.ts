import { join } from 'node:path';
import { startServer } from '../src/index.ts';

// A server as a process of its own, for tests that kill it: `node server-process.ts <data folder> [<source root>] [<database>]
// [<folders of programs>]` prints its URL and token as one line of JSON, then serves until it is killed.

const [, , dataDir = '', sourceRoot = '', databaseUrl = '', path = ''] = process.argv;
const server = await startServer({
  env: { ...(databaseUrl === '' ? {} : { INLAY_DATABASE_URL: databaseUrl }), PATH: path },
  overrides: {
    dataDir,
    port: 0,
    logLevel: 'error',
    storage: { kind: 'file', directory: join(dataDir, 'objects') },
    sourceRoots: sourceRoot === '' ? [] : [sourceRoot],
  },
});
process.stdout.write(`${JSON.stringify({ url: server.url, token: server.adminToken })}\n`);
