export { type ChangedArea, changedAreas, type MosaicState } from './changed-areas.ts';
export { type CompileOptions, compileMosaic, type MosaicSource } from './compile-mosaic.ts';
export {
  type BandRead,
  type BandReads,
  type BandTraits,
  type CompiledMosaic,
  type MosaicBand,
  type PlacementColumns,
  type SourceColumns,
  sourceId,
  sourceLevels,
  type SourceTraits,
  type WarpColumns,
} from './compiled-mosaic.ts';
export type { ComposeReport, SourceFailure } from './compose.ts';
export { convertSamples } from './convert.ts';
export { MosaicError, type MosaicErrorCode } from './error.ts';
export { geoTiffSource } from './geotiff-source.ts';
export type { Fidelity } from './fidelity.ts';
export { openCompiledMosaic, type OpenMosaicOptions } from './open-compiled-mosaic.ts';
export {
  MAX_CELLS,
  type MosaicCellsRequest,
  type MosaicRead,
  type MosaicRequest,
  readMosaic,
  readMosaicCells,
  type ReadMosaicOptions,
} from './read-mosaic.ts';
export { type OverviewWindow, readOverview, reduceOverview } from './read-overview.ts';
export type { SpreadTarget } from './spread-cells.ts';
export type { OpenedSource, OpenSource } from './source-port.ts';
