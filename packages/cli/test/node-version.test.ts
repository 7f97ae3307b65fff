import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

const entry = fileURLToPath(new URL('../bin/inlay.mjs', import.meta.url));

/** Runs the entry script as if Node were another version. */
function startOnNode(version: string): { status: number | null; stdout: string; stderr: string } {
  const versions = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
  return spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(versions)}`, entry, '--help'],
    {
      encoding: 'utf8',
    },
  );
}

for (const version of ['18.19.1', '20.20.2', '22.11.0']) {
  test(`Node ${version} is told what to do instead of failing on syntax`, () => {
    const { status, stdout, stderr } = startOnNode(version);
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.match(
      stderr,
      new RegExp(`^Inlay needs Node 22\\.12 or newer; this is Node ${version.replaceAll('.', '\\.')}\\.$`, 'm'),
    );
    assert.match(stderr, /npm start/);
  });
}

for (const version of ['22.12.0', '24.0.0', process.versions.node]) {
  test(`Node ${version} runs the command`, () => {
    const { status, stdout, stderr } = startOnNode(version);
    assert.equal(stderr, '');
    assert.match(stdout, /^Usage: inlay/);
    assert.equal(status, 0);
  });
}

/** What each process that a command came to says of its memory when it starts: V8's setting, glibc's. */
function memoryOf(command: string, env: Readonly<Record<string, string>>): string[] {
  const tell = `process.stderr.write(process.execArgv.includes('--max-semi-space-size=4') + ' ' + process.env.MALLOC_ARENA_MAX + '\\n')`;
  const { stderr } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(tell)}`, entry, command, '--help'],
    { encoding: 'utf8', env: { PATH: process.env['PATH'], ...env } },
  );
  return stderr.trim().split('\n');
}

test('a server begins anew with settings for its memory, other commands do not', (t) => {
  if (typeof process.execve !== 'function') return t.skip('this Node cannot replace its own process');
  assert.deepEqual(memoryOf('serve', {}), ['false undefined', 'true 2']);
  assert.deepEqual(memoryOf('ls', {}), ['false undefined']);
});

test('a server leaves the memory settings that it was started with', () => {
  assert.deepEqual(memoryOf('serve', { MALLOC_ARENA_MAX: '8' }), ['false 8']);
});
