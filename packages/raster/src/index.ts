export { type AverageOptions, createAverage } from './average.ts';
export type { Histogram } from './histogram.ts';
export * from './numeric-samples.ts';
export * from './palette.ts';
export { pickPixels } from './pick.ts';
export * from './raster-array.ts';
export type { Reduction } from './reduction.ts';
export * from './resample.ts';
export * from './rescale.ts';
export * from './statistics.ts';
export * from './summary.ts';
export * from './validity.ts';
export { KERNEL_RADIUS } from './warp/convolution.ts';
export { EDGE_TOLERANCE, type NearestList, nearestList } from './warp/nearest.ts';
export { pickListed, placePixels, type WarpOptions, type WarpedRaster, warpRaster } from './warp/warp.ts';
export { type ColorClasses, colorByClass } from './color/color-classes.ts';
export {
  applyColorOperations,
  type ColorChannels,
  type ColorOperation,
  MAX_COLOR_OPERATIONS,
  parseColorFormula,
} from './color/color-formula.ts';
export { COLOR_MAP_NAMES, colorMapByName, type ColorRamp } from './color/color-maps.ts';
export { bandsOf, evaluateExpression, type MaskedSamples } from './expression/evaluate-expression.ts';
export type { Expression, ExpressionNode, ExpressionProblem } from './expression/expression.ts';
export { EXPRESSION_LIMITS, parseExpression } from './expression/parse-expression.ts';
export { type ContourOptions, contours } from './terrain/contours.ts';
export { type ElevationCode, encodeElevation } from './terrain/elevation-codes.ts';
export { hillshade, type HillshadeOptions, slope, type Surface, type SurfaceResult } from './terrain/surface.ts';
