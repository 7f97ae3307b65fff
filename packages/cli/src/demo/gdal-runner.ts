import type { TranslateCommand } from './translate-command.ts';

/** Something that runs GDAL's converter: the program of this machine, or the WebAssembly build. */
export interface GdalRunner {
  /** For people: `GDAL 3.6.2`. */
  readonly name: string;
  /** Commands worth running at a time. */
  readonly concurrency: number;
  /** @throws CliError `cli/gdal-failed` with what GDAL said. */
  run(command: TranslateCommand, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
