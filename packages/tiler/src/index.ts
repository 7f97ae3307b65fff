export {
  composeQuicklook,
  type ComposedQuicklook,
  type ComposeOptions,
  type QuicklookMember,
} from './compose-quicklook.ts';
export { TilerError, type TilerErrorCode } from './error.ts';
export { type Display, chooseDisplay } from './display.ts';
export { encodePng, type PngOptions } from './encode.ts';
export {
  MAX_STATISTICS_BANDS,
  type Quicklook,
  type QuicklookOptions,
  type QuicklookRaster,
  renderQuicklook,
} from './quicklook.ts';
export { encodePicture, type EncodeOptions, IMAGE_FORMATS, IMAGE_MEDIA_TYPES, type ImageFormat } from './encode.ts';
export { geotiffPixelSource, type GeotiffPixelSourceOptions } from './geotiff-pixel-source.ts';
export {
  type LevelSize,
  type PixelSource,
  type ReadProblem,
  windowInLevel,
  type WindowRead,
  type WindowRequest,
} from './pixel-source.ts';
export {
  type PaintPlan,
  type PictureGrid,
  type PlannedRead,
  planTile,
  type PlanOptions,
  type TilePlan,
} from './plan-tile.ts';
export type { ChannelStatistics } from './render/channel-statistics.ts';
export {
  type ParsedRenderOptions,
  parseRenderOptions,
  RENDER_PARAMETERS,
  type RenderParameter,
  type RenderQuery,
} from './render/parse-render-options.ts';
export { type PreparedRecipe, prepareRecipe, type PrepareOptions } from './render/prepare-recipe.ts';
export { isFlat, type RenderRecipe } from './render/recipe.ts';
export type { Algorithm, ColorChoice, RenderOptions, RenderProblem, RescaleChoice } from './render/render-options.ts';
export { readPlanned, warpPlanned, type WarpRecipe } from './render/read-and-warp.ts';
export {
  paintPicture,
  planPicture,
  type RenderContext,
  type RenderedPicture,
  renderPicture,
  type RenderStage,
} from './render/render-picture.ts';
export { type RenderedTile, renderTile, type TileRequest } from './render/render-tile.ts';
export type { TaskResult } from './workers/messages.ts';
export { serveTasks } from './workers/serve-tasks.ts';
export {
  type Connected,
  createWorkerPool,
  type RunOptions,
  type WorkerPool,
  type WorkerPoolOptions,
  type WorkerPoolState,
} from './workers/worker-pool.ts';
