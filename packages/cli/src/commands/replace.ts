import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Client } from '@inlay/sdk';
import type { Command } from 'commander';
import { connect } from '../client.ts';
import { printJson, withConnection, withExamples, withJson } from '../command-parts.ts';
import type { ConnectionOptions } from '../connection.ts';
import type { Context } from '../context.ts';
import { datasetText } from '../dataset-text.ts';
import { followJob } from '../follow-job.ts';
import { runStep, type Step } from '../progress.ts';
import { say, warn } from '../terminal.ts';

type Options = ConnectionOptions & { readonly json?: true };

/** `inlay replace` and `inlay refresh`: other pixels for a raster that is catalogued. */
export function registerReplace(program: Command, context: Context): void {
  const replace = program
    .command('replace')
    .description('put another file in the place of an uploaded raster, which stays what it is called and used for')
    .argument('<id>', 'the raster')
    .argument('<file>', 'the new file')
    .action((id: string, file: string, options: Options) =>
      change(context, id, options, 'Replacing', async (client, step) => {
        const path = resolve(context.workingFolder, file);
        const { size } = await stat(path);
        return await client.replaceRaster(id, createReadStream(path), {
          filename: basename(path),
          // Half of the work is sending it.
          onProgress: (sentBytes) => step.update((0.5 * sentBytes) / Math.max(1, size), 'sending'),
          signal: context.signal,
        });
      }),
    );
  withExamples(withJson(withConnection(replace)), 'inlay replace 0198c4de-7d52-7c3f-9b0a-3a8f5f0c7a11 new.tif');

  const refresh = program
    .command('refresh')
    .description('read the file behind a registered raster again, where it has changed')
    .argument('<id>', 'the raster')
    .action((id: string, options: Options) =>
      change(context, id, options, 'Reading it again', (client) =>
        client.refreshRaster(id, { signal: context.signal }),
      ),
    );
  withExamples(withJson(withConnection(refresh)), 'inlay refresh 0198c4de-7d52-7c3f-9b0a-3a8f5f0c7a11');
}

async function change(
  context: Context,
  id: string,
  options: Options,
  label: string,
  start: (client: Client, step: Pick<Step, 'update'>) => Promise<{ job_id: string }>,
): Promise<void> {
  const { terminal, signal } = context;
  const client = await connect(context, options);
  const { warnings } = await runStep(terminal, label, async (step) => {
    const accepted = await start(client, step);
    const rest = { update: (done: number, text: string) => step.update(0.5 + 0.5 * done, text) };
    return await followJob(client, accepted.job_id, rest, signal);
  });
  for (const warning of warnings) warn(terminal, warning);
  const dataset = await client.getDataset(id, { signal });
  if (options.json === true) printJson(terminal, dataset);
  else say(terminal, datasetText(terminal, dataset));
}
