export { type Coverage, coverageWarnings, measureCoverage } from './coverage.ts';
export { VrtError, type VrtErrorCode } from './error.ts';
export type { BandSources, Placements, SourceRead, VrtBandPlan, VrtPlan } from './plan.ts';
export { planBandStack } from './plan-band-stack.ts';
export { planMosaic } from './plan-mosaic.ts';
export type { PlanOptions, PlanResult } from './plan-result.ts';
export type { Problem, ProblemType, VrtKind, VrtSourceInput } from './problem.ts';
export type { ResolutionStrategy } from './target-grid.ts';
export { type SourceFile, writeVrt } from './write.ts';
