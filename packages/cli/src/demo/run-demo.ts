import type { Context } from '../context.ts';
import { formatDuration } from '../format.ts';
import { serveUntilAborted } from '../local-service.ts';
import { note, say, styled } from '../terminal.ts';
import { type BuiltVrt, buildVrts } from './build-vrts.ts';
import { checkVrts } from './check-vrts.ts';
import type { DemoFolder } from './demo-folder.ts';
import { openDemoServer } from './demo-server.ts';
import { farewell } from './farewell.ts';
import { datasetsByTitle, fillCatalogue } from './fill-catalogue.ts';
import { prepareScenes } from './prepare-scenes.ts';

export interface DemoOptions {
  readonly folder: DemoFolder;
  /** End when all is done instead of keeping the server up. */
  readonly once: boolean;
  /** Null for the usual one, or any that is free. */
  readonly port: number | null;
  readonly json: boolean;
}

/**
 * Shows the whole way with real imagery: cut scenes, start a server, catalogue them through its API, have it build
 * virtual rasters, download these, read them with GDAL. What an earlier run did is not done again.
 */
export async function runDemo(context: Context, options: DemoOptions): Promise<void> {
  const { terminal, signal, workingFolder } = context;
  const { folder, once } = options;
  const startedAt = performance.now();
  note(
    terminal,
    `\n  ${styled(terminal, 'bold', 'Inlay')} builds virtual rasters from the rasters you already have.\n`,
  );

  await prepareScenes(terminal, folder.scenes, signal);
  const server = await openDemoServer(context, folder, options.port);
  try {
    const { client } = server;
    const datasets = await datasetsByTitle(client, signal);
    await fillCatalogue(context, client, folder.scenes, datasets);
    const vrts = await buildVrts(context, client, folder.scenes, datasets);
    const isChecked = await checkVrts(terminal, vrts, signal);

    const url = client.baseUrl;
    const goesOn = server.own === null ? 'in another window' : once ? 'nowhere' : 'here';
    if (options.json) say(terminal, JSON.stringify(demoJson(url, vrts, isChecked), null, 2));
    else say(terminal, farewell(terminal, { url, folder, workingFolder, vrts, server: goesOn }));
    note(terminal, styled(terminal, 'dim', `  Done in ${formatDuration(performance.now() - startedAt)}.`));
    if (server.own !== null && !once) await serveUntilAborted(server.own, signal);
  } finally {
    await server.own?.close();
  }
}

function demoJson(url: string, vrts: readonly BuiltVrt[], isChecked: boolean): object {
  return {
    url,
    checked_with_gdal: isChecked,
    virtual_rasters: vrts.map(({ dataset, localFile, httpFile }) => ({
      id: dataset.id,
      title: dataset.title,
      file: localFile,
      http_file: httpFile,
      width: dataset.raster?.width ?? null,
      height: dataset.raster?.height ?? null,
      band_count: dataset.raster?.band_count ?? null,
      source_count: dataset.raster?.source_count ?? null,
    })),
  };
}
