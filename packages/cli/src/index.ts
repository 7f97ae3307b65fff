export {
  type BuildOptions,
  type BuildPlan,
  type OpenedRaster,
  planBuild,
  type Refusal,
  type RefusedRaster,
  writeBuild,
} from './build-vrt.ts';
export type { Dataset, Job, Visibility } from './client.ts';
export { type CliConfig, readCliConfig } from './config.ts';
export { type Connection, type ConnectionOptions, findConnection } from './connection.ts';
export type { Context } from './context.ts';
export { type CutOptions, cutScenes, scenePath, scenesAreCut } from './demo/cut-scenes.ts';
export { type BuiltVrt } from './demo/build-vrts.ts';
export { checkVrts } from './demo/check-vrts.ts';
export { type DemoFolder, demoFolder } from './demo/demo-folder.ts';
export { DEMO_VRTS, type DemoVrt } from './demo/demo-vrts.ts';
export { farewell, type FarewellFacts, shellWord } from './demo/farewell.ts';
export { findGdalProgram } from './demo/gdal-program.ts';
export type { GdalRunner } from './demo/gdal-runner.ts';
export { startWasmGdal } from './demo/gdal-wasm.ts';
export { type EarthImage, earthImagePath } from './demo/imagery.ts';
export { type Scene, type SceneSet, SCENES, sceneBBox, sceneSize, scenesOf } from './demo/scenes.ts';
export { type TranslateCommand, translateCommand } from './demo/translate-command.ts';
export { downloadVrt, type SavedVrt, type VrtDownloadOptions } from './download-vrt.ts';
export { CliError, type CliErrorCode } from './error.ts';
export { EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK, EXIT_USAGE } from './exit-code.ts';
export { formatBytes, formatCount, formatDuration, formatNumber, plural } from './format.ts';
export { mapConcurrently } from './map-concurrently.ts';
export { runStep, startStep, type Step } from './progress.ts';
export { run } from './run.ts';
export { type TextInput } from './standard-input.ts';
export { type Column, formatFacts, formatTable } from './table.ts';
export { displayWidth, openTerminal, printable, type Terminal, type TextStream } from './terminal.ts';
export { type Upload, type UploadOutcome, uploadRasters } from './upload-rasters.ts';
export { replaceVrtFile } from './vrt-file.ts';
