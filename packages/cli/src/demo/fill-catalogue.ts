import type { Client } from '@inlay/sdk';
import type { Dataset } from '../client.ts';
import type { Context } from '../context.ts';
import { CliError } from '../error.ts';
import { followJob } from '../follow-job.ts';
import { formatCount, plural } from '../format.ts';
import { runStep } from '../progress.ts';
import { titleOfFile, uploadRasters } from '../upload-rasters.ts';
import { scenePath } from './cut-scenes.ts';
import { IN_PLACE, visibilityOf } from './demo-vrts.ts';
import { type Scene, SCENES } from './scenes.ts';

/** The usable datasets of the catalogue by title, as an earlier run left them. */
export async function datasetsByTitle(client: Client, signal: AbortSignal): Promise<Map<string, Dataset>> {
  const datasets = new Map<string, Dataset>();
  for await (const dataset of client.allDatasets({}, { signal })) {
    if (dataset.raster?.status === 'ready') datasets.set(dataset.title, dataset);
  }
  return datasets;
}

/** Catalogues the scenes that are not in `datasets` yet, and puts them there: most by upload, some where they lie. */
export async function fillCatalogue(
  context: Context,
  client: Client,
  folder: string,
  datasets: Map<string, Dataset>,
): Promise<void> {
  const uploaded = SCENES.filter(({ set }) => !IN_PLACE.has(set));
  const registered = SCENES.filter(({ set }) => IN_PLACE.has(set));
  const add = (found: readonly Dataset[]): void => {
    for (const dataset of found) datasets.set(dataset.title, dataset);
  };
  const missing = (scenes: readonly Scene[]) => scenes.filter(({ title }) => !datasets.has(title));

  await runStep(
    context.terminal,
    `Uploading ${plural(uploaded.length, 'raster')}`,
    async (step) => {
      const scenes = missing(uploaded);
      add(await upload(client, folder, scenes, step, context.signal));
      return scenes.length;
    },
    countText,
  );
  await runStep(
    context.terminal,
    `Registering ${formatCount(registered.length)} where they lie`,
    async (step) => {
      const scenes = missing(registered);
      if (scenes.length > 0) add(await register(client, folder, scenes, step, context.signal));
      return scenes.length;
    },
    countText,
  );
}

function countText(added: number): string {
  return added === 0 ? 'already there' : `${formatCount(added)} catalogued`;
}

type Progress = Parameters<typeof uploadRasters>[2];

async function upload(
  client: Client,
  folder: string,
  scenes: readonly Scene[],
  step: Progress,
  signal: AbortSignal,
): Promise<Dataset[]> {
  const uploads = scenes.map((scene) => ({
    path: scenePath(folder, scene),
    title: scene.title,
    summary: scene.image.credit,
    visibility: visibilityOf(scene.set),
  }));
  const outcomes = await uploadRasters(client, uploads, step, signal);
  return outcomes.map(({ path, dataset, error }) => {
    if (dataset !== null) return dataset;
    throw new CliError('cli/refused', `${titleOfFile(path)} could not be uploaded: ${error}`);
  });
}

/** One job for all; their titles, which are the files' names at first, are given afterwards. */
async function register(
  client: Client,
  folder: string,
  scenes: readonly Scene[],
  step: Progress,
  signal: AbortSignal,
): Promise<Dataset[]> {
  const hrefs = scenes.map((scene) => scenePath(folder, scene));
  const accepted = await client.registerRasters({ hrefs, visibility: 'public' }, { signal });
  const job = await followJob(client, accepted.job_id, step, signal);
  const datasets: Dataset[] = [];
  for await (const dataset of client.allDatasets({ job_id: job.id }, { signal })) {
    const scene = scenes.find(({ name }) => name === titleOfFile(dataset.title));
    if (scene === undefined) continue;
    const changes = { title: scene.title, summary: scene.image.credit };
    datasets.push(await client.patchDataset(dataset.id, changes, { signal }));
  }
  if (datasets.length === scenes.length) return datasets;
  throw new CliError(
    'cli/refused',
    `${datasets.length} of ${scenes.length} rasters were registered. ${job.warnings.join(' ')}`,
  );
}
