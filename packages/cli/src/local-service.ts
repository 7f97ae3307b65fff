import type { RunningServer } from '@inlay/server';
import { CliError } from './error.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The environment with some of the server's settings replaced; those that are undefined stay as they are. */
export function withSettings(environment: Environment, settings: Environment): Environment {
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  return { ...environment, ...Object.fromEntries(given) };
}

/**
 * Resolves when the signal asks to stop. The server still runs then.
 *
 * @throws CliError `cli/server-ended` where the server cannot go on by itself
 */
export async function serveUntilAborted(server: RunningServer, signal: AbortSignal): Promise<void> {
  const reason = await Promise.race([server.ended, aborted(signal)]);
  if (signal.aborted) return;
  const because = reason === null ? '' : `: ${reason.message}`;
  throw new CliError('cli/server-ended', `The server's database ended${because}`, { cause: reason });
}

function aborted(signal: AbortSignal): Promise<null> {
  if (signal.aborted) return Promise.resolve(null);
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(null), { once: true });
  });
}
