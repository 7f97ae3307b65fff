import type { Command } from 'commander';
import { connect, type Dataset } from '../client.ts';
import { choice, printJson, wholeNumber, withConnection, withExamples, withJson } from '../command-parts.ts';
import type { ConnectionOptions } from '../connection.ts';
import type { Context } from '../context.ts';
import { datasetTable } from '../dataset-text.ts';
import { formatCount } from '../format.ts';
import { note, say } from '../terminal.ts';

const RECORD_TYPES = { raster: 'raster_dataset', virtual: 'vrt_dataset' } as const;

interface Options extends ConnectionOptions {
  readonly search?: string;
  readonly kind?: keyof typeof RECORD_TYPES;
  readonly limit: number;
  readonly quiet?: true;
  readonly json?: true;
}

/** `inlay ls`: what is catalogued. */
export function registerLs(program: Command, context: Context): void {
  const command = program
    .command('ls')
    .description('list the datasets of the catalogue, newest first')
    .option('-s, --search <text>', 'only those whose title or summary contains the text')
    .addOption(choice('--kind <kind>', 'only raster files, or only virtual rasters', Object.keys(RECORD_TYPES)))
    .option('-n, --limit <count>', 'at most so many', wholeNumber(1, 100_000), 50)
    .option('-q, --quiet', 'print the ids only, for "vrt create --sources-from -"')
    .action((options: Options) => ls(context, options));
  withJson(withConnection(command));
  withExamples(
    command,
    'inlay ls --search sentinel',
    'inlay ls --kind raster -q | inlay vrt create --sources-from - ...',
  );
}

async function ls(context: Context, options: Options): Promise<void> {
  const { terminal, signal } = context;
  const client = await connect(context, options);
  const filter = {
    ...(options.search === undefined ? {} : { q: options.search }),
    ...(options.kind === undefined ? {} : { record_type: RECORD_TYPES[options.kind] }),
  };
  const datasets: Dataset[] = [];
  let isCut = false;
  for await (const dataset of client.allDatasets(filter, { signal })) {
    isCut = datasets.length === options.limit;
    if (isCut) break;
    datasets.push(dataset);
  }

  if (options.json === true) return printJson(terminal, datasets);
  if (options.quiet === true) {
    for (const { id } of datasets) say(terminal, id);
    return;
  }
  if (datasets.length === 0) return note(terminal, 'There are none. Add rasters with "inlay add".');
  say(terminal, datasetTable(terminal, datasets));
  if (isCut) note(terminal, `The first ${formatCount(options.limit)}; --limit shows more.`);
}
