import { join } from 'node:path';
import type { Client } from '@inlay/sdk';
import type { Dataset } from '../client.ts';
import type { Context } from '../context.ts';
import { CliError } from '../error.ts';
import { followJob } from '../follow-job.ts';
import { plural } from '../format.ts';
import { runStep, startStep } from '../progress.ts';
import { replaceVrtFile } from '../vrt-file.ts';
import { DEMO_VRTS, type DemoVrt } from './demo-vrts.ts';
import { scenesOf } from './scenes.ts';

/** A virtual raster of the demo once it is built and downloaded. */
export interface BuiltVrt {
  readonly vrt: DemoVrt;
  readonly dataset: Dataset;
  /** The VRT whose sources are paths of this machine. */
  readonly localFile: string;
  /** The VRT whose sources are URLs of the server. */
  readonly httpFile: string;
}

/** Has the server build each virtual raster, unless an earlier run did, and downloads it into `folder`. */
export async function buildVrts(
  context: Context,
  client: Client,
  folder: string,
  datasets: ReadonlyMap<string, Dataset>,
): Promise<BuiltVrt[]> {
  const built: BuiltVrt[] = [];
  for (const vrt of DEMO_VRTS) {
    const dataset = await buildVrt(context, client, vrt, datasets);
    built.push({
      vrt,
      dataset,
      localFile: await download(client, dataset.id, 'local', join(folder, `${vrt.name}.vrt`), context.signal),
      httpFile: await download(client, dataset.id, 'http', join(folder, `${vrt.name}-over-http.vrt`), context.signal),
    });
  }
  return built;
}

async function buildVrt(
  { terminal, signal }: Context,
  client: Client,
  vrt: DemoVrt,
  datasets: ReadonlyMap<string, Dataset>,
): Promise<Dataset> {
  const { set, name: _, ...description } = vrt;
  const label = `Building “${vrt.title}”`;
  const existing = datasets.get(vrt.title);
  if (existing !== undefined) {
    startStep(terminal, label).done('already there');
    return existing;
  }
  const sourceIds = scenesOf(set).map(({ title }) => sourceId(datasets, title));
  return runStep(
    terminal,
    label,
    async (step) => {
      const accepted = await client.createVrt({ ...description, source_dataset_ids: sourceIds }, { signal });
      const job = await followJob(client, accepted.job_id, step, signal);
      return client.getDataset(job.dataset_id ?? '', { signal });
    },
    () => `${vrt.vrt_type.replace('_', ' ')} of ${plural(sourceIds.length, 'source')}`,
  );
}

function sourceId(datasets: ReadonlyMap<string, Dataset>, title: string): string {
  const dataset = datasets.get(title);
  if (dataset === undefined) throw new CliError('cli/refused', `"${title}" is not in the catalogue any more.`);
  return dataset.id;
}

async function download(
  client: Client,
  id: string,
  sources: 'local' | 'http',
  file: string,
  signal: AbortSignal,
): Promise<string> {
  await replaceVrtFile(file, [await client.downloadVrt(id, { sources }, { signal })], signal);
  return file;
}
