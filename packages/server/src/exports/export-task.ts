import type { RasterSource } from '../pixels/raster-source.ts';
import type { ExportPlan } from './export-plan.ts';

/** What a thread is asked to export: plain data. */
export interface ExportTask {
  readonly source: RasterSource;
  readonly plan: ExportPlan;
  /** A folder for this task alone, which its caller removes. Absolute. */
  readonly folder: string;
  /** The file to write, in {@link folder}. Absolute. */
  readonly output: string;
  /** Four bytes, shared: how much is done, in units of 1 / {@link PROGRESS_UNITS}. */
  readonly progress: SharedArrayBuffer;
}

/** What `progress` counts up to. */
export const PROGRESS_UNITS = 1_000_000;

/** What a thread is told when it starts. */
export interface ExportThreadData {
  readonly storageDirectory: string;
  readonly sourceRoots: readonly string[];
  /** Of decoded blocks. */
  readonly blockCacheBytes: number;
  /** Rasters kept open. */
  readonly maxOpen: number;
}
