import type { Command } from 'commander';
import { connect } from '../client.ts';
import { printJson, wholeNumber, withConnection, withExamples, withJson } from '../command-parts.ts';
import type { ConnectionOptions } from '../connection.ts';
import type { Context } from '../context.ts';
import { formatTime } from '../format.ts';
import { formatTable } from '../table.ts';
import { note, say } from '../terminal.ts';

type Options = ConnectionOptions & { readonly json?: true };
type CreateOptions = Options & { readonly days?: number; readonly readOnly?: true };

/** `inlay token`: the API keys of whoever asks. */
export function registerToken(program: Command, context: Context): void {
  const token = program.command('token').description('make, list and revoke your API tokens');
  withExamples(token, 'inlay token create "nightly import" --days 90', 'inlay token list');

  const create = token
    .command('create')
    .description('make a token; it is shown this once')
    .argument('<name>', 'what you call it')
    .option('--read-only', 'one that changes nothing, whatever you may')
    .option('--days <count>', 'days until it stops working; never where left out', wholeNumber(1, 3650))
    .action((name: string, options: CreateOptions) => createToken(context, name, options));
  withExamples(withJson(withConnection(create)), 'inlay token create "nightly import" --days 90');

  const list = token
    .command('list')
    .description('list your tokens')
    .action((options: Options) => listTokens(context, options));
  withExamples(withJson(withConnection(list)), 'inlay token list');

  const revoke = token
    .command('revoke')
    .description('make a token stop working')
    .argument('<id>', 'the token, as the list shows it')
    .action(async (id: string, options: Options) => {
      const client = await connect(context, options);
      await client.deleteApiKey(id, { signal: context.signal });
      note(context.terminal, 'Revoked.');
    });
  withExamples(withConnection(revoke), 'inlay token revoke 0198c4de-7d52-7c3f-9b0a-3a8f5f0c7a11');
}

async function createToken(context: Context, name: string, options: CreateOptions): Promise<void> {
  const client = await connect(context, options);
  const created = await client.createApiKey(
    { name, scope: options.readOnly === true ? 'read' : 'write', expires_in_days: options.days ?? null },
    { signal: context.signal },
  );
  if (options.json === true) return printJson(context.terminal, created);
  // Alone on its stream, so that TOKEN=$(inlay token create ...) works.
  say(context.terminal, created.key);
  note(context.terminal, 'Keep it: it is not shown again. Use it as --token, or as INLAY_TOKEN.');
}

async function listTokens(context: Context, options: Options): Promise<void> {
  const client = await connect(context, options);
  const { api_keys: keys } = await client.listApiKeys({ limit: 1000 }, { signal: context.signal });
  if (options.json === true) return printJson(context.terminal, keys);
  if (keys.length === 0) return note(context.terminal, 'There are none.');
  const columns = [
    { title: 'ID' },
    { title: 'Name', flexible: true },
    { title: 'Scope' },
    { title: 'Begins' },
    { title: 'Created' },
    { title: 'Last used' },
    { title: 'Expires' },
  ];
  const rows = keys.map((key) => [
    key.id,
    key.name,
    key.scope,
    key.key_hint,
    formatTime(key.created_at),
    formatTime(key.last_used_at),
    formatTime(key.expires_at),
  ]);
  say(context.terminal, formatTable(context.terminal, columns, rows));
}
