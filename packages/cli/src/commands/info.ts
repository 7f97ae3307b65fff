import { resolve } from 'node:path';
import type { Command } from 'commander';
import { printJson, withExamples, withJson } from '../command-parts.ts';
import type { Context } from '../context.ts';
import { profileJson, profileText } from '../profile-text.ts';
import { say, warn } from '../terminal.ts';

/** `inlay info`: what a raster file is, without a server. */
export function registerInfo(program: Command, context: Context): void {
  const command = program
    .command('info')
    .description('show what a raster file is, without a server')
    .argument('<file>', 'a GeoTIFF; sidecars beside it (.ovr, .msk, .aux.xml, world file) are taken into account')
    .action(async (file: string, { json }: { json?: true }) => {
      const { terminal, workingFolder, signal } = context;
      const { openProfile } = await import('../open-profile.ts');
      const { profile, warnings } = await openProfile(resolve(workingFolder, file), signal);
      if (json === true) return printJson(terminal, { ...profileJson(profile), warnings });
      say(terminal, profileText(terminal, profile));
      for (const warning of warnings) warn(terminal, warning);
    });
  withJson(command);
  withExamples(command, 'inlay info scene.tif', 'inlay info --json scene.tif');
}
