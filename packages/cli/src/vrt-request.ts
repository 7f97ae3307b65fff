import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Client } from '@inlay/sdk';
import { type Command, InvalidArgumentError } from 'commander';
import { choice } from './command-parts.ts';
import type { Context } from './context.ts';
import { CliError } from './error.ts';
import { numberOf, type PlanFlags, withPlanFlags } from './plan-flags.ts';
import { readText } from './standard-input.ts';

export type VrtCreate = Parameters<Client['createVrt']>[0];
type Choice<Name extends keyof VrtCreate> = readonly NonNullable<VrtCreate[Name]>[];

const TYPES = ['mosaic', 'band_stack'] as const satisfies Choice<'vrt_type'>;
const STRATEGIES = { finest: 'finest', coarsest: 'coarsest', average: 'average' } as const;
const RESAMPLINGS = [
  'nearest',
  'bilinear',
  'cubic',
  'cubicspline',
  'lanczos',
  'average',
  'rms',
  'mode',
] as const satisfies Choice<'resampling'>;
const ORDERS = ['as_given', 'datetime', 'resolution', 'cloud_cover'] as const satisfies Choice<'source_order'>;
const PIXEL_FUNCTIONS = ['last', 'first', 'min', 'max', 'mean', 'median'] as const satisfies Choice<'pixel_function'>;
const OVERVIEWS = ['auto', 'none'] as const satisfies Choice<'overviews'>;
/** 100,000 ids of 36 characters, each on a line, and room for what else is there. */
const MOST_LIST_BYTES = 8_000_000;

/** What the command line says of a virtual raster's sources, and of how they become one. */
export interface VrtFlags extends PlanFlags<VrtCreate['resolution_strategy']> {
  readonly type: VrtCreate['vrt_type'];
  readonly sourcesFrom?: string;
  readonly pixelFunction?: VrtCreate['pixel_function'];
  readonly sourceOrder?: VrtCreate['source_order'];
  readonly overviews?: VrtCreate['overviews'];
  readonly confirmPublicSources?: true;
  readonly filterSearch?: string;
  readonly filterBbox?: [west: number, south: number, east: number, north: number];
  readonly filterDatetime?: string;
}

/** The arguments and options of `vrt create` and `vrt validate`. */
export function withVrtFlags(command: Command): Command {
  command
    .argument(
      '[ids...]',
      'the source datasets; in a mosaic the last one is on top, in a band stack the first is band 1',
    )
    .option('--sources-from <file>', 'take the ids from a file, one a line; - is standard input')
    .option('--filter-search <text>', 'instead of ids: the rasters whose title or summary contains the text')
    .option('--filter-bbox <west,south,east,north>', 'instead of ids: those that touch the box, in degrees', readBox)
    .option('--filter-datetime <time>', 'instead of ids: those taken at the moment, or in the interval start/end')
    .addOption(choice('--type <type>', 'side by side, or one band each', TYPES, 'mosaic'));
  return withPlanFlags(command, STRATEGIES, RESAMPLINGS)
    .addOption(choice('--pixel-function <name>', 'which value a pixel gets where sources overlap', PIXEL_FUNCTIONS))
    .addOption(choice('--source-order <by>', 'which source lies on top: the newest, the finest, the clearest', ORDERS))
    .addOption(choice('--overviews <which>', 'whether coarse levels of the whole are rendered', OVERVIEWS))
    .option('--confirm-public-sources', 'show its sources to all who see it, whoever sees them otherwise');
}

/** The body of create and validate, without what the output is called. */
export async function vrtRequest(
  context: Context,
  ids: readonly string[],
  flags: VrtFlags,
): Promise<Omit<VrtCreate, 'title'>> {
  const { resolution, nodata } = flags;
  const options = given({
    resampling: flags.resampling as VrtCreate['resampling'],
    crs: flags.crs,
    bands: flags.bands,
    nodata: Array.isArray(nodata) && nodata.length === 1 ? nodata[0] : nodata,
    resolution: resolution.size ?? undefined,
    align: flags.align,
    size_rounding: flags.sizeRounding,
    snap: flags.snap,
    bounds: flags.bounds,
    dtype: flags.dtype,
    pixel_function: flags.pixelFunction,
    source_order: flags.sourceOrder,
    overviews: flags.overviews,
    confirm_public_sources: flags.confirmPublicSources,
  });
  return {
    ...(await sourcesOf(context, ids, flags)),
    vrt_type: flags.type,
    // The API asks for one even where it has nothing to decide.
    resolution_strategy: resolution.strategy ?? 'finest',
    ...options,
  };
}

async function sourcesOf(
  context: Context,
  ids: readonly string[],
  { sourcesFrom, filterSearch, filterBbox, filterDatetime }: VrtFlags,
): Promise<Pick<VrtCreate, 'source_dataset_ids' | 'source_filter'>> {
  const all = await allIds(context, ids, sourcesFrom);
  const filter = given({ q: filterSearch, bbox: filterBbox, datetime: filterDatetime });
  const isFiltered = Object.keys(filter).length > 0;
  if (isFiltered && all.length > 0)
    throw new CliError('cli/usage', 'Give either source datasets or --filter-..., not both.');
  if (isFiltered) return { source_filter: filter };
  if (all.length === 0) {
    throw new CliError('cli/usage', 'Name the source datasets, or give --sources-from or --filter-search.');
  }
  return { source_dataset_ids: all };
}

/** Datasets named as arguments and in a file. @throws CliError `cli/usage` where there is none */
export async function namedIds(
  context: Context,
  ids: readonly string[],
  sourcesFrom: string | undefined,
): Promise<string[]> {
  const all = await allIds(context, ids, sourcesFrom);
  if (all.length === 0) throw new CliError('cli/usage', 'Name the source datasets, or give --sources-from.');
  return all;
}

async function allIds(context: Context, ids: readonly string[], sourcesFrom: string | undefined): Promise<string[]> {
  return [...ids, ...(sourcesFrom === undefined ? [] : await readIds(context, sourcesFrom))];
}

async function readIds({ input, workingFolder }: Context, file: string): Promise<string[]> {
  const text =
    file === '-' ? await readText(input, MOST_LIST_BYTES) : await readFile(resolve(workingFolder, file), 'utf8');
  return text.split(/\s+/).filter((id) => id !== '');
}

/** West may be greater than east, across the antimeridian. */
function readBox(text: string): [number, number, number, number] {
  const [west = NaN, south = NaN, east = NaN, north = NaN, ...rest] = text.split(',').map(numberOf);
  if ([west, south, east, north].every(Number.isFinite) && south < north && rest.length === 0) {
    return [west, south, east, north];
  }
  throw new InvalidArgumentError('Expected west,south,east,north in degrees.');
}

/** Only those members that have a value. */
function given<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
}
