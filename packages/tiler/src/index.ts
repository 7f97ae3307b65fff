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
