import type { Command } from 'commander';
import { connect } from '../client.ts';
import { choice, printJson, wholeNumber, withConnection, withExamples, withJson } from '../command-parts.ts';
import type { ConnectionOptions } from '../connection.ts';
import type { Context } from '../context.ts';
import { formatTime } from '../format.ts';
import { formatTable } from '../table.ts';
import { note, say } from '../terminal.ts';

type Options = ConnectionOptions & { readonly json?: true };
type LinkOptions = Options & { readonly name?: string; readonly days: number; readonly downloads?: true };
type GrantOptions = Options & { readonly level: 'view' | 'edit'; readonly confirmPublicSources?: true };

const ID = '0198c4de-7d52-7c3f-9b0a-3a8f5f0c7a11';

/** `inlay share`: who else sees a dataset, by name and by link. */
export function registerShare(program: Command, context: Context): void {
  const share = program.command('share').description('show datasets to other users, or to whoever has a link');
  withExamples(share, `inlay share with ${ID} ada`, `inlay share link ${ID} --days 7`);

  const grant = share
    .command('with')
    .description('let a user see a restricted dataset, or also change it')
    .argument('<id>', 'the dataset')
    .argument('<user>', 'the user name')
    .addOption(choice('--level <level>', 'what they may', ['view', 'edit'], 'view'))
    .option('--confirm-public-sources', 'show them sources of a virtual raster that they do not see by themselves')
    .action((id: string, user: string, options: GrantOptions) => shareWith(context, id, user, options));
  withExamples(withJson(withConnection(grant)), `inlay share with ${ID} ada --level edit`);

  const link = share
    .command('link')
    .description('make a link that opens a dataset to whoever holds it')
    .argument('<id>', 'the dataset')
    .option('--name <text>', 'what you call it')
    .option('--days <count>', 'days until it ends', wholeNumber(1, 3650), 30)
    .option('--downloads', 'it opens the files, too')
    .action((id: string, options: LinkOptions) => shareLink(context, id, options));
  withExamples(withJson(withConnection(link)), `inlay share link ${ID} --days 7 --downloads`);

  const list = share
    .command('list')
    .description('list the users and links that a dataset is shared with')
    .argument('<id>', 'the dataset')
    .action((id: string, options: Options) => listShares(context, id, options));
  withExamples(withJson(withConnection(list)), `inlay share list ${ID}`);

  const end = share
    .command('end')
    .description('take back what a user was granted, or end a link')
    .argument('<id>', 'the dataset')
    .argument('<user or link>', 'the user name, or the id of the link as the list shows it')
    .action((id: string, what: string, options: Options) => endShare(context, id, what, options));
  withExamples(withConnection(end), `inlay share end ${ID} ada`);
}

async function shareWith(context: Context, id: string, user: string, options: GrantOptions): Promise<void> {
  const client = await connect(context, options);
  const confirms = options.confirmPublicSources === true ? { confirm_public_sources: true } : {};
  const grant = await client.putGrant(id, { user, level: options.level, ...confirms }, { signal: context.signal });
  if (options.json === true) return printJson(context.terminal, grant);
  note(context.terminal, `${grant.username} may ${grant.level} it.`);
  const { visibility } = await client.getDataset(id, { signal: context.signal });
  if (visibility === 'private')
    note(context.terminal, 'It is private, so that this does not count until it is restricted.');
}

async function shareLink(context: Context, id: string, options: LinkOptions): Promise<void> {
  const client = await connect(context, options);
  const { name = null, days, downloads = false } = options;
  const share = await client.createShare(id, { name, expires_in_days: days, downloads }, { signal: context.signal });
  if (options.json === true) return printJson(context.terminal, share);
  // Alone on its stream, so that a script can take it.
  say(context.terminal, share.url);
  note(context.terminal, `Whoever has it sees the dataset until ${formatTime(share.expires_at)}.`);
}

async function listShares(context: Context, id: string, options: Options): Promise<void> {
  const { terminal, signal } = context;
  const client = await connect(context, options);
  const { grants } = await client.listGrants(id, { limit: 1000 }, { signal });
  const { shares } = await client.listShares(id, { limit: 1000 }, { signal });
  if (options.json === true) return printJson(terminal, { grants, shares });
  if (grants.length + shares.length === 0) return note(terminal, 'It is shared with nobody.');
  const columns = [{ title: 'With', flexible: true }, { title: 'May' }, { title: 'Until' }, { title: 'ID' }];
  const rows = [
    ...grants.map(({ username, level, user_id: userId }) => [username, level, 'taken back', userId]),
    ...shares.map((share) => [
      share.name ?? 'a link',
      share.downloads ? 'see, download' : 'see',
      share.revoked_at === null ? formatTime(share.expires_at) : 'revoked',
      share.id,
    ]),
  ];
  say(terminal, formatTable(terminal, columns, rows));
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

async function endShare(context: Context, id: string, what: string, options: Options): Promise<void> {
  const { terminal, signal } = context;
  const client = await connect(context, options);
  if (UUID.test(what)) await client.revokeShare(id, what, { signal });
  else await client.deleteGrant(id, what, { signal });
  note(terminal, 'Ended.');
}
