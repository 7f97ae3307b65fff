import assert from 'node:assert/strict';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { square } from './square.ts';
import { startTestServer, type TestServer } from './test-server.ts';

// What nothing refers to any more is found and removed, and nothing else: storage is compared with the rows that name it.

const UUID = '00000000-0000-4000-8000-000000000001';

describe('garbage', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  async function gc(
    isDeleting: boolean,
  ): Promise<Record<string, { count: number; bytes: number; examples: string[] }>> {
    const { status, body } = await server.call('POST', '/api/gc', { json: { delete: isDeleting } });
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body.dry_run, !isDeleting);
    return Object.fromEntries(body.items.map((item: { kind: string }) => [item.kind, item]));
  }
  async function put(key: string, hoursOld: number): Promise<void> {
    const path = join(server.dataDir, 'objects', key);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, 'left over');
    const then = Date.now() / 1000 - hoursOld * 3600;
    await utimes(path, then, then);
  }
  async function replace(id: string, value: number): Promise<void> {
    const form = new FormData();
    form.set('file', new Blob([square(0, value)]), 'new.tif');
    const sent = await server.call('POST', `/api/datasets/${id}/replace`, { body: form });
    assert.equal((await server.waitForJob(sent.body.job_id)).status, 'complete');
  }
  /** The objects that rows name. */
  async function named(): Promise<string[]> {
    const rows = await server.query(`
      SELECT object_key AS key FROM rasters UNION SELECT quicklook_key FROM rasters
      UNION SELECT object_key FROM raster_versions UNION SELECT quicklook_key FROM raster_versions
      UNION SELECT object_key FROM vrt_generations UNION SELECT chunks_key FROM vrt_generations
      UNION SELECT mosaic_key FROM vrt_generations UNION SELECT object_key FROM export_results
      UNION SELECT level ->> 'key' FROM vrt_generations, jsonb_path_query(overviews, '$.objects[*]') AS level`);
    return rows.flatMap(({ key }) => (key === null ? [] : [key as string])).toSorted();
  }

  it('is none where everything is in use', async () => {
    const ids = [await server.addRaster(square(0, 1)), await server.addRaster(square(1, 2))];
    await server.addVrt(ids);
    await server.settled();
    const files = await server.storedFiles();
    for (const key of files) {
      const path = join(server.dataDir, 'objects', key);
      await utimes(path, 1_700_000_000, 1_700_000_000);
    }
    for (const item of Object.values(await gc(true))) assert.deepEqual([item.count, item.bytes], [0, 0]);
    assert.deepEqual(await server.storedFiles(), files);
  });

  it('is told before it is removed: objects that nothing names, when they are old and of a kind that is known', async () => {
    const left = [
      `rasters/${UUID}/data.tif`,
      `rasters/${UUID}/cog-3.tif`,
      `vrts/${UUID}/1.mosaic`,
      `quicklooks/${UUID}/1.png`,
      `overviews/${UUID}/1/0.tif`,
      `exports/${UUID}/1.tif`,
    ];
    for (const key of left) await put(key, 25);
    await put(`vrts/${UUID}/2.vrt`, 23);
    await put('backups/mine.tar', 1000);
    const [user] = await server.query('SELECT id FROM users LIMIT 1');
    const busy = '00000000-0000-4000-8000-000000000002';
    await server.query(
      `INSERT INTO jobs (id, kind, input, status, owner, queued, attempt, lease_expires_at)
       VALUES ($1, 'vrt_create', '{}', 'running', $2, true, 1, now() + interval '1 hour')`,
      [busy, user?.['id']],
    );
    await put(`vrts/${busy}/1.vrt`, 25);
    const before = await server.storedFiles();
    const told = (await gc(false))['orphan_objects'];
    assert.deepEqual([told?.count, told?.bytes, told?.examples.toSorted()], [6, 54, left.toSorted()]);
    assert.deepEqual(await server.storedFiles(), before);
    assert.equal((await gc(true))['orphan_objects']?.count, 6);
    assert.deepEqual(
      await server.storedFiles(),
      before.filter((key) => !left.includes(key)),
    );
    await server.query('DELETE FROM jobs WHERE id = $1', [busy]);
    for (const key of [`vrts/${UUID}/2.vrt`, `vrts/${busy}/1.vrt`, 'backups/mine.tar']) await put(key, 2000);
    await gc(true);
    assert.deepEqual(
      (await server.storedFiles()).filter((key) => !key.startsWith('backups')),
      await named(),
    );
  });

  it('are former versions that nothing was built of, after a day', async () => {
    const [a, b] = [await server.addRaster(square(0, 1)), await server.addRaster(square(1, 2))];
    const mosaic = await server.addVrt([a, b]);
    await server.settled();
    await replace(a, 3); // version 1 is the mosaic's
    await replace(a, 4);
    assert.equal((await gc(true))['unused_versions']?.count, 0, 'not within a day');
    await server.query(`UPDATE raster_versions SET replaced_at = now() - interval '25 hours'`);
    const told = (await gc(false))['unused_versions'];
    assert.deepEqual([told?.count, (told?.bytes ?? 0) > 0], [1, true]);
    await gc(true);
    const versions = async (): Promise<number[]> =>
      (await server.call('GET', `/api/datasets/${a}/versions`)).body.versions.map(
        ({ version }: { version: number }) => version,
      );
    assert.deepEqual(await versions(), [3, 1]);
    assert.equal((await server.call('GET', `/api/datasets/${a}/download/versions/2/cog`)).status, 410);
    const { body } = await server.call('GET', `/api/datasets/${mosaic}/point/12.5,48.5`);
    assert.deepEqual(body.values, [1]);

    const sent = await server.call('POST', `/api/datasets/${mosaic}/vrt/regenerate/`);
    assert.equal((await server.waitForJob(sent.body.job_id)).status, 'complete');
    await gc(true);
    assert.deepEqual(await versions(), [3, 1], 'the build before is kept, and can be gone back to');
    await server.query(`DELETE FROM vrt_generations WHERE dataset_id = $1 AND number = 1`, [mosaic]);
    await gc(true);
    assert.deepEqual(await versions(), [3]);
  });

  it('are builds beyond those that are kept', async () => {
    const [a, b] = [await server.addRaster(square(0, 1)), await server.addRaster(square(1, 2))];
    const mosaic = await server.addVrt([a, b]);
    await server.settled();
    // As an older version may have left them, that kept more.
    const columns = await server.query(
      `SELECT string_agg(quote_ident(column_name), ', ') AS names FROM information_schema.columns
         WHERE table_name = 'vrt_generations' AND is_generated = 'NEVER'
           AND column_name NOT IN ('id', 'number', 'object_key', 'chunks_key', 'mosaic_key')`,
    );
    const names = columns[0]?.['names'] as string;
    await server.query(
      `INSERT INTO vrt_generations (id, number, object_key, ${names})
         SELECT gen_random_uuid(), n, 'vrts/' || gen_random_uuid() || '/1.vrt', ${names}
         FROM vrt_generations, generate_series(2, 13) n WHERE dataset_id = '${mosaic}'`,
    );
    assert.equal((await gc(false))['old_generations']?.count, 3);
    await gc(true);
    const left = await server.query('SELECT number FROM vrt_generations WHERE dataset_id = $1 ORDER BY 1', [mosaic]);
    assert.deepEqual(
      left.map(({ number }) => number),
      [1, 5, 6, 7, 8, 9, 10, 11, 12, 13],
      'the one that is shown, and the newest',
    );
  });

  it('are files of exports that have expired; while they are kept they are not', async () => {
    const id = await server.addRaster(square(0, 1));
    const sent = await server.call('POST', `/api/datasets/${id}/export`, { json: {} });
    assert.equal((await server.waitForJob(sent.body.job_id)).status, 'complete');
    await server.settled();
    const [result] = await server.query('SELECT object_key AS key FROM export_results WHERE job_id = $1', [
      sent.body.job_id,
    ]);
    const key = result?.['key'] as string;
    await utimes(join(server.dataDir, 'objects', key), 1_700_000_000, 1_700_000_000);
    const kept = await gc(true);
    assert.deepEqual([kept['expired_exports']?.count, kept['orphan_objects']?.count], [0, 0]);
    assert.ok((await server.storedFiles()).includes(key));

    await server.query(`UPDATE export_results SET expires_at = now() - interval '1 second'`);
    const told = (await gc(false))['expired_exports'];
    assert.deepEqual([told?.count, (told?.bytes ?? 0) > 0, told?.examples], [1, true, [key]]);
    await gc(true);
    assert.ok(!(await server.storedFiles()).includes(key));
  });

  it('are removed without being asked for where they are files of exports that have expired', async () => {
    const id = await server.addRaster(square(0, 1));
    const sent = await server.call('POST', `/api/datasets/${id}/export`, { json: {} });
    assert.equal((await server.waitForJob(sent.body.job_id)).status, 'complete');
    const [result] = await server.query('SELECT object_key AS key FROM export_results WHERE job_id = $1', [
      sent.body.job_id,
    ]);
    const key = result?.['key'] as string;
    await server.running.cleanUp(); // as it does by itself every ten minutes
    assert.ok((await server.storedFiles()).includes(key));
    await server.query(`UPDATE export_results SET expires_at = now() - interval '1 second'`);
    await server.running.cleanUp();
    assert.ok(!(await server.storedFiles()).includes(key));
    const gone = await server.call('GET', `/api/jobs/${sent.body.job_id}/result`);
    assert.deepEqual([gone.status, gone.body.code], [410, 'result_gone']);
  });

  it('are jobs that ended long ago, and failed ones later', async () => {
    const [user] = await server.query('SELECT id FROM users LIMIT 1');
    const ended: [status: string, days: number][] = [
      ['complete', 29],
      ['complete', 31],
      ['cancelled', 31],
      ['failed', 31],
      ['failed', 91],
    ];
    await server.query('DELETE FROM jobs');
    for (const [status, days] of ended) {
      await server.query(
        `INSERT INTO jobs (id, kind, input, status, owner, completed_at)
         VALUES (gen_random_uuid(), 'quicklook', '{}', $1, $2, now() - make_interval(days => $3))`,
        [status, user?.['id'], days],
      );
    }
    assert.equal((await gc(false))['old_jobs']?.count, 3);
    await gc(true);
    const left = await server.query('SELECT status FROM jobs ORDER BY 1');
    assert.deepEqual(
      left.map(({ status }) => status),
      ['complete', 'failed'],
    );
  });

  it('are sign-ins that no longer hold', async () => {
    const [user] = await server.query('SELECT id FROM users LIMIT 1');
    await server.query(
      `INSERT INTO tokens (id, user_id, kind, prefix, token_hash, expires_at)
       VALUES (gen_random_uuid(), $1, 'session', 'x', 'x', now() - interval '1 hour')`,
      [user?.['id']],
    );
    assert.equal((await gc(false))['expired_sign_ins']?.count, 1);
    await gc(true);
    assert.equal((await gc(false))['expired_sign_ins']?.count, 0);
  });

  it('is the administrators’ business', async () => {
    const editor = await server.user('editor');
    assert.equal((await server.call('POST', '/api/gc', { json: {}, token: editor })).status, 403);
    assert.equal((await server.call('POST', '/api/gc', { json: { remove: true } })).status, 422);
  });
});
