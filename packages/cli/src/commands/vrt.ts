import { basename, resolve } from 'node:path';
import type { Client } from '@inlay/sdk';
import { type Command, Option } from 'commander';
import { connect, type Visibility, VISIBILITIES } from '../client.ts';
import { choice, printJson, withConnection, withExamples, withJson } from '../command-parts.ts';
import type { ConnectionOptions } from '../connection.ts';
import type { Context } from '../context.ts';
import { datasetText } from '../dataset-text.ts';
import { CliError } from '../error.ts';
import { followJob } from '../follow-job.ts';
import { formatBytes, formatCount, formatNumber, plural } from '../format.ts';
import { runStep } from '../progress.ts';
import { formatFacts } from '../table.ts';
import { note, printable, say, styled, warn } from '../terminal.ts';
import { type VrtCreate, type VrtFlags, vrtRequest, withVrtFlags } from '../vrt-request.ts';
import { registerVrtLife } from './vrt-life.ts';

type VrtPlan = NonNullable<Awaited<ReturnType<Client['validateVrt']>>['plan']>;

const SOURCES = ['http', 'local'] as const;

interface PlanOptions extends ConnectionOptions, VrtFlags {
  readonly json?: true;
}

interface CreateOptions extends PlanOptions {
  readonly title: string;
  readonly summary?: string;
  readonly visibility: Visibility;
  readonly output?: string;
  readonly sources: (typeof SOURCES)[number];
  readonly flat?: true;
}

type DownloadOptions = ConnectionOptions & Pick<CreateOptions, 'sources' | 'flat'> & { readonly output: string };

/** `inlay vrt`: virtual rasters of the catalogue. */
export function registerVrt(program: Command, context: Context): void {
  const vrt = program.command('vrt').description('create, check, change and download virtual rasters of the catalogue');
  withExamples(vrt, 'inlay vrt create --title "The coast" ID ID ID', 'inlay vrt download ID -o coast.vrt');

  const create = withPlanOptions(vrt.command('create').description('build a virtual raster and wait for it'))
    .requiredOption('--title <title>', 'its title')
    .option('--summary <text>', 'what it shows')
    .addOption(choice('--visibility <who>', 'who may see it', VISIBILITIES, 'private'))
    .option('-o, --output <file.vrt>', 'download the VRT as well')
    .addOption(sourcesOption())
    .option(...FLAT)
    .action((ids: string[], options: CreateOptions) => createVrt(context, ids, options));
  withExamples(
    create,
    'inlay vrt create --title "The coast" --type mosaic --resolution finest -o coast.vrt ID ID ID',
    'inlay ls --search coast -q | inlay vrt create --title "The coast" --sources-from -',
    'inlay vrt create --title "June" --filter-search B04 --filter-datetime 2026-06-01T00:00:00Z/2026-07-01T00:00:00Z',
    'inlay vrt create --title "Two zones" --crs EPSG:32632 --resolution 10 --align --source-order datetime ID ID',
  );

  const validate = withPlanOptions(vrt.command('validate').description('say what create would do, and build nothing'));
  validate.action((ids: string[], options: PlanOptions) => validateVrt(context, ids, options));
  withExamples(
    validate,
    'inlay vrt validate --type band_stack ID ID ID',
    'inlay vrt validate --bands 3,2,1 --nodata 0 --bounds 500000,5200000,600000,5300000 ID ID ID',
  );

  const download = vrt
    .command('download')
    .description('download a virtual raster as a VRT that GDAL and QGIS open')
    .argument('<id>', 'the virtual raster')
    .requiredOption('-o, --output <file.vrt>', 'where to')
    .addOption(sourcesOption())
    .option(...FLAT)
    .action((id: string, options: DownloadOptions) => downloadOne(context, id, options));
  withExamples(
    withConnection(download),
    'inlay vrt download ID -o coast.vrt',
    'inlay vrt download ID -o coast.vrt --sources local --flat',
  );
  registerVrtLife(vrt, context);
}

function withPlanOptions(command: Command): Command {
  return withJson(withConnection(withVrtFlags(command)));
}

const FLAT = ['--flat', 'a large mosaic as one file, not as a file and a folder of chunks'] as const;

