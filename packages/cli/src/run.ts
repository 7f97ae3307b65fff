import { CommanderError } from 'commander';
import type { Context } from './context.ts';
import { EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK, EXIT_USAGE } from './exit-code.ts';
import { gdalWords } from './gdal-words.ts';
import { buildProgram } from './program.ts';
import { note, styled } from './terminal.ts';

/**
 * Runs one command line.
 *
 * @param args without the names of Node and of the script
 * @returns the exit code; nothing is thrown
 */
export async function run(args: readonly string[], context: Context): Promise<number> {
  try {
    await buildProgram(context).parseAsync(gdalWords(args), { from: 'user' });
    return EXIT_OK;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
    if (context.signal.aborted) {
      note(context.terminal, styled(context.terminal, 'yellow', 'Interrupted.'));
      return EXIT_INTERRUPTED;
    }
    // Knows the errors of every package; loaded only where there is one.
    const { describeFailure } = await import('./failure.ts');
    const failure = describeFailure(error);
    note(context.terminal, `${styled(context.terminal, 'red', 'inlay:')} ${failure.message}`);
    return failure.isUsage ? EXIT_USAGE : EXIT_FAILED;
  }
}
