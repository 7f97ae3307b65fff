import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ABSENT, statFiles } from '../src/catalog/stat-files.ts';

describe('the states of many files', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'inlay-stat-'));
  after(() => rm(folder, { recursive: true }));
  const aFile = join(folder, 'ä b.tif');
  const aFolder = join(folder, 'folder.tif');
  await writeFile(aFile, 'twelve bytes');
  await utimes(aFile, 1_700_000_000.123, 1_700_000_000.123);
  await mkdir(aFolder);
  const three = [aFile, join(folder, 'gone.tif'), aFolder];

  for (const copies of [1, 400]) {
    const paths = Array.from({ length: copies }, () => three).flat();
    it(`tell files from what is none, of ${paths.length}`, async () => {
      const { bytes, modifiedMs } = await statFiles(paths);
      assert.equal(bytes.length, paths.length);
      assert.deepEqual(Array.from(bytes.slice(-3)), [12, ABSENT, ABSENT]);
      assert.deepEqual(Array.from(modifiedMs.slice(-3)), [1_700_000_000_123, ABSENT, ABSENT]);
    });

    it(`are an error where the system says more than that one is not there, of ${paths.length}`, async () => {
      await assert.rejects(statFiles([...paths, 'no\0path']), /null bytes|could not be found out/);
    });
  }

  it('stop being looked for when the work is cancelled', async () => {
    const cancelled = new Error('cancelled');
    const paths = Array.from({ length: 1000 }, () => aFile);
    await assert.rejects(statFiles(paths, AbortSignal.abort(cancelled)), cancelled);
  });
});
