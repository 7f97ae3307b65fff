import { type Crs, nodataFromJson } from '@inlay/geo';
import type { CompatibleOptions, NodataByBand, PixelFunctionCall, PlanOptions, ResolutionStrategy } from '@inlay/vrt';
import { type Command, InvalidArgumentError } from 'commander';
import type { BuildOptions } from './build-vrt.ts';
import { CliError } from './error.ts';
import { type NodataFlag, numberOf, type PlanFlags, readNodata, withPlanFlags } from './plan-flags.ts';

/** GDAL's words for the strategies are understood here and nowhere else. */
const STRATEGIES = {
  finest: 'finest',
  coarsest: 'coarsest',
  average: 'average',
  common: 'common',
  same: 'same',
  highest: 'finest',
  lowest: 'coarsest',
} as const satisfies Readonly<Record<string, ResolutionStrategy>>;

const RESAMPLINGS = [
  'nearest',
  'bilinear',
  'cubic',
  'cubicspline',
  'lanczos',
  'average',
  'rms',
  'mode',
  'gauss',
] as const satisfies readonly NonNullable<PlanOptions['resampling']>[];

/** How `inlay build` is to make a VRT of files. */
export interface BuildFlags extends PlanFlags<ResolutionStrategy> {
  readonly bandStack?: true;
  readonly separate?: true;
  readonly sourceNodata?: NodataFlag;
  readonly hideNodata?: true;
  readonly addAlpha?: true;
  readonly ignoreSourceMasks?: true;
  readonly maskThreshold?: number;
  readonly pixelFunction?: string;
  readonly pixelFunctionArg?: Readonly<Record<string, string>>;
  readonly skipIncompatible?: true;
  readonly compatible?: true;
  readonly assignCrs?: string;
  readonly allowCrsDifference?: true;
}

/** The options that decide what is built, as far as they are not those of `vrt create`. */
export function withBuildFlags(command: Command): Command {
  command
    .option('--band-stack', 'one band per file instead of a mosaic')
    .option('--separate', 'the same (gdalbuildvrt: -separate)')
    .option('--skip-incompatible', 'leave out files that do not fit instead of stopping')
    .option('--compatible', 'take what gdalbuildvrt takes, and build what it would have built');
  return withPlanFlags(command, STRATEGIES, RESAMPLINGS)
    .option('--source-nodata <value>', 'what the files mean by nodata, whatever they say: as --nodata', readNodata)
    .option('--hide-nodata', 'fill with the nodata value, but do not tell readers that it means that')
    .option('--add-alpha', 'add an alpha band that says where files are')
    .option('--ignore-source-masks', 'read every pixel, whatever masks and alpha bands say')
    .option('--mask-threshold <value>', 'make pixels nodata whose mask is no greater: 0 to 255', readThreshold)
    .option('--pixel-function <name>', 'which value a pixel gets where files overlap: first, min, max, mean, median')
    .option('--pixel-function-arg <name=value>', 'with --compatible: an argument of it; may be repeated', readArgument)
    .option('--assign-crs <crs>', 'with --compatible: the CRS of the VRT, coordinates left as they are')
    .option('--allow-crs-difference', 'with --compatible: take coordinates as they are, whatever CRS they are in');
}

/** @throws CliError `cli/usage` for options that make no sense together, or a CRS that is none */
export async function buildOptionsOf(flags: BuildFlags): Promise<BuildOptions> {
  const { resolution, nodata, sourceNodata } = flags;
  return {
    kind: flags.bandStack === true || flags.separate === true ? 'band_stack' : 'mosaic',
    skipIncompatible: flags.skipIncompatible === true,
    ...(await compatibleOptions(flags)),
    resolutionStrategy: resolution.strategy ?? 'finest',
    ...(resolution.size === null ? {} : { resolution: resolution.size }),
    ...(flags.align === undefined ? {} : { align: flags.align }),
    ...(flags.sizeRounding === undefined ? {} : { sizeRounding: flags.sizeRounding }),
    ...(flags.snap === undefined ? {} : { snap: flags.snap }),
    ...(flags.crs === undefined ? {} : { crs: await crsOf('--crs', flags.crs) }),
    ...(flags.bounds === undefined ? {} : { bounds: flags.bounds }),
    ...(flags.bands === undefined ? {} : { bands: flags.bands }),
    ...(flags.dtype === undefined ? {} : { dataType: flags.dtype }),
    ...(nodata === undefined ? {} : { nodata: nodataOf(nodata) }),
    ...(sourceNodata === undefined ? {} : { sourceNodata: nodataOf(sourceNodata) }),
    ...(flags.hideNodata === undefined ? {} : { hideNodata: flags.hideNodata }),
    ...(flags.addAlpha === undefined ? {} : { addAlpha: flags.addAlpha }),
    ...(flags.ignoreSourceMasks === undefined ? {} : { ignoreSourceMasks: flags.ignoreSourceMasks }),
    ...(flags.maskThreshold === undefined ? {} : { maskThreshold: flags.maskThreshold }),
    ...(flags.resampling === undefined ? {} : { resampling: flags.resampling as (typeof RESAMPLINGS)[number] }),
    ...pixelFunctionOption(flags),
  };
}

async function compatibleOptions(
  flags: BuildFlags,
): Promise<Partial<Pick<CompatibleOptions, 'mode' | 'assignedCrs' | 'allowCrsDifference'>>> {
  const { compatible, assignCrs, allowCrsDifference } = flags;
  if (compatible !== true) {
    const stray =
      assignCrs !== undefined ? '--assign-crs' : allowCrsDifference === true ? '--allow-crs-difference' : null;
    if (stray !== null) throw new CliError('cli/usage', `${stray} needs --compatible.`);
    return {};
  }
  if (flags.bands?.some((band) => typeof band === 'string') === true) {
    throw new CliError('cli/usage', 'With --compatible, --bands takes numbers only, as gdalbuildvrt -b does.');
  }
  return {
    mode: 'compatible',
    ...(assignCrs === undefined ? {} : { assignedCrs: await crsOf('--assign-crs', assignCrs) }),
    ...(allowCrsDifference === undefined ? {} : { allowCrsDifference }),
  };
}

async function crsOf(flag: string, text: string): Promise<Crs> {
  // The registry of CRSs is large, and other commands do without it.
  const { crsFromText } = await import('@inlay/geotiff');
  const { crs, reason } = await crsFromText(text);
  if (crs !== null) return crs;
  throw new CliError('cli/usage', `${flag}: ${reason ?? 'it is no CRS'}. Give EPSG:n or WKT.`);
}

function pixelFunctionOption(flags: BuildFlags): { readonly pixelFunction?: PixelFunctionCall } {
  const { pixelFunction: name, pixelFunctionArg: values } = flags;
  if (name !== undefined) return { pixelFunction: { name, ...(values === undefined ? {} : { arguments: values }) } };
  if (values === undefined) return {};
  throw new CliError('cli/usage', '--pixel-function-arg needs --pixel-function.');
}

function nodataOf(flag: NodataFlag): NodataByBand {
  return flag === 'none' ? flag : flag.map(nodataFromJson);
}

function readThreshold(text: string): number {
  const value = numberOf(text);
  if (value >= 0 && value <= 255) return value;
  throw new InvalidArgumentError('Expected a number from 0 to 255.');
}

function readArgument(text: string, previous: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  if (at <= 0) throw new InvalidArgumentError('Expected name=value.');
  return { ...previous, [text.slice(0, at)]: text.slice(at + 1) };
}
