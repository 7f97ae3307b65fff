import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startPostgres, type TestPostgres } from '@inlay/testing';
import { call, checkNothingOver, type Child, kill, passTime, settle, start } from './killable-server.ts';
import { square } from './square.ts';

// kill -9 while garbage is removed: nothing that is used goes with it, and what is left goes the next time.

const ROUNDS = 4;
/** So many that removing them takes longer than the longest wait before the kill. */
const ORPHANS = 400;
const LONGEST_WAIT_MS = 120;

describe('a server that is killed while it removes garbage', () => {
  let postgres: TestPostgres | null = null;
  before(async () => {
    if (process.env['INLAY_TEST_DATABASE_URL']) postgres = await startPostgres();
  });
  after(() => postgres?.stop());

  it(`keeps what is used, and has the rest removed the next time, ${ROUNDS} times`, { timeout: 600_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'inlay-gc-'));
    const databaseUrl = (await postgres?.createTestDatabase())?.url ?? '';
    const objects = join(folder, 'objects');
    let child: Child = await start(folder, '', databaseUrl);
    try {
      const upload = async (path: string, index: number, value: number): Promise<string> => {
        const form = new FormData();
        if (path.includes('commit')) form.set('title', 'tile');
        form.set('file', new Blob([square(index, value)]), 'tile.tif');
        const sent = await call(child, 'POST', path, form);
        return (await settle(child, sent.body.job_id)).dataset_id as string;
      };
      const ids = [
        await upload('/api/ingest/upload?commit=true', 0, 1),
        await upload('/api/ingest/upload?commit=true', 1, 2),
      ];
      const request = { source_dataset_ids: ids, vrt_type: 'mosaic', resolution_strategy: 'finest', title: 'mosaic' };
      const { body: created } = await call(child, 'POST', '/api/ingest/vrt/create', request);
      const mosaic = (await settle(child, created.job_id)).dataset_id as string;
      // The mosaic goes on showing what its first source was.
      await upload(`/api/datasets/${ids[0]}/replace`, 0, 9);

      for (let round = 0; round < ROUNDS; round += 1) {
        const { body } = await call(child, 'GET', '/api/jobs?limit=1000');
        for (const { id } of body.jobs) await settle(child, id);
        await leaveOrphans(objects, round);
        // Most requests die with the server.
        const answered = call(child, 'POST', '/api/gc', { delete: true }).catch(() => null);
        await delay((LONGEST_WAIT_MS * round) / ROUNDS);
        await kill(child);
        await answered;
        if (databaseUrl !== '') await passTime(databaseUrl);
        child = await start(folder, '', databaseUrl);
        const values = async (id: string, x: number): Promise<unknown> =>
          (await call(child, 'GET', `/api/datasets/${id}/point/${x},48.5`)).body.values;
        assert.deepEqual(
          [await values(mosaic, 12.5), await values(mosaic, 13.5), await values(ids[0] as string, 12.5)],
          [[1], [2], [9]],
        );
        const { body: versions } = await call(child, 'GET', `/api/datasets/${ids[0]}/versions`);
        assert.equal(versions.total, 2);
      }
      assert.equal((await call(child, 'POST', '/api/gc', { delete: true })).status, 200);
      await kill(child);
      const left = await checkNothingOver(folder, databaseUrl);
      assert.ok(left.filter((key) => key.startsWith('rasters/')).length === 3, left.join(' '));
    } finally {
      if (child.process.exitCode === null && child.process.signalCode === null) await kill(child);
      await rm(folder, { recursive: true, force: true });
    }
  });
});

/** Objects that nothing names, and a day old; those that are in use look as old as they. */
async function leaveOrphans(objects: string, round: number): Promise<void> {
  for (let index = 0; index < ORPHANS; index += 1) {
    const id = `00000000-0000-4000-8000-${String(round * ORPHANS + index).padStart(12, '0')}`;
    await mkdir(join(objects, 'vrts', id), { recursive: true });
    await writeFile(join(objects, 'vrts', id, '1.vrt'), 'left over');
  }
  for (const entry of await readdir(objects, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) await utimes(join(entry.parentPath, entry.name), 1_700_000_000, 1_700_000_000);
  }
}
