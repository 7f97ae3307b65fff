export { type BlockCache, type BlockCacheCounts, type BlockCacheOptions, createBlockCache } from './block-cache.ts';
export { type CrsReading, crsFromText } from './crs/crs-from-text.ts';
export { crsFromEpsg } from './crs/epsg.ts';
export { GeoTiffError, type GeoTiffErrorCode } from './error.ts';
export { fileSource } from './file-source.ts';
export { type HttpFilesOptions, httpRasterFiles } from './http-files.ts';
export { type HttpSourceOptions, httpSource } from './http-source.ts';
export type { RasterImage, RasterImages } from './images.ts';
export { giveBack } from './give-back.ts';
export { type OpenLevelsOptions, openLevels, type PixelLevel, type RasterLevels } from './levels.ts';
export { type LocalFilesOptions, localRasterFiles } from './local-files.ts';
export { memoryRasterFiles } from './memory-files.ts';
export { type GeoTiffRaster, openRaster } from './open.ts';
export { openPixelImage, type PixelImage } from './pixel-image.ts';
export { type RasterFiles, type SidecarSuffix, sidecarName, singleFile } from './raster-files.ts';
export type { RasterWarning, RasterWarningCode } from './raster-warning.ts';
export { type PixelList } from './pixel-list.ts';
export { cachedLevel, type LevelRead, type LevelReadOptions, readLevel, readLevelPixels } from './read-level.ts';
export {
  DEFAULT_READ_BUDGET,
  type ReadBudget,
  readReduced,
  type ReducedOptions,
  type ReducedRead,
} from './read-reduced.ts';
export { MAX_WINDOW_BYTES, type ReadOptions, readMask, readWindow } from './read-window.ts';
export { readStatistics, type StatisticsOptions } from './read-statistics.ts';
export { shareWork, type SharedWork } from './shared-work.ts';
export { type ServingReport, servingReport } from './serving.ts';
export { type FetchOptions, memorySource, type Source } from './source.ts';
export { compressCogBlock, decodeCogBlock, encodeCogBlock } from './write/cog-block.ts';
export type { CogFacts } from './write/cog-facts.ts';
export type { CogFormat } from './write/cog-format.ts';
export { blockGrid, type CogContents, type CogLayout, type CogLevel, layOutCog } from './write/cog-layout.ts';
export { encodeCogMask } from './write/cog-mask.ts';
export type { CogCompression } from './write/compress-block.ts';
export { childrenOf, childText, parseXml, type XmlElement } from './xml.ts';
export { readStoredBlock } from './stored-block.ts';
