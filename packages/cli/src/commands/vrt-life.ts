import type { Client } from '@inlay/sdk';
import type { Command } from 'commander';
import { connect } from '../client.ts';
import { printJson, wholeNumber, withConnection, withExamples, withJson } from '../command-parts.ts';
import type { ConnectionOptions } from '../connection.ts';
import type { Context } from '../context.ts';
import { datasetText } from '../dataset-text.ts';
import { followJob } from '../follow-job.ts';
import { formatCount, formatDuration, formatTime } from '../format.ts';
import { runStep } from '../progress.ts';
import { formatFacts, formatTable } from '../table.ts';
import { say, styled, type Terminal, warn } from '../terminal.ts';
import { namedIds } from '../vrt-request.ts';

type VrtStatus = Awaited<ReturnType<Client['getVrtStatus']>>;
type Generation = Awaited<ReturnType<Client['listVrtGenerations']>>['generations'][number];

interface Options extends ConnectionOptions {
  readonly json?: true;
}

interface ChangeOptions extends Options {
  readonly expect?: string;
}

type AddOptions = ChangeOptions & { readonly sourcesFrom?: string; readonly position?: number };
type OrderOptions = ChangeOptions & { readonly sourcesFrom?: string };
type ListOptions = Options & { readonly limit: number };

const EXAMPLE = '0198c4de-7d52-7c3f-9b0a-3a8f5f0c7a11';
const SOURCES_FROM = ['--sources-from <file>', 'read their ids from a file, - for standard input'] as const;

/** `inlay vrt add` and the other commands that change what a virtual raster is made of, or tell how it is. */
export function registerVrtLife(vrt: Command, context: Context): void {
  const add = changing(vrt, 'add', 'add sources to a virtual raster, on top of the others')
    .argument('[source...]', 'the rasters to add')
    .option(...SOURCES_FROM)
    .option('--position <number>', 'put them at this place, 1 being the lowest', wholeNumber(1, 1_000_000))
    .action(async (id: string, sources: string[], options: AddOptions) => {
      const ids = await namedIds(context, sources, options.sourcesFrom);
      const position = options.position === undefined ? {} : { position: options.position - 1 };
      await change(context, id, options, (client, asked) =>
        client.addVrtSources(id, { source_dataset_ids: ids, ...position }, asked),
      );
    });
  withExamples(add, 'inlay vrt add ID SOURCE', 'inlay ls --search july -q | inlay vrt add ID --sources-from -');

  const remove = changing(vrt, 'remove', 'remove a source from a virtual raster; the raster itself stays')
    .argument('<source>', 'the raster')
    .action(async (id: string, source: string, options: ChangeOptions) => {
      await change(context, id, options, (client, asked) => client.removeVrtSource(id, source, asked));
    });
  withExamples(remove, 'inlay vrt remove ID SOURCE');

  const order = changing(vrt, 'order', 'set all sources of a virtual raster, in order, the last one on top')
    .argument('[source...]', 'all of its sources')
    .option(...SOURCES_FROM)
    .action(async (id: string, sources: string[], options: OrderOptions) => {
      const ids = await namedIds(context, sources, options.sourcesFrom);
      await change(context, id, options, (client, asked) =>
        client.setVrtSources(id, { source_dataset_ids: ids }, asked),
      );
    });
  withExamples(order, 'inlay vrt order ID LOWEST MIDDLE TOP', 'inlay vrt order ID --sources-from order.txt');

  const regenerate = changing(vrt, 'regenerate', 'build a virtual raster anew of its sources as they are now').action(
    async (id: string, options: ChangeOptions) => {
      await change(context, id, options, (client, asked) => client.regenerateVrt(id, {}, asked));
    },
  );
  withExamples(regenerate, 'inlay vrt regenerate ID');

  const rollback = changing(vrt, 'rollback', 'show an earlier build of a virtual raster again')
    .argument('<generation>', 'the build, as "inlay vrt generations" lists it')
    .action(async (id: string, generation: string, options: ChangeOptions) => {
      const client = await connect(context, options);
      const status = await client.rollBackVrt(id, { generation_id: generation }, askedWith(context, options));
      tellStatus(context.terminal, status, options);
    });
  withExamples(rollback, `inlay vrt rollback ID ${EXAMPLE}`);

  const status = told(vrt, 'status', 'say how a virtual raster is, and what is being built').action(
    async (id: string, options: Options) => {
      const client = await connect(context, options);
      tellStatus(context.terminal, await client.getVrtStatus(id, { signal: context.signal }), options);
    },
  );
  withExamples(status, 'inlay vrt status ID');

  const generations = told(vrt, 'generations', 'list the builds of a virtual raster, newest first')
    .option('-n, --limit <count>', 'at most so many', wholeNumber(1, 1000), 20)
    .action(async (id: string, options: ListOptions) => {
      const client = await connect(context, options);
      const { limit } = options;
      const listed = await client.listVrtGenerations(id, { limit }, { signal: context.signal });
      if (options.json === true) printJson(context.terminal, listed);
      else say(context.terminal, generationsText(context.terminal, listed.generations));
    });
  withExamples(generations, 'inlay vrt generations ID');
}

