import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseVrt, sourcesOf } from '@inlay/vrt';

const run = promisify(execFile);

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));

let folder = '';
let programs: readonly string[] = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inlay-readme-'));
  for (const name of ['left.tif', 'right.tif']) {
    await copyFile(join(REPOSITORY, 'fixtures', 'tiles', name), join(folder, name));
  }
  // So that a program in this folder finds the packages by their names.
  await symlink(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
  const readme = await readFile(join(REPOSITORY, 'packages', 'vrt', 'README.md'), 'utf8');
  programs = Array.from(readme.matchAll(/^```ts\n([^]*?)^```$/gm), ([, code = '']) => code);
});
after(async () => {
  await rm(folder, { recursive: true });
});

/** Runs a program of the page in the folder, and returns what it prints. */
async function runProgram(number: number): Promise<string> {
  const path = join(folder, `${number}.ts`);
  await writeFile(path, programs[number] ?? '');
  const { stdout } = await run(process.execPath, [path], { cwd: folder, timeout: 60_000 });
  return stdout;
}

describe('the code in the README', () => {
  it('makes a VRT of two files in ten lines', async () => {
    assert.equal(programs[0]?.trimEnd().split('\n').length, 10);
    await runProgram(0);
    const model = parseVrt(await readFile(join(folder, 'mosaic.vrt'), 'utf8'));
    assert.deepEqual([model.rasterXSize, model.rasterYSize, model.bands.length], [112, 64, 1]);
    assert.deepEqual(
      [...sourcesOf(model.bands[0]!.sources)].map(({ sourceFilename }) => sourceFilename?.filename),
      ['left.tif', 'right.tif'],
    );
  });

  it('reads it back', async () => {
    assert.equal(programs.length, 2);
    const printed = await runProgram(1);
    assert.match(printed, /^GDAL would open left\.tif$/m);
    assert.match(printed, /^GDAL would open right\.tif$/m);
  });
});
