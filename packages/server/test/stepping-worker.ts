import { writeSync } from 'node:fs';
import { startServer } from '../src/index.ts';

// A worker as a process of its own that stops itself (SIGSTOP) at every step of every job, so that a test can decide what
// becomes of it there: `node stepping-worker.ts <data folder> <database URL> <storage folder> <source root>`. Prints a line
// of JSON when it is ready and before each stop.

const [, , dataDir = '', databaseUrl = '', storage = '', sourceRoot = ''] = process.argv;
await startServer({
  env: { INLAY_DATABASE_URL: databaseUrl },
  overrides: {
    dataDir,
    port: 0,
    logLevel: 'error',
    roles: ['worker'],
    workerConcurrency: 1,
    storage: { kind: 'file', directory: storage },
    sourceRoots: [sourceRoot],
  },
  onStep: ({ id, kind, attempt }, step) => {
    writeSync(1, `${JSON.stringify({ id, kind, attempt, step })}\n`);
    process.kill(process.pid, 'SIGSTOP');
  },
});
writeSync(1, '{"ready":true}\n');