function told(vrt: Command, name: string, description: string): Command {
  const command = vrt.command(name).description(description).argument('<id>', 'the virtual raster');
  return withJson(withConnection(command));
}

function changing(vrt: Command, name: string, description: string): Command {
  return told(vrt, name, description).option(
    '--expect <generation>',
    'only if this build is what it shows ("inlay vrt status" says which)',
  );
}

interface Asked {
  readonly signal: AbortSignal;
  readonly ifMatch?: string;
}

function askedWith({ signal }: Context, { expect }: ChangeOptions): Asked {
  return { signal, ...(expect === undefined ? {} : { ifMatch: expect }) };
}

/** Sends a change, waits for its build, and shows what the virtual raster is then. */
async function change(
  context: Context,
  id: string,
  options: ChangeOptions,
  send: (client: Client, asked: Asked) => Promise<{ readonly job_id: string }>,
): Promise<void> {
  const { terminal, signal } = context;
  const client = await connect(context, options);
  const { warnings } = await runStep(terminal, 'Building', async (step) => {
    const accepted = await send(client, askedWith(context, options));
    return await followJob(client, accepted.job_id, step, signal);
  });
  for (const warning of warnings) warn(terminal, warning);
  const dataset = await client.getDataset(id, { signal });
  if (options.json === true) printJson(terminal, dataset);
  else say(terminal, datasetText(terminal, dataset));
}

function tellStatus(terminal: Terminal, status: VrtStatus, { json }: Options): void {
  if (json === true) return printJson(terminal, status);
  const { active_generation: active, last_failure: failure } = status;
  const unhealthy = status.source_health.filter((source) => source.status !== 'healthy');
  say(
    terminal,
    formatFacts(terminal, [
      ['Status', status.status],
      ['Shows', status.generation_id],
      ['Built', formatTime(status.last_generation_at)],
      ['Sources', formatCount(status.source_count)],
      ...unhealthy.map(({ title, status: health }) => ['', `${title}: ${health}`] as const),
      ...(active === null
        ? []
        : ([
            ['Building', `${Math.round(active.progress * 100)} %, ${active.current_step ?? 'waiting'}`],
            ['For', formatDuration(active.elapsed_seconds * 1000)],
          ] as const)),
      ...(failure === null
        ? []
        : ([
            ['Failed', failure.error_message],
            ['Try again', `inlay jobs retry ${failure.job_id}`],
          ] as const)),
    ]),
  );
}

function generationsText(terminal: Terminal, generations: readonly Generation[]): string {
  const columns = [
    { title: '#', align: 'right' },
    { title: 'Status' },
    { title: 'For', flexible: true },
    { title: 'Sources', align: 'right' },
    { title: 'Ended' },
    { title: 'ID' },
  ] as const;
  const rows = generations.map((generation) => [
    generation.number === null ? '-' : String(generation.number),
    generation.is_current ? 'shown' : generation.status,
    generation.error_message ?? generation.change.replaceAll('_', ' '),
    formatCount(generation.source_count),
    formatTime(generation.completed_at),
    generation.id,
  ]);
  return rows.length === 0 ? styled(terminal, 'dim', 'none') : formatTable(terminal, columns, rows);
}
