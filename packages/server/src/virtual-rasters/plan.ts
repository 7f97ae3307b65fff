import type { ValidationItem } from '@inlay/contract';
import { planBandStack, type PlanResult, planMosaic, type Problem } from '@inlay/vrt';
import type { ResolutionStrategy, VrtType } from '../db/tables.ts';
import type { CatalogueSource } from './source-table.ts';

/** What decides how sources become a virtual raster. */
export interface VrtOptions {
  readonly vrtType: VrtType;
  readonly resolutionStrategy: ResolutionStrategy;
}

/** Plans from the catalogue's facts alone: no source is opened. */
export function planVrt(sources: readonly CatalogueSource[], options: VrtOptions): PlanResult {
  const plan = options.vrtType === 'mosaic' ? planMosaic : planBandStack;
  return plan(sources, { resolutionStrategy: options.resolutionStrategy });
}

/** A planner's problem as an item of a 422 answer, naming the id as the client sent it. */
export function problemItem(problem: Problem, sentIds: readonly string[]): ValidationItem {
  const about = problem.index >= 0;
  return {
    loc: about ? ['body', 'source_dataset_ids', problem.index] : ['body', 'source_dataset_ids'],
    msg: problem.message,
    type: problem.type,
    input: about ? (sentIds[problem.index] ?? null) : null,
    ctx: {
      field: problem.field,
      expected: problem.expected,
      actual: problem.actual,
      fix: problem.fix,
      ...(problem.hint === undefined ? {} : { hint: problem.hint }),
    },
  };
}
