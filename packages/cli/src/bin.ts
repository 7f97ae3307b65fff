import { readCliConfig } from './config.ts';
import { EXIT_INTERRUPTED, EXIT_OK } from './exit-code.ts';
import { run } from './run.ts';
import { openTerminal } from './terminal.ts';

const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    // The second one means now: whatever is being closed with care has taken too long.
    if (interruption.signal.aborted) process.exit(EXIT_INTERRUPTED);
    interruption.abort();
  });
}

// `inlay ls | head` closes the pipe when it has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT_OK);
  throw error;
});

process.exitCode = await run(process.argv.slice(2), {
  terminal: openTerminal(process.stdout, process.stderr, process.env),
  config: readCliConfig(process.env, process.cwd()),
  input: process.stdin,
  environment: process.env,
  workingFolder: process.cwd(),
  signal: interruption.signal,
});
