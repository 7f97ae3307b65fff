import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Client } from '@inlay/sdk';
import { type Dataset, uploadRasters } from '@inlay/cli';
import { temporaryFolder } from './screen.ts';

const never = new AbortController().signal;

/** As much of a catalogue as an upload needs; it refuses files called `bad...`. */
function fakeClient(): Client {
  const titles = new Map<string, string>();
  const client = {
    async uploadRaster(...[bytes, options]: Parameters<Client['uploadRaster']>) {
      const { filename = '', commit, onProgress } = options ?? {};
      if (filename.startsWith('bad')) throw Object.assign(new Error('not a raster'), { code: 'x', details: {} });
      let sent = 0;
      for await (const piece of bytes as AsyncIterable<Uint8Array>) {
        sent += piece.byteLength;
        onProgress?.(sent);
      }
      titles.set(filename, commit?.title ?? '');
      return { job_id: filename, status: 'accepted', message: '' };
    },
    waitForJob: (id: string) => Promise.resolve({ id, status: 'complete', dataset_id: id }),
    getDataset: (id: string) => Promise.resolve({ id, title: titles.get(id) } as Dataset),
  };
  return client as unknown as Client;
}

test('each file becomes a dataset, and one that is refused does not stop the others', async (t) => {
  const folder = temporaryFolder(t);
  const uploads = ['a.tif', 'bad.tif', 'c.tif'].map((name) => {
    writeFileSync(join(folder, name), 'some bytes');
    return { path: join(folder, name), title: name.toUpperCase(), visibility: 'private' as const };
  });
  const fractions: number[] = [];
  const step = { update: (fraction: number) => void fractions.push(fraction) };
  const outcomes = await uploadRasters(fakeClient(), uploads, step, never);
  assert.deepEqual(
    outcomes.map(({ dataset, error }) => [dataset?.title ?? null, error]),
    [
      ['A.TIF', null],
      [null, 'not a raster'],
      ['C.TIF', null],
    ],
  );
  assert.deepEqual(
    fractions,
    fractions.toSorted((a, b) => a - b),
  );
  assert.equal(fractions.at(-1), 1);
});

test('a file that is not there is told of as well', async (t) => {
  const path = join(temporaryFolder(t), 'missing.tif');
  const uploads = [{ path, title: 'x', visibility: 'private' as const }];
  const [outcome] = await uploadRasters(fakeClient(), uploads, { update: () => undefined }, never);
  assert.equal(outcome?.dataset, null);
  assert.match(outcome?.error ?? '', /missing\.tif|cannot be read|no such file/i);
});

test('an interruption is not a refusal of the file that was being sent', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'bad.tif'), '');
  const interruption = new AbortController();
  interruption.abort();
  const uploads = [{ path: join(folder, 'bad.tif'), title: 'x', visibility: 'private' as const }];
  await assert.rejects(uploadRasters(fakeClient(), uploads, { update: () => undefined }, interruption.signal), {
    name: 'AbortError',
  });
});
