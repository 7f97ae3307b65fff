import type { Crs } from '@inlay/geo';
import type { VrtPlan } from './plan.ts';
import { type Problem, type VrtSourceInput, withMajorityHints } from './problem.ts';

/** The verdict on a set of sources: a plan, or every reason why there is none. */
export interface PlanResult<KnownCrs extends Crs | null = Crs> {
  /** Null exactly where `problems` is not empty. */
  readonly plan: VrtPlan<KnownCrs> | null;
  readonly problems: readonly Problem[];
  /** What to know although it does not stand in the way of a plan. */
  readonly warnings: readonly Problem[];
  /** Why sources were left out of the plan; empty unless that was asked for (`skipIncompatible`). */
  readonly skipped: readonly Problem[];
}

/** A plan, with what to know about it. */
export function accept<KnownCrs extends Crs | null>(
  plan: VrtPlan<KnownCrs>,
  sources: readonly VrtSourceInput[],
  warnings: readonly Problem[],
  skipped: readonly Problem[] = [],
): PlanResult<KnownCrs> {
  return {
    plan,
    problems: [],
    warnings: withMajorityHints(warnings, sources),
    skipped: withMajorityHints(skipped, sources),
  };
}

/** No plan, and every reason for it. */
export function refuse(
  sources: readonly VrtSourceInput[],
  problems: readonly Problem[],
  warnings: readonly Problem[],
): PlanResult<never> {
  return {
    plan: null,
    problems: withMajorityHints(problems, sources),
    warnings: withMajorityHints(warnings, sources),
    skipped: [],
  };
}

/** What became of one source. */
export interface SourceVerdict {
  /** Position in the order sent, 0-based. */
  readonly index: number;
  /** False for a source that was left out, and for one that stood in the way of a plan. */
  readonly isAccepted: boolean;
  /** The rules that it breaks, each with what was expected, what is there and what to do. */
  readonly problems: readonly Problem[];
}

/** What became of each of `count` sources, in the order sent. */
export function* sourceVerdicts(
  count: number,
  { problems, skipped }: Pick<PlanResult, 'problems' | 'skipped'>,
): Generator<SourceVerdict> {
  const bySource = new Map<number, Problem[]>();
  for (const problem of [...problems, ...skipped]) {
    const own = bySource.get(problem.index);
    if (own) own.push(problem);
    else bySource.set(problem.index, [problem]);
  }
  for (let index = 0; index < count; index += 1) {
    const own = bySource.get(index) ?? [];
    yield { index, isAccepted: own.length === 0, problems: own };
  }
}
