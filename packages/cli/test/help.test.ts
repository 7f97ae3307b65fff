import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCli } from './screen.ts';

const COMMANDS = [
  'serve',
  'demo',
  'add',
  'replace',
  'refresh',
  'ls',
  'show',
  'vrt',
  'vrt create',
  'vrt validate',
  'vrt download',
  'share',
  'share with',
  'share link',
  'share list',
  'share end',
  'export',
  'jobs',
  'jobs list',
  'jobs show',
  'jobs wait',
  'jobs cancel',
  'jobs retry',
  'info',
  'build',
  'sign-in',
  'token',
  'token create',
  'token list',
  'token revoke',
  'user',
  'user add',
  'user list',
  'user set',
  'user password',
  'user remove',
  'gc',
];

for (const command of COMMANDS) {
  test(`inlay ${command} --help explains it and gives an example that begins so`, async () => {
    const { exitCode, out, err } = await runCli([...command.split(' '), '--help']);
    assert.equal(exitCode, 0);
    assert.equal(err, '');
    assert.match(out, new RegExp(`^Usage: inlay ${command}`));
    assert.match(out, new RegExp(`^Examples?:\\n  \\$ inlay ${command.split(' ')[0]}`, 'm'));
  });
}

test('the help of the whole lists every command and every exit code', async () => {
  const { exitCode, out } = await runCli(['--help']);
  assert.equal(exitCode, 0);
  const listed = [...out.matchAll(/^  ([a-z-]+) /gm)].map((match) => match[1]);
  assert.deepEqual(
    listed.filter((name) => name !== 'help'),
    COMMANDS.filter((command) => !command.includes(' ')),
  );
  for (const code of ['0 ', '1 ', '2 ', '130 ']) assert.match(out, new RegExp(`^  ${code}`, 'm'));
});

test('mistakes in the command line end with exit code 2 and point to the help', async () => {
  for (const [args, complaint] of [
    [['lss'], /unknown command 'lss'[\s\S]*Did you mean ls\?/],
    [['ls', '--nonsense'], /unknown option '--nonsense'/],
    [['ls', '--limit', '0'], /Expected a whole number from 1 to 100000/],
    [['vrt', 'create', '--title', 'x', '--type', 'pile'], /Allowed choices are mosaic, band_stack/],
    [['show'], /missing required argument 'id'/],
    [['build', 'a.tif'], /required option '-o, --output/],
  ] as const) {
    const { exitCode, out, err } = await runCli(args);
    assert.equal(exitCode, 2, args.join(' '));
    assert.equal(out, '');
    assert.match(err, complaint);
    assert.match(err, /--help/);
  }
});

test('without a server, commands that need one say how to get one and fail', async (t) => {
  const { mkdtempSync, rmSync } = await import('node:fs');
  const { tmpdir } = await import('node:os');
  const { join } = await import('node:path');
  const folder = mkdtempSync(join(tmpdir(), 'inlay-cli-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const { exitCode, err } = await runCli(['ls'], { workingFolder: folder });
  assert.equal(exitCode, 1);
  assert.match(err, /^inlay: No Inlay server is running on this folder\. Start one \("npm start"\)/);
});

test('a server that does not answer is one sentence, not a stack', async () => {
  // Port 9 (discard) of this machine: nobody listens, and the answer is immediate.
  const { exitCode, err } = await runCli(['ls', '--url', 'http://127.0.0.1:9']);
  assert.equal(exitCode, 1);
  assert.match(err, /^inlay: GET \/api\/datasets\/ got no answer: .*\n$/);
});

test('an interruption ends with exit code 130', async () => {
  const interruption = new AbortController();
  interruption.abort();
  const { exitCode, err } = await runCli(['ls', '--url', 'http://127.0.0.1:9'], { signal: interruption.signal });
  assert.equal(exitCode, 130);
  assert.equal(err, 'Interrupted.\n');
});
