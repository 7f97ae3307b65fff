import type { CliConfig } from './config.ts';
import { CliError } from './error.ts';
import { findLocalServer } from './local-server.ts';

/** A server and the credential to use there. */
export interface Connection {
  /** Without a trailing slash. */
  readonly url: string;
  /** Null to ask anonymously. */
  readonly token: string | null;
}

export interface ConnectionOptions {
  readonly url?: string;
  readonly token?: string;
}

/**
 * Which server to talk to: the options, else the environment, else the server that runs on a local data folder.
 * A token found in a data folder is sent to that folder's server only.
 *
 * @throws CliError `cli/usage`, `cli/no-server`
 */
export async function findConnection(options: ConnectionOptions, config: CliConfig): Promise<Connection> {
  const token = options.token ?? config.token;
  const url = options.url ?? config.url;
  if (url !== null && url !== undefined) return { url: normalizeUrl(url), token };

  for (const folder of config.dataFolders) {
    const server = await findLocalServer(folder);
    if (server !== null) return { url: normalizeUrl(server.url), token: token ?? server.token };
  }
  throw new CliError(
    'cli/no-server',
    'No Inlay server is running on this folder. Start one ("npm start"), or name one with --url or INLAY_URL.',
  );
}

function normalizeUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) {
    throw new CliError('cli/usage', `"${url}" is not the URL of a server. Write it like http://127.0.0.1:8080`);
  }
  return parsed.href.replace(/\/+$/, '');
}
