import type { VrtPlan } from './plan.ts';
import { type Problem, type VrtSourceInput, withMajorityHints } from './problem.ts';
import type { ResolutionStrategy } from './target-grid.ts';

/** How to plan a virtual raster. */
export interface PlanOptions {
  readonly resolutionStrategy: ResolutionStrategy;
}

/** The verdict on a set of sources: a plan, or every reason why there is none. */
export interface PlanResult {
  /** Null exactly where `problems` is not empty. */
  readonly plan: VrtPlan | null;
  readonly problems: readonly Problem[];
  /** What to know although it does not stand in the way of a plan. */
  readonly warnings: readonly Problem[];
}

/** A plan, with what to know about it. */
export function accept(plan: VrtPlan, sources: readonly VrtSourceInput[], warnings: readonly Problem[]): PlanResult {
  return { plan, problems: [], warnings: withMajorityHints(warnings, sources) };
}

/** No plan, and every reason for it. */
export function refuse(
  sources: readonly VrtSourceInput[],
  problems: readonly Problem[],
  warnings: readonly Problem[],
): PlanResult {
  return {
    plan: null,
    problems: withMajorityHints(problems, sources),
    warnings: withMajorityHints(warnings, sources),
  };
}
