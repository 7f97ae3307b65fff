// Runs the tests: `npm test`, `npm test -- vrt` (files whose path has "vrt" in it), `npm test -- --test-name-pattern=seam`.
// Plain JavaScript of Node 20, because the machine's own Node may start it.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const TEST_FILE = /\.test\.ts$/;

if (!process.features.typescript) {
  const pinned = join('node_modules', '.bin', 'node');
  console.error(
    `The tests are TypeScript, which Node ${process.version} (${process.execPath}) cannot run. ` +
      (existsSync(join(ROOT, pinned))
        ? `Use "npm test", or "${pinned} scripts/run-tests.mjs", which take the Node that this repository pins.`
        : 'Run "npm ci" first: it installs the Node that this repository pins. Then use "npm test".'),
  );
  process.exit(1);
}

const forwarded = process.argv.slice(2);
const options = forwarded.filter((argument) => argument.startsWith('-'));
const filters = forwarded.filter((argument) => !argument.startsWith('-'));
const files = readdirSync(join(ROOT, 'packages'))
  .flatMap((name) => filesBelow(join(ROOT, 'packages', name, 'test')))
  .filter((file) => TEST_FILE.test(file))
  .filter((file) => filters.length === 0 || filters.some((filter) => relative(ROOT, file).includes(filter)))
  .sort();

if (files.length === 0) {
  console.error(`No test file has ${filters.map((filter) => `"${filter}"`).join(' or ')} in its path.`);
  process.exit(1);
}

// The journeys are made in the web application as it is now.
if (files.some((file) => relative(ROOT, file).startsWith(join('packages', 'web', 'test', 'e2e')))) {
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) process.exit(status ?? 1);
}

const runner = spawn(
  process.execPath,
  ['--test', '--test-concurrency=2', '--test-reporter=spec', ...options, ...files],
  { cwd: ROOT, stdio: 'inherit' },
);
runner.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 128);
});

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}
