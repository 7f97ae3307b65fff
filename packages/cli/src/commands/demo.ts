import { resolve } from 'node:path';
import type { Command } from 'commander';
import { wholeNumber, withExamples, withJson } from '../command-parts.ts';
import type { Context } from '../context.ts';
import { DEFAULT_DEMO_FOLDER, demoFolder } from '../demo/demo-folder.ts';

interface Options {
  readonly dir: string;
  readonly once?: true;
  readonly port?: number;
  readonly json?: true;
}

/** `inlay demo`: everything once, with imagery that comes along. */
export function registerDemo(program: Command, context: Context): void {
  const command = program
    .command('demo')
    .description('show it at work: catalogue real imagery, build virtual rasters of it, keep the server up')
    .option('--once', 'end when all is done, with exit code 0 if it was')
    .option('--dir <folder>', 'where scenes, VRTs and the server’s data go', DEFAULT_DEMO_FOLDER)
    .option('--port <number>', 'the port; 8080 where left out, or any free one', wholeNumber(0, 65_535))
    .action(async ({ dir, once, port, json }: Options) => {
      const { runDemo } = await import('../demo/run-demo.ts');
      await runDemo(context, {
        folder: demoFolder(resolve(context.workingFolder, dir)),
        once: once === true,
        port: port ?? null,
        json: json === true,
      });
    });
  withJson(command);
  withExamples(command, 'inlay demo', 'inlay demo --once --dir ../try-inlay');
}
