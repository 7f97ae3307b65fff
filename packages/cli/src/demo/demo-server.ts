import { createServer } from 'node:net';
import type { RunningServer } from '@inlay/server';
import { type Client, createClient } from '@inlay/sdk';
import type { Context } from '../context.ts';
import { findLocalServer } from '../local-server.ts';
import { runStep } from '../progress.ts';
import type { DemoFolder } from './demo-folder.ts';

/** The server the demo talks to, with an administrator's client. */
export interface DemoServer {
  readonly client: Client;
  /** Null where another process runs it: then it is not ours to stop. */
  readonly own: RunningServer | null;
}

const USUAL_PORT = 8080;

/** Starts a server on the demo's folder, or finds the one that a demo in another window runs on it. */
export async function openDemoServer(context: Context, folder: DemoFolder, port: number | null): Promise<DemoServer> {
  const running = await findLocalServer(folder.data);
  if (running !== null) return { client: createClient(running.url, { token: running.token }), own: null };
  return runStep(
    context.terminal,
    'Starting the server',
    async () => {
      // Loaded here: the other commands start in a fraction of the time without it.
      const { startServer } = await import('@inlay/server');
      const own = await startServer({
        env: {
          ...withoutOwnSettings(context.environment),
          INLAY_DATA_DIR: folder.data,
          INLAY_PORT: String(port ?? ((await isFree(USUAL_PORT)) ? USUAL_PORT : 0)),
          INLAY_LOG_LEVEL: 'error',
        },
        overrides: { sourceRoots: [folder.scenes] },
        signal: context.signal,
      });
      return { client: createClient(own.url, { token: own.adminToken }), own };
    },
    ({ client }) => client.baseUrl,
  );
}

/** What is configured for a real server (its database, its storage) is none of the demo's business. */
function withoutOwnSettings(environment: Context['environment']): Context['environment'] {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('INLAY_')));
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
