export { promotedType } from './data-type-union.ts';
export { type Coverage, coverageWarnings, measureCoverage } from './coverage.ts';
export { type CoverageMap, mapCoverage, type OutputRect } from './coverage-map.ts';
export { VrtError, type VrtErrorCode } from './error.ts';
export type {
  BandSources,
  GdalVersion,
  PixelFunction,
  Placements,
  SourceRead,
  VrtBandPlan,
  VrtPlan,
  WarpedSource,
  WarpPlan,
  WarpResampling,
} from './plan.ts';
export { planBandStack } from './plan-band-stack.ts';
export { planMosaic } from './plan-mosaic.ts';
export {
  type CompatibleOptions,
  type NodataByBand,
  PIXEL_FUNCTIONS,
  type PixelFunctionCall,
  type PlanOptions,
  type Resampling,
  type SizeRounding,
} from './plan-options.ts';
export { type PlanResult, type SourceVerdict, sourceVerdicts } from './plan-result.ts';
export type { Problem, ProblemType, VrtKind, VrtSourceInput } from './problem.ts';
export type { ResolutionStrategy } from './resolution.ts';
export { paintOrder, SOURCE_ORDERS, type SourceOrder } from './source-order.ts';
export { compatibleSourceName, relativeSourceName, type SourceLocation } from './source-name.ts';
export type { OverviewLinks } from './overview-links.ts';
export {
  type OverviewFile,
  type OverviewPlan,
  type OverviewResampling,
  planOverviews,
  type RenderedLevel,
} from './overview-plan.ts';
export { type SourceFile, writeVrt } from './write.ts';
export type * from './model.ts';
export { DEFAULT_PARSE_LIMITS, type ParseLimits, parseVrt } from './parse.ts';
export { type NamedSource, sourceFilenames } from './source-filenames.ts';
export { sourceAt, type SourceTable, sourcesOf, sourceTable } from './source-table.ts';
export { writeModel } from './write-model.ts';
export type { XmlAttribute, XmlComment, XmlElement, XmlInstruction, XmlNode } from './xml-node.ts';
export { type PlacedRaster, warpedExtent, type WarpedExtent } from './warp-extent.ts';
export { needsWarp, suggestGrid, type SuggestedGrid, type WarpResolutionStrategy } from './warp-grid.ts';
export { profileWarper, warpedValidity, type WarpedValidity } from './warp-layout.ts';
export { placeWarped, type WarpPlacement, type WarpTarget } from './warp-placement.ts';
export { inlineFile, warpedVrt, type WarpedVrtOptions } from './warped-source.ts';
export {
  type ChunkedPlan,
  type ChunkOptions,
  chunkPlan,
  type VrtChunk,
  type VrtDocument,
  writeChunkedVrt,
} from './chunks.ts';
export { escapeFileName, escapeXml } from './xml-text.ts';
