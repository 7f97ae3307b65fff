import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { CliError } from '../error.ts';
import type { GdalRunner } from './gdal-runner.ts';

const execute = promisify(execFile);

/**
 * The `gdal_translate` of this machine, or null where there is none (or one without the COG driver, which came
 * with GDAL 3.1).
 *
 * @param program a name looked up on the PATH, or a path
 */
export async function findGdalProgram(program: string = 'gdal_translate'): Promise<GdalRunner | null> {
  const version = await gdalVersion(program);
  if (version === null || !hasCogDriver(version)) return null;
  return {
    name: `GDAL ${version}`,
    concurrency: Math.min(availableParallelism(), 4),
    async run({ args, input, output }, signal) {
      try {
        await execute(program, ['-q', ...args, input, output], { signal });
      } catch (error) {
        signal.throwIfAborted();
        throw new CliError('cli/gdal-failed', `gdal_translate failed: ${lastLine(error)}`, { cause: error });
      }
    },
    close: () => Promise.resolve(),
  };
}

/** `3.6.2`, or null where the program cannot be run. */
export async function gdalVersion(program: string): Promise<string | null> {
  try {
    const { stdout } = await execute(program, ['--version']);
    return /^GDAL (\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? null;
  } catch {
    // Absent or broken: either way not usable, and there is another way to go on.
    return null;
  }
}

function hasCogDriver(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 3 || (major === 3 && minor >= 1);
}

function lastLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr ?? '').trim().split('\n').at(-1) || message;
}
