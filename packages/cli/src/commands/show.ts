import type { Command } from 'commander';
import { connect } from '../client.ts';
import { printJson, withConnection, withExamples, withJson } from '../command-parts.ts';
import type { ConnectionOptions } from '../connection.ts';
import type { Context } from '../context.ts';
import { datasetText } from '../dataset-text.ts';
import { formatNumber } from '../format.ts';
import { formatTable } from '../table.ts';
import { say } from '../terminal.ts';

/** `inlay show`: one dataset. */
export function registerShow(program: Command, context: Context): void {
  const command = program
    .command('show')
    .description('show one dataset, with the sources of a virtual raster')
    .argument('<id>', 'the dataset')
    .action((id: string, options: ConnectionOptions & { json?: true }) => show(context, id, options));
  withJson(withConnection(command));
  withExamples(command, 'inlay show 0198c4de-7d52-7c3f-9b0a-3a8f5f0c7a11');
}

async function show(context: Context, id: string, options: ConnectionOptions & { json?: true }): Promise<void> {
  const { terminal, signal } = context;
  const client = await connect(context, options);
  const dataset = await client.getDataset(id, { signal });
  const isVirtual = dataset.record_type === 'vrt_dataset';
  const sources = isVirtual ? (await client.listVrtSources(id, { signal })).sources : [];

  if (options.json === true) return printJson(terminal, isVirtual ? { ...dataset, sources } : dataset);
  say(terminal, datasetText(terminal, dataset));
  if (sources.length === 0) return;
  const columns = [
    { title: '#', align: 'right' },
    { title: 'Source', flexible: true },
    { title: 'Resolution', align: 'right' },
    { title: 'ID' },
  ] as const;
  const rows = sources.map(({ position, title, resolution_x: resolution, dataset_id: sourceId }) => [
    String(position + 1),
    title,
    resolution === null ? '-' : formatNumber(resolution),
    sourceId,
  ]);
  say(terminal, `\n${formatTable(terminal, columns, rows)}`);
}
