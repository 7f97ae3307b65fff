import type { Command } from 'commander';
import { connect, type Job } from '../client.ts';
import { choice, printJson, wholeNumber, withConnection, withExamples, withJson } from '../command-parts.ts';
import type { ConnectionOptions } from '../connection.ts';
import type { Context } from '../context.ts';
import { followJob } from '../follow-job.ts';
import { formatTime } from '../format.ts';
import { runStep } from '../progress.ts';
import { formatFacts, formatTable } from '../table.ts';
import { note, say, type Terminal } from '../terminal.ts';

const STATUSES = ['pending', 'running', 'complete', 'failed', 'cancelled'] as const satisfies readonly Job['status'][];

type Options = ConnectionOptions & { readonly json?: true };
type ListOptions = Options & { readonly status?: Job['status']; readonly limit: number };

/** `inlay jobs`: work that the server does in the background. */
export function registerJobs(program: Command, context: Context): void {
  const jobs = program.command('jobs').description('list jobs, and wait for, cancel or retry one');
  withExamples(
    jobs,
    'inlay jobs',
    'inlay jobs list --status failed',
    'inlay jobs wait 0198c4de-7d52-7c3f-9b0a-3a8f5f0c7a11',
  );

  const list = jobs
    .command('list', { isDefault: true })
    .description('list jobs, newest first (the default)')
    .addOption(choice('--status <status>', 'only those in this state', STATUSES))
    .option('-n, --limit <count>', 'at most so many', wholeNumber(1, 1000), 20)
    .action((options: ListOptions) => listJobs(context, options));
  withExamples(withJson(withConnection(list)), 'inlay jobs list --status running');

  const one = (name: string, description: string, act: (id: string, options: Options) => Promise<void>): void => {
    const command = jobs.command(name).description(description).argument('<id>', 'the job').action(act);
    withExamples(withJson(withConnection(command)), `inlay jobs ${name} 0198c4de-7d52-7c3f-9b0a-3a8f5f0c7a11`);
  };
  const { signal } = context;
  one('show', 'show one job', async (id, options) => {
    const client = await connect(context, options);
    tell(context.terminal, await client.getJob(id, { signal }), options);
  });
  one('wait', 'wait until a job has ended; fails where it does', async (id, options) => {
    const client = await connect(context, options);
    const job = await runStep(context.terminal, 'Waiting', (step) => followJob(client, id, step, signal));
    tell(context.terminal, job, options);
  });
  one('cancel', 'cancel a job that has not ended', async (id, options) => {
    const client = await connect(context, options);
    tell(context.terminal, await client.cancelJob(id, { signal }), options);
  });
  one('retry', 'try a failed job again', async (id, options) => {
    const client = await connect(context, options);
    tell(context.terminal, await client.retryJob(id, { signal }), options);
  });
}

async function listJobs(context: Context, { status, limit, json, ...connection }: ListOptions): Promise<void> {
  const client = await connect(context, connection);
  const query = { limit, ...(status === undefined ? {} : { status }) };
  const page = await client.listJobs(query, { signal: context.signal });
  if (json === true) return printJson(context.terminal, page.jobs);
  if (page.jobs.length === 0) return note(context.terminal, 'There are none.');
  say(context.terminal, jobTable(context.terminal, page.jobs));
}

function jobTable(terminal: Terminal, jobs: readonly Job[]): string {
  return formatTable(
    terminal,
    [
      { title: 'ID' },
      { title: 'Kind' },
      { title: 'Status' },
      { title: 'Done', align: 'right' },
      { title: 'Created' },
      { title: 'About', flexible: true },
    ],
    jobs.map((job) => [
      job.id,
      job.kind.replaceAll('_', ' '),
      job.status,
      percent(job),
      formatTime(job.created_at),
      job.error_message ?? job.current_step ?? job.source_filename ?? '',
    ]),
  );
}

function tell(terminal: Terminal, job: Job, { json }: Options): void {
  if (json === true) return printJson(terminal, job);
  const facts: readonly (readonly [string, string | null])[] = [
    ['ID', job.id],
    ['Kind', job.kind.replaceAll('_', ' ')],
    ['Status', job.can_retry ? `${job.status}, can be retried` : job.status],
    ['Done', percent(job)],
    ['Step', job.current_step],
    ['Error', job.error_message],
    ['File', job.source_filename],
    ['Dataset', job.dataset_id],
    ['Created', formatTime(job.created_at)],
    ['Ended', formatTime(job.completed_at)],
    ...job.warnings.map((warning) => ['Warning', warning] as const),
  ];
  const known = facts.filter((fact): fact is readonly [string, string] => fact[1] !== null);
  say(terminal, formatFacts(terminal, known));
}

function percent({ progress }: Job): string {
  return `${Math.floor(progress * 100)}%`;
}
