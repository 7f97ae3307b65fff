import type { Command } from 'commander';
import { connect } from '../client.ts';
import { printJson, withConnection, withExamples, withJson } from '../command-parts.ts';
import type { ConnectionOptions } from '../connection.ts';
import type { Context } from '../context.ts';
import { note, say } from '../terminal.ts';

type Options = ConnectionOptions & { readonly json?: true };

/** `inlay sign-in`: a link that signs a browser in as whoever asks. */
export function registerSignIn(program: Command, context: Context): void {
  const command = program
    .command('sign-in')
    .description('print a link that signs a browser in, once')
    .action((options: Options) => printLink(context, options));
  withExamples(withJson(withConnection(command)), 'inlay sign-in');
}

async function printLink(context: Context, options: Options): Promise<void> {
  const client = await connect(context, options);
  const link = await client.createSignInLink({ signal: context.signal });
  if (options.json === true) return printJson(context.terminal, link);
  say(context.terminal, link.url);
  note(context.terminal, `It works once, within ${Math.round(link.expires_in / 60)} minutes.`);
}
