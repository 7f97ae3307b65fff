import { resolve } from 'node:path';
import { bboxOfGrid, type Crs, crsLabel, isCodedError, nodataToJson, resolution } from '@inlay/geo';
import type { VrtPlan } from '@inlay/vrt';
import type { Command } from 'commander';
import type { BuildPlan, OpenedRaster, Refusal, RefusedRaster } from '../build-vrt.ts';
import { type BuildFlags, buildOptionsOf, withBuildFlags } from '../build-flags.ts';
import { printJson, withExamples, withJson } from '../command-parts.ts';
import type { Context } from '../context.ts';
import { displayPath } from '../display-path.ts';
import { CliError } from '../error.ts';
import { formatCount, formatNumber, plural } from '../format.ts';
import { runStep } from '../progress.ts';
import { findRasters } from '../rasters-on-disk.ts';
import { note, printable, say, styled, type Terminal, warn } from '../terminal.ts';

/** Headers read between two looks at the progress. */
const SHOW_EVERY = 25;

/** Most refused files, and most warnings, told one by one. */
const MOST_LINES = 20;

interface Options extends BuildFlags {
  readonly output: string;
  readonly json?: true;
}

/** `inlay build`: a VRT of files, without a server. */
export function registerBuild(program: Command, context: Context): void {
  const command = program
    .command('build')
    .description('build a VRT of raster files, without a server (as gdalbuildvrt does)')
    .argument('<files...>', 'GeoTIFF files, or folders of them; in a mosaic the last one is on top')
    .requiredOption('-o, --output <file.vrt>', 'the VRT to write; one that is there is replaced')
    .action((paths: string[], options: Options) => build(context, paths, options));
  withJson(withBuildFlags(command));
  withExamples(
    command,
    'inlay build -o mosaic.vrt scenes/*.tif',
    'inlay build -o ../stack.vrt --band-stack b04.tif b03.tif b02.tif',
    'inlay build -o grid.vrt --resolution 10 --align --bounds 500000,5200000,600000,5300000 scenes/*.tif',
    'inlay build -o old.vrt --compatible --skip-incompatible -tr 10 10 -tap -vrtnodata 0 scenes/*.tif',
  );
}

async function build(context: Context, paths: readonly string[], options: Options): Promise<void> {
  const { planBuild, writeBuild } = await import('../build-vrt.ts');
  const buildOptions = await buildOptionsOf(options);
  const { terminal, signal, workingFolder } = context;
  const output = resolve(workingFolder, options.output);
  const files = await findRasters(
    paths.map((path) => resolve(workingFolder, path)),
    signal,
  );
  const { opened, unreadable } = await openAll(context, files);
  const { skipIncompatible } = buildOptions;
  const planned = planBuild(opened, buildOptions);
  const result: BuildPlan = {
    ...planned,
    plan: unreadable.length > 0 && !skipIncompatible ? null : planned.plan,
    refused: [...unreadable, ...planned.refused],
  };

  if (options.json !== true) explain(terminal, result);
  if (result.plan !== null) await writeBuild(output, result.plan, result.sources, signal);
  if (options.json === true) printJson(terminal, buildJson(options.output, result));
  if (result.plan === null) throw new CliError('cli/refused', refusalText(result, files.length, skipIncompatible));
  if (options.json !== true) say(terminal, summary(options.output, result.plan));
}

/** Every raster's profile, or why it has none. */
async function openAll(
  { terminal, signal, workingFolder }: Context,
  files: readonly string[],
): Promise<{ opened: readonly OpenedRaster[]; unreadable: readonly RefusedRaster[] }> {
  const { profileReader } = await import('../open-profile.ts');
  const openProfile = profileReader(signal);
  const opened: OpenedRaster[] = [];
  const unreadable: RefusedRaster[] = [];
  await runStep(terminal, `Reading ${plural(files.length, 'header')}`, async (step) => {
    for (const [index, path] of files.entries()) {
      const label = displayPath(workingFolder, path);
      try {
        opened.push({ path, label, ...(await openProfile(path)) });
      } catch (error) {
        unreadable.push({ label, reasons: [unreadableReason(error)] });
      }
      if (index % SHOW_EVERY === 0)
        step.update(index / files.length, `${formatCount(index)} of ${formatCount(files.length)}`);
    }
  });
  return { opened, unreadable };
}

/** @throws the error itself where it is not about the file */
function unreadableReason(error: unknown): Refusal {
  if (!isCodedError(error)) throw error;
  return { type: error.code, message: error.message, fix: null };
}

/**
 * Tells of every refused raster, and of what is worth knowing about the others. The planner's advice is left to
 * `--json`: most of it names options of the API.
 */
function explain(terminal: Terminal, { refused, problems, warnings: planWarnings, sources }: BuildPlan): void {
  const reasons = refused.flatMap((raster) => raster.reasons);
  for (const { message } of [...problems, ...reasons.slice(0, MOST_LINES)]) {
    note(terminal, `  ${styled(terminal, 'red', '✗')} ${printable(message)}`);
  }
  tellOfMore(terminal, reasons.length, 'more that do not fit');

  const hints = reasons.flatMap(({ hint }) => (hint === undefined ? [] : [hint]));
  const warnings = [...sources.flatMap((source) => source.warnings), ...planWarnings.map(({ message }) => message)];
  for (const text of [...new Set(hints), ...warnings.slice(0, MOST_LINES)]) warn(terminal, text);
  tellOfMore(terminal, warnings.length, 'more warnings');
}

function tellOfMore(terminal: Terminal, count: number, what: string): void {
  if (count > MOST_LINES) note(terminal, `    ${formatCount(count - MOST_LINES)} ${what}; --json lists all`);
}

function refusalText({ refused }: BuildPlan, total: number, skipped: boolean): string {
  const advice = skipped ? '' : ' Leave them out with --skip-incompatible.';
  return refused.length === 0 || refused.length === total
    ? 'No VRT was written: these files make no virtual raster.'
    : `No VRT was written: ${formatCount(refused.length)} of ${plural(total, 'file')} cannot be used.${advice}`;
}

function summary(output: string, { grid, crs, bands, placements }: VrtPlan<Crs | null>): string {
  const pixel = resolution(grid.affine).map(formatNumber).join(' x ');
  return (
    `${output}: ${formatCount(grid.width)} x ${formatCount(grid.height)} pixels of ${pixel}, ` +
    `${plural(bands.length, 'band')}, ${crs === null ? 'no CRS' : crsLabel(crs)}, ${plural(placements.count, 'source')}`
  );
}

function buildJson(output: string, { plan, sources, refused, problems, warnings }: BuildPlan): object {
  return {
    output: plan === null ? null : output,
    plan: plan === null ? null : planJson(plan),
    sources: plan === null ? [] : sources.map(({ label, warnings }) => ({ label, warnings })),
    refused,
    problems,
    warnings,
  };
}

function planJson({ kind, grid, crs, bands }: VrtPlan<Crs | null>): object {
  return {
    kind,
    width: grid.width,
    height: grid.height,
    crs: crs === null ? null : crsLabel(crs),
    bounds: bboxOfGrid(grid),
    resolution: resolution(grid.affine),
    bands: bands.map(({ dataType, nodata, colorInterp }) => ({
      dataType,
      nodata: nodata === null ? null : nodataToJson(nodata),
      colorInterp,
    })),
  };
}
