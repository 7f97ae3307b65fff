import { Command } from 'commander';
import { registerAdd } from './commands/add.ts';
import { registerBuild } from './commands/build.ts';
import { registerDemo } from './commands/demo.ts';
import { registerExport } from './commands/export.ts';
import { registerGc } from './commands/gc.ts';
import { registerInfo } from './commands/info.ts';
import { registerJobs } from './commands/jobs.ts';
import { registerLs } from './commands/ls.ts';
import { registerReplace } from './commands/replace.ts';
import { registerServe } from './commands/serve.ts';
import { registerShare } from './commands/share.ts';
import { registerShow } from './commands/show.ts';
import { registerSignIn } from './commands/sign-in.ts';
import { registerToken } from './commands/token.ts';
import { registerUser } from './commands/user.ts';
import { registerVrt } from './commands/vrt.ts';
import { withExamples } from './command-parts.ts';
import type { Context } from './context.ts';
import { styled } from './terminal.ts';

const EXIT_CODES = `
Exit codes:
  0    done
  1    failed: the server refused, a job failed, a file is unreadable
  2    the command line is wrong
  130  interrupted before it was done

Without --url and INLAY_URL, commands talk to the server running on ./.inlay or ./.inlay-demo.`;

/** The whole command line. Errors are thrown, never turned into an exit: see {@link run}. */
export function buildProgram(context: Context): Command {
  const program = new Command('inlay')
    .description('A self-hosted raster catalogue that builds virtual rasters (VRT) from the rasters you already have')
    .helpCommand('help [command]', 'explain a command')
    .configureOutput({
      writeOut: (text) => context.terminal.out.write(text),
      writeErr: (text) => context.terminal.err.write(text),
      outputError: (text, write) => write(styled(context.terminal, 'red', text)),
    })
    .showHelpAfterError('(add --help for what is possible)')
    .exitOverride();
  withExamples(program, 'inlay serve', 'inlay add scenes/', 'inlay build -o mosaic.vrt scenes/*.tif');
  program.addHelpText('after', EXIT_CODES);
  registerServe(program, context);
  registerDemo(program, context);
  registerAdd(program, context);
  registerReplace(program, context);
  registerLs(program, context);
  registerShow(program, context);
  registerVrt(program, context);
  registerShare(program, context);
  registerExport(program, context);
  registerJobs(program, context);
  registerInfo(program, context);
  registerBuild(program, context);
  registerSignIn(program, context);
  registerToken(program, context);
  registerUser(program, context);
  registerGc(program, context);
  return program;
}
