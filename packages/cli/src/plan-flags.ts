import { DATA_TYPES, type DataType } from '@inlay/geo';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { choice } from './command-parts.ts';

// The options that decide how sources become a virtual raster, as `vrt create`, `vrt validate` and `build` share them.

/** Whose resolution the output has, or its own. */
export type ResolutionFlag<Strategy extends string> =
  | { readonly strategy: Strategy; readonly size: null }
  | { readonly strategy: null; readonly size: number | [x: number, y: number] };

/** What the command line says of the output's grid and bands; what it does not say is not there. */
export interface PlanFlags<Strategy extends string> {
  readonly resolution: ResolutionFlag<Strategy>;
  readonly align?: true;
  readonly crs?: string;
  readonly sizeRounding?: 'nearest' | 'contain';
  readonly snap?: true;
  readonly bounds?: [minX: number, minY: number, maxX: number, maxY: number];
  readonly bands?: (number | string)[];
  readonly nodata?: NodataFlag;
  readonly resampling?: string;
  readonly dtype?: 'promote' | DataType;
}

/** Nodata as the API has it in JSON: `none`, or a value for each band. */
export type NodataFlag = 'none' | (number | string)[];

/** @param strategies the words that `--resolution` takes, and the strategy that each stands for */
export function withPlanFlags<Strategy extends string>(
  command: Command,
  strategies: Readonly<Record<string, Strategy>>,
  resamplings: readonly string[],
): Command {
  const words = Object.keys(strategies).join(', ');
  const read = resolutionReader(strategies);
  return command
    .addOption(
      new Option('--resolution <what>', `whose pixel size to use: ${words}; or the size itself: 10, or 10,20`)
        .argParser(read)
        .default(read('finest'), 'finest'),
    )
    .option('--align', 'widen the output until its edges are whole multiples of its resolution')
    .addOption(
      choice('--size-rounding <how>', 'cut half a pixel off at the far edges, or contain all', ['nearest', 'contain']),
    )
    .option('--snap', 'move sources that lie between the pixels of the output onto them')
    .option('--crs <crs>', 'the CRS of the output, EPSG:n or WKT; sources in others are reprojected on the fly')
    .option('--bounds <minx,miny,maxx,maxy>', 'the extent of the output in its CRS', readBounds)
    .option('--bands <list>', 'the bands to take of each source, in this order: numbers from 1, or names', readBands)
    .option('--nodata <value>', 'the nodata value of the output: a number, nan, none, or a list by band', readNodata)
    .addOption(
      choice('--dtype <type>', 'the data type of the output, for sources of several types', ['promote', ...DATA_TYPES]),
    )
    .addOption(choice('--resampling <how>', 'how pixels of other resolutions are computed', resamplings));
}

/** A strategy, or one number, or two. */
function resolutionReader<Strategy extends string>(
  strategies: Readonly<Record<string, Strategy>>,
): (text: string) => ResolutionFlag<Strategy> {
  return (text) => {
    const strategy = Object.hasOwn(strategies, text) ? strategies[text] : undefined;
    if (strategy !== undefined) return { strategy, size: null };
    const [x = NaN, y = x, ...rest] = text.split(',').map(numberOf);
    if (x > 0 && y > 0 && rest.length === 0) return { strategy: null, size: text.includes(',') ? [x, y] : x };
    const words = Object.keys(strategies).join(', ');
    throw new InvalidArgumentError(`Expected ${words}, or a size such as 10 or 10,20.`);
  };
}

function readBounds(text: string): [number, number, number, number] {
  const [minX = NaN, minY = NaN, maxX = NaN, maxY = NaN, ...rest] = text.split(',').map(numberOf);
  if (minX < maxX && minY < maxY && rest.length === 0) return [minX, minY, maxX, maxY];
  throw new InvalidArgumentError('Expected minx,miny,maxx,maxy, the smaller coordinates first.');
}

/** Given several times, the lists are one after the other. */
function readBands(text: string, previous: readonly (number | string)[] = []): (number | string)[] {
  const bands = text.split(',').map((part) => {
    const name = part.trim();
    if (name === '' || name === '0')
      throw new InvalidArgumentError('Expected numbers from 1, or names: 3,2,1 or red,nir.');
    return /^\d+$/.test(name) ? Number(name) : name;
  });
  return [...previous, ...bands];
}

/** What JSON has no number for stays text, as the API takes it. */
export function readNodata(text: string): NodataFlag {
  if (text === 'none') return 'none';
  return text.split(/[\s,]+/).map((part) => {
    if (/^(nan|-?inf)$/i.test(part)) return part.toLowerCase();
    if (/^-?\d{1,20}$/.test(part) && !Number.isSafeInteger(Number(part))) return part;
    const value = numberOf(part);
    if (Number.isFinite(value)) return value;
    throw new InvalidArgumentError('Expected a number, nan, inf, -inf or none, or a list of them: 0,0,255.');
  });
}

/** A decimal number; NaN for what is none, where `Number` would take an empty text for 0. */
export function numberOf(text: string): number {
  return /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : NaN;
}
