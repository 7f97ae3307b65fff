import { resolve } from 'node:path';
import { access } from 'node:fs/promises';
import type { Client } from '@inlay/sdk';
import type { Command } from 'commander';
import { connect, type Dataset, type Visibility, VISIBILITIES } from '../client.ts';
import { choice, printJson, withConnection, withExamples, withJson } from '../command-parts.ts';
import type { ConnectionOptions } from '../connection.ts';
import type { Context } from '../context.ts';
import { datasetTable } from '../dataset-text.ts';
import { CliError } from '../error.ts';
import { followJob } from '../follow-job.ts';
import { formatCount, plural } from '../format.ts';
import { runStep } from '../progress.ts';
import { findRasters } from '../rasters-on-disk.ts';
import { note, printable, say, styled, warn } from '../terminal.ts';
import { titleOfFile, type UploadOutcome, uploadRasters } from '../upload-rasters.ts';

interface Options extends ConnectionOptions {
  readonly title?: string;
  readonly summary?: string;
  readonly visibility: Visibility;
  readonly inPlace?: true;
  readonly json?: true;
}

/** `inlay add`: rasters into the catalogue. */
export function registerAdd(program: Command, context: Context): void {
  const command = program
    .command('add')
    .description('upload rasters to the catalogue, or register them where they are')
    .argument('<files...>', 'GeoTIFF files, or folders of them; with --in-place also https:// and s3:// URLs')
    .option('--in-place', 'do not copy: catalogue them where the server finds them (it must allow the place)')
    .option('--title <title>', "the title, of a single file; the file's name where left out")
    .option('--summary <text>', 'what they show')
    .addOption(choice('--visibility <who>', 'who may see them', VISIBILITIES, 'private'))
    .action((files: string[], options: Options) => add(context, files, options));
  withJson(withConnection(command));
  withExamples(
    command,
    'inlay add scenes/',
    'inlay add --visibility public dem.tif',
    'inlay add --in-place /srv/imagery',
  );
}

async function add(context: Context, paths: readonly string[], options: Options): Promise<void> {
  if (options.inPlace === true) {
    if (options.title !== undefined || options.summary !== undefined) {
      throw new CliError('cli/usage', '--title and --summary are for uploads; change them afterwards.');
    }
    await register(context, paths, options);
  } else {
    await upload(context, paths, options);
  }
}

async function upload(context: Context, paths: readonly string[], options: Options): Promise<void> {
  const { terminal, signal, workingFolder } = context;
  const files = await findRasters(
    paths.map((path) => resolve(workingFolder, path)),
    signal,
  );
  if (options.title !== undefined && files.length > 1) {
    throw new CliError('cli/usage', `--title is for one file; these are ${files.length}.`);
  }
  const client = await connect(context, options);
  const uploads = files.map((path) => ({
    path,
    title: options.title ?? titleOfFile(path),
    visibility: options.visibility,
    ...(options.summary === undefined ? {} : { summary: options.summary }),
  }));
  const outcomes = await runStep(
    terminal,
    `Adding ${plural(files.length, 'raster')}`,
    (step) => uploadRasters(client, uploads, step, signal),
    (results) => `${formatCount(results.filter(({ dataset }) => dataset !== null).length)} catalogued`,
  );
  tellOutcomes(context, outcomes, options);
}

function tellOutcomes({ terminal }: Context, outcomes: readonly UploadOutcome[], { json }: Options): void {
  const added = outcomes.flatMap(({ dataset }) => (dataset === null ? [] : [dataset]));
  if (json === true) printJson(terminal, outcomes);
  else if (added.length > 0) say(terminal, datasetTable(terminal, added));

  const refused = outcomes.filter(({ dataset }) => dataset === null);
  if (refused.length === 0) return;
  for (const { path, error } of refused) {
    note(terminal, `  ${styled(terminal, 'red', '✗')} ${printable(path)}\n      ${printable(error ?? '')}`);
  }
  throw new CliError('cli/refused', `${plural(refused.length, 'file')} of ${outcomes.length} could not be added.`);
}

async function register(context: Context, paths: readonly string[], options: Options): Promise<void> {
  const { terminal, signal } = context;
  const hrefs = await findHrefs(context, paths);
  const client = await connect(context, options);
  const datasets = await runStep(
    terminal,
    `Registering ${plural(hrefs.length, 'raster')}`,
    async (step) => {
      const accepted = await client.registerRasters({ hrefs, visibility: options.visibility }, { signal });
      const job = await followJob(client, accepted.job_id, step, signal);
      return { found: await datasetsOfJob(client, job.id, signal), warnings: job.warnings };
    },
    ({ found }) => `${formatCount(found.length)} catalogued`,
  );
  for (const warning of datasets.warnings) warn(terminal, warning);
  if (options.json === true) printJson(terminal, datasets.found);
  else if (datasets.found.length > 0) say(terminal, datasetTable(terminal, datasets.found));
}

async function datasetsOfJob(client: Client, jobId: string, signal: AbortSignal): Promise<Dataset[]> {
  const found: Dataset[] = [];
  for await (const dataset of client.allDatasets({ job_id: jobId }, { signal })) found.push(dataset);
  return found;
}

/** Files and folders of this machine become absolute paths; what is not here is the server's to find. */
async function findHrefs({ workingFolder, signal }: Context, paths: readonly string[]): Promise<string[]> {
  const hrefs: string[] = [];
  for (const path of paths) {
    const isHere = await access(resolve(workingFolder, path)).then(
      () => true,
      () => false,
    );
    if (isHere) hrefs.push(...(await findRasters([resolve(workingFolder, path)], signal)));
    else hrefs.push(path);
  }
  return hrefs;
}
