import { randomBytes } from 'node:crypto';
import type { Client } from '@inlay/sdk';
import type { Command } from 'commander';
import { connect } from '../client.ts';
import { choice, printJson, withConnection, withExamples, withJson } from '../command-parts.ts';
import type { ConnectionOptions } from '../connection.ts';
import type { Context } from '../context.ts';
import { CliError } from '../error.ts';
import { formatTime } from '../format.ts';
import { readText } from '../standard-input.ts';
import { formatTable } from '../table.ts';
import { note, say } from '../terminal.ts';

type Role = Awaited<ReturnType<Client['me']>>['role'];

const ROLES = ['viewer', 'editor', 'admin'] as const satisfies readonly Role[];

/** Longest password the API takes. */
const MOST_PASSWORD_BYTES = 4096;

type Options = ConnectionOptions & { readonly json?: true };
type AddOptions = Options & { readonly role: Role; readonly passwordStdin?: true };

/** `inlay user`: who may sign in, for administrators. */
export function registerUser(program: Command, context: Context): void {
  const user = program.command('user').description('add and list users, for administrators');
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
}

async function addUser(context: Context, username: string, options: AddOptions): Promise<void> {
  const { terminal, signal } = context;
  const given = options.passwordStdin === true ? await readPassword(context) : null;
  const password = given ?? randomBytes(18).toString('base64url');
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
  const columns = [{ title: 'Name', flexible: true }, { title: 'Role' }, { title: 'Added' }, { title: 'ID' }];
  const rows = users.map(({ username, role, created_at: added, id }) => [username, role, formatTime(added), id]);
  say(context.terminal, formatTable(context.terminal, columns, rows));
}
