import type { Client } from '@inlay/sdk';
import { type ConnectionOptions, findConnection } from './connection.ts';
import type { Context } from './context.ts';

export type Dataset = Awaited<ReturnType<Client['getDataset']>>;
export type Job = Awaited<ReturnType<Client['getJob']>>;
export type Visibility = Dataset['visibility'];

export const VISIBILITIES: readonly Visibility[] = ['private', 'restricted', 'internal', 'public'];

/** A client of the server that the options, the environment or a running local server name. */
export async function connect(context: Context, options: ConnectionOptions): Promise<Client> {
  const { url, token } = await findConnection(options, context.config);
  const { createClient } = await import('@inlay/sdk');
  return createClient(url, { token });
}
