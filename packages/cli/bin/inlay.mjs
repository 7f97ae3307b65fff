#!/usr/bin/env node
// Plain JavaScript that Node 18 can parse, so that an old Node gets an answer instead of a syntax error.
import { spawn } from 'node:child_process';
import nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';

const NEEDED = [22, 12];
const EXIT_USAGE = 2;

/**
 * What a server can only be given while it starts. Two arenas: glibc's own number is eight a processor, each of which keeps
 * what was freed in it. Room for new objects: V8's own measure grows to over a hundred megabytes, which finished tiles that
 * pass through fill.
 */
const SERVER_ENVIRONMENT = { MALLOC_ARENA_MAX: '2' };
const SERVER_FLAGS = ['--max-semi-space-size=4'];
const SERVER_COMMANDS = ['serve', 'demo'];

const entry = new URL('../src/bin.ts', import.meta.url);
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
  console.error(
    `Inlay needs Node ${NEEDED.join('.')} or newer; this is Node ${process.versions.node}.\n` +
      'Run it through npm, which uses the pinned Node that "npm ci" installed:\n' +
      '  npm start              starts the server\n' +
      '  npm run demo           shows it at work\n' +
      '  npm run inlay -- ls    runs any other command',
  );
  process.exitCode = EXIT_USAGE;
} else if (process.features.typescript) {
  if (isServer() && !isGivenMemory() && process.platform !== 'win32' && process.execve !== undefined) restartAsServer();
  // Keeps what types were stripped from and compiled: the next start takes half the time.
  nodeModule.enableCompileCache();
  await import(entry.href);
} else {
  runWithTypeStripping();
}

function isServer() {
  return SERVER_COMMANDS.includes(process.argv.slice(2).find((argument) => !argument.startsWith('-')));
}

/** By us, or by whoever starts the server and wants it otherwise. */
function isGivenMemory() {
  return Object.keys(SERVER_ENVIRONMENT).every((name) => process.env[name] !== undefined);
}

/** The same process, by its id too, begins anew with the settings of a server. */
function restartAsServer() {
  const args = [process.execPath, ...SERVER_FLAGS, ...process.execArgv, ...process.argv.slice(1)];
  process.execve(process.execPath, args, { ...SERVER_ENVIRONMENT, ...process.env });
}

/** Node 22.12 to 22.17 run TypeScript only when asked to, and 22.12 has SQLite (the data folder's lock) only then. */
function runWithTypeStripping() {
  const flags = ['--experimental-strip-types', '--experimental-sqlite', '--disable-warning=ExperimentalWarning'];
  if (isServer()) flags.push(...SERVER_FLAGS);
  const child = spawn(process.execPath, [...flags, fileURLToPath(entry), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: isServer() ? { ...SERVER_ENVIRONMENT, ...process.env } : process.env,
  });
  // Ctrl-C reaches the child from the terminal itself; it decides when to end, and we end with it.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}
