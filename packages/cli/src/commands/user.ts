import { randomBytes } from 'node:crypto';
import type { Client } from '@inlay/sdk';
import type { Command } from 'commander';
import { connect } from '../client.ts';
import { choice, printJson, withConnection, withExamples, withJson } from '../command-parts.ts';
import type { ConnectionOptions } from '../connection.ts';
import type { Context } from '../context.ts';
import { CliError } from '../error.ts';
import { formatCount, formatTime } from '../format.ts';
import { readText } from '../standard-input.ts';
import { formatTable } from '../table.ts';
import { note, say } from '../terminal.ts';

type User = Awaited<ReturnType<Client['me']>>;
type Role = User['role'];

const ROLES = ['viewer', 'editor', 'admin'] as const satisfies readonly Role[];

/** Longest password the API takes. */
const MOST_PASSWORD_BYTES = 4096;

type Options = ConnectionOptions & { readonly json?: true };
type SetOptions = Options & { readonly role?: Role; readonly disable?: true; readonly enable?: true };
type AddOptions = Options & { readonly role: Role; readonly passwordStdin?: true };

/** `inlay user`: who may sign in, for administrators. */
export function registerUser(program: Command, context: Context): void {
  const user = program.command('user').description('add, list, change and remove users, for administrators');
  withExamples(user, 'inlay user add ada --role editor', 'inlay user list');

  const add = user
    .command('add')
    .description('add a user, with a generated password that is shown this once')
    .argument('<name>', 'the user name')
    .addOption(choice('--role <role>', 'what the user may do', ROLES, 'viewer'))
    .option('--password-stdin', 'read the password from standard input instead')
    .action((name: string, options: AddOptions) => addUser(context, name, options));
  withExamples(
    withJson(withConnection(add)),
    'inlay user add ada --role editor',
    'inlay user add ada --password-stdin < password.txt',
  );

  const list = user
    .command('list')
    .description('list users')
    .action((options: Options) => listUsers(context, options));
  withExamples(withJson(withConnection(list)), 'inlay user list');

  const set = user
    .command('set')
    .description('change a user’s role, or whether they may sign in')
    .argument('<name>', 'the user name')
    .addOption(choice('--role <role>', 'what the user may do', ROLES))
    .option('--disable', 'they may not sign in, and no token or link of theirs holds')
    .option('--enable', 'they may sign in again')
    .action((name: string, options: SetOptions) => setUser(context, name, options));
  withExamples(withJson(withConnection(set)), 'inlay user set ada --role admin', 'inlay user set ada --disable');

  const password = user
    .command('password')
    .description('give a user another password, and end their sessions')
    .argument('<name>', 'the user name')
    .option('--password-stdin', 'read the password from standard input instead of generating one')
    .action((name: string, options: AddOptions) => resetPassword(context, name, options));
  withExamples(withConnection(password), 'inlay user password ada');

  const remove = user
    .command('remove')
    .description('delete a user; their datasets become somebody else’s')
    .argument('<name>', 'the user name')
    .option('--transfer-to <name>', 'the user who gets their datasets; you where left out')
    .action((name: string, options: Options & { transferTo?: string }) => removeUser(context, name, options));
  withExamples(withConnection(remove), 'inlay user remove ada --transfer-to grace');
}

async function addUser(context: Context, username: string, options: AddOptions): Promise<void> {
  const { terminal, signal } = context;
  const given = options.passwordStdin === true ? await readPassword(context) : null;
  const password = given ?? newPassword();
  const client = await connect(context, options);
  const user = await client.createUser({ username, password, role: options.role }, { signal });

  const shown = given === null ? { password } : {};
  if (options.json === true) return printJson(terminal, { ...user, ...shown });
  note(terminal, `Added ${user.username} as ${user.role}.${given === null ? ' The password, shown this once:' : ''}`);
  if (given === null) say(terminal, password);
}

async function readPassword({ input }: Context): Promise<string> {
  const password = (await readText(input, MOST_PASSWORD_BYTES)).replace(/\r?\n$/, '');
  if (password === '') throw new CliError('cli/usage', 'Standard input holds no password.');
  return password;
}

async function listUsers(context: Context, options: Options): Promise<void> {
  const client = await connect(context, options);
  const { users } = await client.listUsers({ limit: 1000 }, { signal: context.signal });
  if (options.json === true) return printJson(context.terminal, users);
  const columns = [
    { title: 'Name', flexible: true },
    { title: 'Role' },
    { title: 'Added' },
    { title: 'Disabled' },
    { title: 'ID' },
  ];
  const rows = users.map(({ username, role, created_at: added, disabled_at: disabled, id }) => [
    username,
    role,
    formatTime(added),
    disabled === null ? 'no' : formatTime(disabled),
    id,
  ]);
  say(context.terminal, formatTable(context.terminal, columns, rows));
}

async function setUser(context: Context, name: string, options: SetOptions): Promise<void> {
  const { role, disable, enable } = options;
  if (disable === true && enable === true) throw new CliError('cli/usage', 'Choose one of --disable and --enable.');
  if (role === undefined && disable === undefined && enable === undefined) {
    throw new CliError('cli/usage', 'Say what to change: --role, --disable or --enable.');
  }
  const client = await connect(context, options);
  const { id } = await findUser(client, name, context.signal);
  const changes = {
    ...(role === undefined ? {} : { role }),
    ...(disable === true ? { disabled: true } : enable === true ? { disabled: false } : {}),
  };
  const user = await client.patchUser(id, changes, { signal: context.signal });
  if (options.json === true) return printJson(context.terminal, user);
  note(context.terminal, `${user.username} is ${user.role}${user.disabled_at === null ? '' : ', and disabled'}.`);
}

async function resetPassword(context: Context, name: string, options: AddOptions): Promise<void> {
  const { terminal, signal } = context;
  const given = options.passwordStdin === true ? await readPassword(context) : null;
  const password = given ?? newPassword();
  const client = await connect(context, options);
  const user = await findUser(client, name, signal);
  await client.setUserPassword(user.id, password, { signal });
  note(terminal, `${user.username} has another password.${given === null ? ' Shown this once:' : ''}`);
  if (given === null) say(terminal, password);
}

async function removeUser(context: Context, name: string, options: Options & { transferTo?: string }): Promise<void> {
  const { terminal, signal } = context;
  const client = await connect(context, options);
  const user = await findUser(client, name, signal);
  const heir = options.transferTo === undefined ? undefined : await findUser(client, options.transferTo, signal);
  const { transferred_datasets: count } = await client.deleteUser(user.id, heir?.id, { signal });
  const whose = heir === undefined ? 'yours' : `${heir.username}’s`;
  note(
    terminal,
    `Removed ${user.username}.${count === 0 ? '' : ` ${formatCount(count)} of their datasets are ${whose} now.`}`,
  );
}

/** @throws CliError `cli/usage` where there is nobody of that name */
async function findUser(client: Client, name: string, signal: AbortSignal): Promise<User> {
  for (let skip = 0; ;) {
    const { users, total } = await client.listUsers({ limit: 1000, skip }, { signal });
    const found = users.find(({ username, id }) => username.toLowerCase() === name.toLowerCase() || id === name);
    if (found !== undefined) return found;
    skip += users.length;
    if (users.length === 0 || skip >= total) break;
  }
  throw new CliError('cli/usage', `There is no user "${name}". "inlay user list" shows who there is.`);
}

function newPassword(): string {
  return randomBytes(18).toString('base64url');
}
