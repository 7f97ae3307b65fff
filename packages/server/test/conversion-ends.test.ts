import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeGeoTiff } from '@inlay/testing';
import { pino } from 'pino';
import { prepareUpload } from '../src/catalog/convert-upload.ts';
import { loadConfig } from '../src/config.ts';
import { ConversionError, type Converter } from '../src/conversion/converter.ts';
import { findGdalProgram } from '../src/conversion/gdal-program.ts';
import type { Attempt } from '../src/jobs/worker.ts';
import { createMemoryStorage } from '../src/storage/memory-storage.ts';
import type { Storage } from '../src/storage/storage.ts';
import { StorageError } from '../src/storage/storage-error.ts';
import { type Job, startTestServer } from './test-server.ts';

// Conversions that are cancelled, killed, or run out of disk: what was uploaded is there for a retry, and nothing else.

const SERVER = fileURLToPath(new URL('./server-process.ts', import.meta.url));
const { programs } = loadConfig().config;
const BASE = { origin: [500_000, 5_300_000] as const, resolution: 10, epsg: 32633 };
/** Takes seconds to convert. */
const large = makeGeoTiff({ ...BASE, width: 7000, height: 5000, value: (col, row) => (col * row) % 251 });
const striped = makeGeoTiff({ ...BASE, width: 1100, height: 8 });

function formWith(bytes: Uint8Array<ArrayBuffer>): FormData {
  const form = new FormData();
  form.set('title', 'large');
  form.set('file', new Blob([bytes]), 'large.tif');
  return form;
}

for (const name of ['gdal_translate', 'GDAL in WebAssembly'] as const) {
  const environment = name === 'gdal_translate' ? programs : { searchPath: [], variables: {} };

  describe(`a conversion by ${name}`, () => {
    it('that is cancelled leaves the upload alone, and a retry completes', async (t) => {
      if (name === 'gdal_translate' && (await findGdalProgram(programs)) === null)
        return t.skip(`no ${name} on the PATH`);
      const server = await startTestServer({ programs: environment });
      try {
        const sent = await server.call('POST', '/api/ingest/upload?commit=true', { body: formWith(large) });
        const id: string = sent.body.job_id;
        await waitFor(async () => (await server.call('GET', `/api/jobs/${id}`)).body.current_step === 'converting');
        await waitFor(async () => (await readdir(join(server.dataDir, 'scratch'))).length === 1);
        assert.equal((await server.call('POST', `/api/jobs/${id}/cancel`)).status, 200);
        await waitFor(async () => (await readdir(join(server.dataDir, 'scratch'))).length === 0);
        assert.deepEqual(await server.storedFiles(), [`rasters/${id}/data.tif`]);

        assert.equal((await server.call('POST', `/api/jobs/${id}/retry`)).status, 202);
        const job = await server.waitForJob(id);
        assert.equal(job.status, 'complete', job.error_message ?? '');
        await server.running.cleanUp();
        assert.deepEqual(await server.storedFiles(), [`quicklooks/${id}/2.png`, `rasters/${id}/cog-2.tif`]);
        assert.deepEqual(await readdir(join(server.dataDir, 'scratch')), []);
      } finally {
        await server.close();
      }
    });

    it('whose server is killed is done again, once, and leaves nothing over', { timeout: 180_000 }, async (t) => {
      if (name === 'gdal_translate' && (await findGdalProgram(programs)) === null)
        return t.skip(`no ${name} on the PATH`);
      const dataDir = await mkdtemp(join(tmpdir(), 'inlay-convert-kill-'));
      let child = await start(dataDir, environment.searchPath.join(':'));
      try {
        const sent = await call(child, 'POST', '/api/ingest/upload?commit=true', formWith(large));
        const id = sent['job_id'] as string;
        await waitFor(async () => (await call(child, 'GET', `/api/jobs/${id}`))['current_step'] === 'converting');
        await delay(300);
        await kill(child.process);
        child = await start(dataDir, environment.searchPath.join(':'));
        const running = child;
        const jobNow = async (): Promise<Job> => (await call(running, 'GET', `/api/jobs/${id}`)) as unknown as Job;
        await waitFor(async () => ['complete', 'failed'].includes((await jobNow()).status));
        const job = await jobNow();
        assert.equal(job.status, 'complete', job.error_message ?? '');
        const listed = await call(child, 'GET', '/api/datasets/');
        assert.equal(listed['total'], 1);
        assert.deepEqual(await readdir(join(dataDir, 'scratch')), []);
        const names = await readdir(join(dataDir, 'objects', 'rasters', id));
        // What was uploaded goes at the next cleaning.
        assert.deepEqual(names.toSorted(), ['cog-2.tif', 'data.tif']);
      } finally {
        await kill(child.process);
        await rm(dataDir, { recursive: true, force: true });
      }
    });
  });
}

describe('a conversion that runs out of disk', () => {
  const full: [where: string, converter: Converter['convert'], storage: (storage: Storage) => Storage][] = [
    [
      'where GDAL writes',
      () => Promise.reject(new ConversionError('conversion/failed', 'cog.tif: No space left on device')),
      (storage) => storage,
    ],
    [
      'in the storage',
      ({ input, output }) => copyFile(input, output),
      (storage) => ({
        ...storage,
        putFile: () => Promise.reject(new StorageError('storage/full', 'No space is left to store this.')),
      }),
    ],
  ];
  for (const [where, convert, wrap] of full) {
    it(`${where} fails as such, with the upload kept and nothing else`, async () => {
      const scratchDir = await mkdtemp(join(tmpdir(), 'inlay-full-'));
      try {
        const memory = createMemoryStorage();
        const storage = wrap(memory);
        const key = 'rasters/a/data.tif';
        const stored = { key, ...(await memory.put(key, one(striped))) };
        const attempt = {
          job: { id: 'a', attempt: 1 },
          signal: new AbortController().signal,
          report: () => undefined,
          log: pino({ level: 'silent' }),
        } as unknown as Attempt;
        const deps = { storage, converter: { name: 'full', convert }, scratchDir };
        await assert.rejects(prepareUpload(deps, attempt, 'large.tif', stored), { code: 'storage/full' });
        const keys = [];
        for await (const object of memory.list('')) keys.push(object.key);
        assert.deepEqual(keys, [key]);
        assert.deepEqual(await readdir(scratchDir), []);
      } finally {
        await rm(scratchDir, { recursive: true, force: true });
      }
    });
  }
});

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

interface Child {
  readonly process: ChildProcess;
  readonly url: string;
  readonly token: string;
}

async function start(dataDir: string, path: string): Promise<Child> {
  const child = spawn(process.execPath, [SERVER, dataDir, '', '', path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { process: child, ...(JSON.parse(line) as { url: string; token: string }) };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function call(child: Child, method: string, path: string, body?: FormData): Promise<Record<string, unknown>> {
  const response = await fetch(child.url + path, {
    method,
    headers: { authorization: `Bearer ${child.token}` },
    ...(body === undefined ? {} : { body }),
  });
  return (await response.json()) as Record<string, unknown>;
}

async function waitFor(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 90_000;
  while (!(await holds())) {
    assert.ok(performance.now() < deadline, 'waited for 90 s');
    await delay(20);
  }
}