function sourcesOption(): Option {
  const description = 'how the VRT names its sources: URLs of the server, or paths on it (for administrators)';
  return choice('--sources <how>', description, SOURCES, 'http');
}

async function createVrt(context: Context, ids: readonly string[], options: CreateOptions): Promise<void> {
  const { terminal, signal } = context;
  const body: VrtCreate = {
    ...(await vrtRequest(context, ids, options)),
    title: options.title,
    visibility: options.visibility,
    ...(options.summary === undefined ? {} : { summary: options.summary }),
  };
  const client = await connect(context, options);
  const { dataset, warnings } = await runStep(
    terminal,
    body.source_dataset_ids === undefined
      ? 'Building'
      : `Building of ${plural(body.source_dataset_ids.length, 'source')}`,
    async (step) => {
      const accepted = await client.createVrt(body, { signal });
      const job = await followJob(client, accepted.job_id, step, signal);
      return { dataset: await client.getDataset(job.dataset_id ?? '', { signal }), warnings: job.warnings };
    },
  );
  for (const warning of warnings) warn(terminal, warning);
  if (options.json === true) printJson(terminal, dataset);
  else say(terminal, datasetText(terminal, dataset));
  if (options.output !== undefined) await download(context, client, dataset.id, options.output, options);
}

async function validateVrt(context: Context, ids: readonly string[], options: PlanOptions): Promise<void> {
  const { terminal, signal } = context;
  const body = { ...(await vrtRequest(context, ids, options)), title: 'To be checked' };
  const client = await connect(context, options);
  const verdict = await client.validateVrt(body, { signal });
  const { valid, problems, warnings, plan } = verdict;
  if (options.json === true) {
    printJson(terminal, verdict);
  } else {
    for (const { msg, ctx } of problems) {
      note(terminal, `  ${styled(terminal, 'red', '✗')} ${printable(msg)}`);
      if (typeof ctx?.['fix'] === 'string') note(terminal, styled(terminal, 'dim', `    → ${printable(ctx['fix'])}`));
    }
    tellOfMore(context, verdict.problem_count - problems.length, 'problems');
    for (const { msg } of warnings) warn(terminal, msg);
    tellOfMore(context, verdict.warning_count - warnings.length, 'warnings');
    if (plan !== null) say(terminal, planText(context, plan));
  }
  if (!valid) throw new CliError('cli/refused', `It cannot be created: ${plural(verdict.problem_count, 'problem')}.`);
}

async function downloadOne(context: Context, id: string, options: DownloadOptions): Promise<void> {
  const client = await connect(context, options);
  await download(context, client, id, options.output, options);
}

async function download(
  { terminal, signal, workingFolder }: Context,
  client: Client,
  id: string,
  output: string,
  { sources, flat }: Pick<CreateOptions, 'sources' | 'flat'>,
): Promise<void> {
  const { downloadVrt } = await import('../download-vrt.ts');
  const path = resolve(workingFolder, output);
  const saved = await downloadVrt(client, id, path, { sources, isFlat: flat === true }, signal);
  const beside = saved.folder === null ? '' : ` and ${plural(saved.chunkCount, 'chunk')} in ${basename(saved.folder)}`;
  note(terminal, `Wrote ${output}${beside}, ${formatBytes(saved.bytes)}.`);
}

/** The server lists the first of many. */
function tellOfMore({ terminal }: Context, count: number, what: string): void {
  if (count > 0) note(terminal, `    ${formatCount(count)} more ${what}`);
}

function planText({ terminal }: Context, plan: VrtPlan): string {
  return formatFacts(terminal, [
    ['Sources', formatCount(plan.source_count)],
    ['Pixels', `${formatCount(plan.width)} x ${formatCount(plan.height)}`],
    ['Bands', plan.bands.map(({ dtype, color_interp: colour }) => `${dtype} (${colour})`).join(', ')],
    ['CRS', plan.crs.code ?? plan.crs.name],
    ['Resolution', plan.resolution.map(formatNumber).join(' x ')],
    ['Bounds', plan.bounds.map(formatNumber).join(', ')],
    ['VRT size', `about ${formatBytes(plan.estimated_vrt_bytes)}`],
    ...(plan.requires_gdal === null ? [] : [['Needs', `GDAL ${plan.requires_gdal} or newer`] as const]),
  ]);
}
