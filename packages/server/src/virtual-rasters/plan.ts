import { VRT_OPTION_NAMES, type ValidationItem, type VrtOptions } from '@inlay/contract';
import { crsLabel, isRepresentable, nodataToJson } from '@inlay/geo';
import { RESAMPLINGS } from '@inlay/raster';
import { planBandStack, type PlanResult, planMosaic, type Problem, type VrtPlan } from '@inlay/vrt';
import { nodataByBand, planOptionsOf, type VrtRecipe } from './recipe.ts';
import type { CatalogueSource } from './source-table.ts';

/** Plans from the catalogue's facts alone: no source is opened. */
export async function planVrt(sources: readonly CatalogueSource[], recipe: VrtRecipe): Promise<PlanResult> {
  const plan = recipe.vrtType === 'mosaic' ? planMosaic : planBandStack;
  return plan(sources, await planOptionsOf(recipe));
}

/** How a request named its sources, and what it asked for, so that answers can speak of both in its words. */
export interface RequestNames {
  /** Where it says which sources. */
  readonly sourcesLoc: Loc;
  /** Where it says, or would say, options. */
  readonly optionsLoc: Loc;
  /** Where and how it names a source, by its place among those that are planned. */
  readonly sourceAt: (index: number) => { readonly loc: Loc; readonly input: unknown };
  readonly options: VrtOptions;
}

type Loc = readonly (string | number)[];

/** A planner's problem as an item of a 422 answer. */
export function problemItem(problem: Problem, names: RequestNames): ValidationItem {
  const { index } = problem;
  const option = optionBehind(problem, names.options);
  const source = option === null && index >= 0 ? names.sourceAt(index) : null;
  return {
    loc: [...(option === null ? (source?.loc ?? names.sourcesLoc) : [...names.optionsLoc, option])],
    msg: problem.message,
    type: problem.type,
    input: option === null ? (source?.input ?? null) : (names.options[option] ?? null),
    ctx: {
      field: problem.field,
      expected: problem.expected,
      actual: problem.actual,
      fix: problem.fix,
      ...(problem.hint === undefined ? {} : { hint: problem.hint }),
    },
  };
}

/** Items that name options, where the request has them elsewhere than at its top. */
export function optionItemsAt(items: readonly ValidationItem[], optionsLoc: Loc): ValidationItem[] {
  return items.map((item) => {
    const isOption = item.loc[0] === 'body' && VRT_OPTION_NAMES.some((name) => name === item.loc[1]);
    return isOption ? { ...item, loc: [...optionsLoc, ...item.loc.slice(1)] } : item;
  });
}

/** Problems of the output are an option's own where it, and not the sources, decided. */
function optionBehind({ type }: Problem, options: VrtOptions): keyof VrtOptions | null {
  if (type === 'pixel_function_unsupported') return 'pixel_function';
  if (type === 'empty_output' && options.bounds !== undefined) return 'bounds';
  const isOfGrid = type === 'empty_output' || type === 'too_large_output' || type === 'resolution_too_fine';
  return isOfGrid && options.resolution !== undefined ? 'resolution' : null;
}

/** The planner's words for options that have another name in the API. */
const API_NAMES: Readonly<Record<string, keyof VrtOptions>> = {
  dataType: 'dtype',
  pixelFunction: 'pixel_function',
  paintOrder: 'source_order',
  sizeRounding: 'size_rounding',
};

/** An option that the planner cannot follow, as an item of a 422 answer. */
export function optionItem(option: string, message: string, options: VrtOptions): ValidationItem {
  const name = API_NAMES[option] ?? VRT_OPTION_NAMES.find((known) => known === option) ?? null;
  return {
    loc: name === null ? ['body'] : ['body', name],
    msg: message,
    type: 'invalid_option',
    input: name === null ? null : (options[name] ?? null),
    ctx: { field: name ?? option },
  };
}

/** A mosaic without a source can be planned, but nobody has asked for one: the bounds were meant for another CRS. */
export function emptinessItems({ placements, crs }: VrtPlan, { bounds }: VrtOptions): ValidationItem[] {
  if (placements.count > 0 || bounds === undefined) return [];
  const label = crsLabel(crs);
  return [
    {
      loc: ['body', 'bounds'],
      msg: `None of the sources lies within the bounds ${bounds.join(', ')}, which are in ${label}`,
      type: 'empty_output',
      input: bounds,
      ctx: {
        field: 'bounds',
        expected: 'at least 1 source',
        actual: '0',
        fix: `choose bounds that the sources lie in, in the units of ${label}`,
      },
    },
  ];
}

/** What only the plan shows of the nodata values that were asked for: how many bands there are, of which type. */
export function nodataItems(plan: VrtPlan, { nodata }: VrtOptions): ValidationItem[] {
  if (nodata === undefined || nodata === 'none') return [];
  const item = (loc: (string | number)[], msg: string, input: unknown, ctx: object): ValidationItem => ({
    loc: ['body', 'nodata', ...loc],
    msg,
    type: 'invalid_option',
    input,
    ctx: { field: 'nodata', ...ctx },
  });
  const { length: bandCount } = plan.bands;
  if (Array.isArray(nodata) && nodata.length > bandCount) {
    const msg = `There are ${nodata.length} nodata values for ${bandCount === 1 ? 'one band' : `${bandCount} bands`}: leave out those beyond`;
    return [item([], msg, nodata.length, { expected: `${bandCount}`, actual: `${nodata.length}` })];
  }
  const values = nodataByBand(nodata);
  const told = new Set<number>();
  return plan.bands.flatMap(({ dataType }, bandOffset): ValidationItem[] => {
    const position = Math.min(bandOffset, values.length - 1);
    const value = values[position];
    if (typeof value === 'string' || value === undefined || isRepresentable(value, dataType) || told.has(position)) {
      return [];
    }
    told.add(position);
    const shown = nodataToJson(value);
    const msg = `Band ${bandOffset + 1} is ${dataType}: no pixel of it can be ${shown}. Choose a value of that type, or "none"`;
    return [item(Array.isArray(nodata) ? [position] : [], msg, shown, { expected: dataType, actual: `${shown}` })];
  });
}

/** Kernels that pixels are computed with here, as they are and where sources are reprojected. */
const KERNELS: readonly string[] = RESAMPLINGS;
const WARPING_KERNELS: readonly string[] = ['nearest', 'bilinear', 'cubic'];

/** GDAL would read such a virtual raster; its tiles and values could not be served. Better now than when they are asked for. */
export function resamplingItems({ warp }: VrtPlan, { resampling }: VrtOptions): ValidationItem[] {
  if (resampling === undefined) return [];
  const known = warp === null ? KERNELS : WARPING_KERNELS;
  if (known.includes(resampling)) return [];
  const where = warp === null ? '' : ' where sources are reprojected';
  return [
    {
      loc: ['body', 'resampling'],
      msg: `This version cannot compute pixels by ${resampling}${where}: ask for ${known.join(', ')}, or leave it out`,
      type: 'not_supported_yet',
      input: resampling,
      ctx: { field: 'resampling', expected: known.join(', '), actual: resampling },
    },
  ];
}
