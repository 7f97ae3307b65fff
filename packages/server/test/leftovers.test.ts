import assert from 'node:assert/strict';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startPostgres, type TestPostgres } from '@inlay/testing';
import { startTestServer, type TestServer } from './test-server.ts';

// Unfinished files of processes that died, where others share the database and the folders: on PostgreSQL.

const id = (last: number): string => `00000000-0000-4000-8000-00000000000${last}`;

describe('what processes that died were writing', () => {
  let postgres: TestPostgres;
  let server: TestServer;
  before(async () => {
    postgres = await startPostgres();
    server = await startTestServer({}, (await postgres.createTestDatabase()).url);
  });
  after(async () => {
    await server.close();
    await postgres.stop();
  });

  async function agedTo(path: string, hours: number): Promise<void> {
    const then = Date.now() / 1000 - 3600 * hours;
    await utimes(path, then, then);
  }
  /** A folder of an attempt's in which something was written so many hours ago; it was made long before. */
  async function scratch(job: string, hours: number): Promise<void> {
    const folder = join(server.dataDir, 'scratch', `${job}-1`);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'export.tif'), 'half a file');
    await agedTo(join(folder, 'export.tif'), hours);
    await agedTo(folder, 1000);
  }
  async function running(job: string, lease: string): Promise<void> {
    await server.query(
      `INSERT INTO jobs (id, kind, input, status, owner, queued, attempt, last_attempt, lease_expires_at)
       SELECT $1, 'export', '{}', 'running', id, false, 1, 5, now() + $2::interval FROM users LIMIT 1`,
      [job, lease],
    );
  }

  it('is removed while the server runs, and never what is being written', async () => {
    await scratch(id(1), 2); // of no job any more
    await scratch(id(2), 2);
    await running(id(2), '-1 minute');
    await scratch(id(3), 2); // worked on without a write for long
    await running(id(3), '15 seconds');
    await scratch(id(4), 0.5); // its worker was told to stop, and has not yet
    const drafts = join(server.dataDir, 'objects', '.tmp');
    for (const [name, hours] of [
      ['dead', 25],
      ['alive', 23],
    ] as const) {
      await writeFile(join(drafts, name), 'half a file');
      await agedTo(join(drafts, name), hours);
    }
    await server.running.cleanUp();
    assert.deepEqual((await readdir(join(server.dataDir, 'scratch'))).toSorted(), [`${id(3)}-1`, `${id(4)}-1`]);
    assert.deepEqual(await readdir(drafts), ['alive']);
  });
});
