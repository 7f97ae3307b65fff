import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const SCRIPTS = fileURLToPath(new URL('../../../scripts/', import.meta.url));

let parent: string;
before(async () => {
  parent = await mkdtemp(join(tmpdir(), 'inlay-scripts-'));
});
after(() => rm(parent, { recursive: true, force: true }));

describe('check-boundaries', () => {
  it('finds each kind of breach, with file, line and rule', async () => {
    const breaches = await check({
      'package.json': '{"devDependencies":{"fast-check":"1"}}',
      'packages/geo/package.json': '{"dependencies":{"@inlay/vrt":"*","proj4":"1"}}',
      'packages/geo/src/upward.ts': `import { a } from './affine.ts';\nimport { b } from '@inlay/vrt';\n`,
      'packages/geo/src/undeclared.ts': `export { c } from 'flatbush';\n`,
      'packages/geo/src/index-user.ts': `import {\n  d,\n} from './index.ts';\nimport { e } from '@inlay/geo';\n`,
      'packages/geo/src/no-extension.ts': ['const f = await import', `('./affine');\n`].join(''),
      'packages/geo/src/neighbour.ts': `import g from '../../vrt/src/plan.ts';\n`,
      'packages/geo/src/testing-user.ts': `import { h } from '@inlay/testing';\n`,
      'packages/geo/src/environment.ts': `const i = 1;\nconst j = process.env['PATH'];\n`,
      'packages/geo/src/builtin.ts': `import fs from 'fs';\n`,
      'packages/server/package.json': '{"dependencies":{"kysely":"1","pg":"1","sharp":"1"}}',
      'packages/server/src/http/sql.ts': `import { sql } from 'kysely';\n`,
      'packages/server/src/http/draw.ts': `import sharp from 'sharp';\n`,
      'packages/mystery/package.json': '{}',
    });
    assert.deepEqual(breaches.sort(), [
      'packages/geo/src/builtin.ts:1 "fs": write "node:fs"',
      'packages/geo/src/environment.ts:2 process.env is read in config.ts only',
      'packages/geo/src/index-user.ts:3 "./index.ts": files import siblings, never the index of their own package',
      'packages/geo/src/index-user.ts:4 "@inlay/geo": files import siblings, never their own package',
      'packages/geo/src/neighbour.ts:1 "../../vrt/src/plan.ts": other packages are imported by their name',
      'packages/geo/src/no-extension.ts:1 "./affine": sibling imports carry their extension, .ts',
      'packages/geo/src/testing-user.ts:1 "@inlay/testing": @inlay/testing is for tests',
      'packages/geo/src/testing-user.ts:1 "@inlay/testing": is not in packages/geo/package.json',
      'packages/geo/src/undeclared.ts:1 "flatbush": is not in packages/geo/package.json',
      'packages/geo/src/upward.ts:2 "@inlay/vrt": geo may import no other package only',
      'packages/mystery is in no row of MAY_IMPORT in scripts/check-boundaries.mjs',
      'packages/server/src/http/draw.ts:1 "sharp": sharp belongs to tiler/src/encode.ts, tiler/src/quicklook.ts and geotiff/src/codecs',
      'packages/server/src/http/sql.ts:1 "kysely": SQL belongs to server/src/db, *-store.ts, search.ts, jobs/queue.ts and deps.ts',
    ]);
  });

  it('lets pass what is allowed: types, tests, comments, strings', async () => {
    const breaches = await check({
      'package.json': '{"devDependencies":{"fast-check":"1"}}',
      'packages/geo/package.json': '{"dependencies":{"proj4":"1"},"devDependencies":{"@inlay/testing":"*"}}',
      'packages/geo/src/fine.ts': [
        `import proj4 from 'proj4';`,
        `import type { Affine } from './affine.ts';`,
        `// import { x } from 'nowhere'; process.env is read elsewhere`,
        `/* import { y } from 'nowhere';`,
        `   process.env */`,
        `const url = 'https://example.org'; // process.env`,
        `const text = "it's from 'nowhere'";`,
      ].join('\n'),
      'packages/geo/test/fine.test.ts': [
        `import fc from 'fast-check';`,
        `import { apply } from '@inlay/geo';`,
        `import { makeGeoTiff } from '@inlay/testing';`,
        `import { internal } from '../src/affine.ts';`,
        `const gdal = process.env['INLAY_TEST_GDAL_BIN'];`,
      ].join('\n'),
      'packages/server/package.json': '{"dependencies":{"kysely":"1","pg":"1"},"devDependencies":{"@types/pg":"1"}}',
      'packages/server/src/http/types.ts': `import type { Kysely } from 'kysely';\n`,
      'packages/server/src/db/pool.ts': `import pg from 'pg';\n`,
      'packages/server/src/catalog/dataset-store.ts': `import { sql } from 'kysely';\n`,
      'packages/server/src/config.ts': `const env = process.env;\n`,
    });
    assert.deepEqual(breaches, []);
  });
});

describe('run-tests', () => {
  it('says so when no test file is meant', () => {
    const { status, stderr } = run('run-tests.mjs', ['no-such-test-anywhere']);
    assert.equal(status, 1);
    assert.equal(stderr, 'No test file has "no-such-test-anywhere" in its path.\n');
  });
});

async function check(files: Readonly<Record<string, string>>): Promise<string[]> {
  const root = await mkdtemp(join(parent, 'tree-'));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  }
  const { status, stderr } = run('check-boundaries.mjs', [root]);
  const lines = stderr.split('\n').filter((line) => line !== '');
  assert.equal(status, lines.length === 0 ? 0 : 1, stderr);
  return lines;
}

function run(script: string, options: string[]): { status: number | null; stderr: string } {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env; // else a test runner started here believes itself a child
  return spawnSync(process.execPath, [join(SCRIPTS, script), ...options], { encoding: 'utf8', env });
}
