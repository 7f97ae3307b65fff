import { join } from 'node:path';
import type { RunningServer } from '@inlay/server';
import type { Command } from 'commander';
import { wholeNumber, withExamples } from '../command-parts.ts';
import type { Context } from '../context.ts';
import { displayPath } from '../display-path.ts';
import { serveUntilAborted, withSettings } from '../local-service.ts';
import { runStep } from '../progress.ts';
import { formatFacts } from '../table.ts';
import { note, say, styled } from '../terminal.ts';

interface Options {
  readonly host?: string;
  readonly port?: number;
  readonly dataDir?: string;
}

/** `inlay serve`: the server, until it is interrupted. */
export function registerServe(program: Command, context: Context): void {
  const command = program
    .command('serve')
    .description('run the server until Ctrl-C')
    .option('--host <address>', 'the address to listen on (INLAY_HOST; 127.0.0.1)')
    .option('--port <number>', 'the port, 0 for any free one (INLAY_PORT; 8080)', wholeNumber(0, 65_535))
    .option('--data-dir <folder>', 'where database, files and secrets are kept (INLAY_DATA_DIR; .inlay)')
    .action((options: Options) => serve(context, options));
  withExamples(command, 'inlay serve', 'inlay serve --port 0 --data-dir /var/lib/inlay');
}

async function serve(context: Context, { host, port, dataDir }: Options): Promise<void> {
  const { terminal, signal } = context;
  const env = withSettings(context.environment, {
    INLAY_HOST: host,
    INLAY_PORT: port === undefined ? undefined : String(port),
    INLAY_DATA_DIR: dataDir,
  });
  const server = await runStep(terminal, 'Starting the server', async () => {
    // Loaded here: the other commands start in a fraction of the time without it.
    const { startServer } = await import('@inlay/server');
    return startServer({ env, signal });
  });
  try {
    const link = server.config.roles.includes('api') ? await server.createSignInLink() : null;
    say(terminal, welcome(context, server, link));
    await serveUntilAborted(server, signal);
  } finally {
    await server.close();
  }
  note(terminal, 'Stopped.');
}

function welcome(
  { terminal, workingFolder }: Context,
  { url, dataDir, config }: RunningServer,
  signInLink: string | null,
): string {
  const folder = displayPath(workingFolder, dataDir);
  const token =
    config.adminToken === null ? `in ${join(folder, 'secrets', 'admin-token')}` : 'as INLAY_ADMIN_TOKEN says';
  const answers =
    signInLink !== null
      ? ([
          ['Sign in', `${signInLink} (once, within an hour; "inlay sign-in" makes another)`],
          ['API', `${url}/api`],
          ['Docs', `${url}/api/docs`],
          ['API token', `${token}; send it as "Authorization: Bearer <token>"`],
        ] as const)
      : ([['Role', 'worker: takes jobs, answers no requests']] as const);
  return [
    '',
    styled(terminal, 'bold', 'Inlay'),
    '',
    formatFacts(terminal, [...answers, ['Data folder', folder], ['Stop', 'Ctrl-C']]),
    '',
  ].join('\n');
}
