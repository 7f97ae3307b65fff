import type { Command } from 'commander';
import { connect } from '../client.ts';
import { printJson, withConnection, withExamples, withJson } from '../command-parts.ts';
import type { ConnectionOptions } from '../connection.ts';
import type { Context } from '../context.ts';
import { formatBytes, formatCount } from '../format.ts';
import { runStep } from '../progress.ts';
import { formatTable } from '../table.ts';
import { note, say } from '../terminal.ts';

type Options = ConnectionOptions & { readonly json?: true; readonly delete?: true };

/** `inlay gc`: what the server keeps that nothing needs any more. */
export function registerGc(program: Command, context: Context): void {
  const command = program
    .command('gc')
    .description('tell what is kept that nothing needs any more; with --delete, remove it (for administrators)')
    .option('--delete', 'remove it')
    .action((options: Options) => collect(context, options));
  withJson(withConnection(command));
  withExamples(command, 'inlay gc', 'inlay gc --delete');
}

async function collect(context: Context, options: Options): Promise<void> {
  const { terminal, signal } = context;
  const client = await connect(context, options);
  const isDeleting = options.delete === true;
  const report = await runStep(terminal, isDeleting ? 'Removing garbage' : 'Looking for garbage', () =>
    client.collectGarbage({ delete: isDeleting }, { signal }),
  );
  if (options.json === true) return printJson(terminal, report);
  const found = report.items.filter(({ count }) => count > 0);
  if (found.length === 0) return note(terminal, 'There is none.');
  const columns = [
    { title: 'What', flexible: true },
    { title: 'Count', align: 'right' },
    { title: 'Size', align: 'right' },
  ] as const;
  const rows = found.map(({ kind, count, bytes }) => [
    kind.replaceAll('_', ' '),
    formatCount(count),
    bytes === 0 ? '-' : formatBytes(bytes),
  ]);
  say(terminal, formatTable(terminal, columns, rows));
  note(terminal, isDeleting ? 'Removed.' : 'Nothing was removed: add --delete for that.');
}
