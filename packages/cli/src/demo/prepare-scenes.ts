import { formatCount, plural } from '../format.ts';
import { runStep } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import { cutScenes, scenesAreCut } from './cut-scenes.ts';
import { findGdalProgram } from './gdal-program.ts';
import { startWasmGdal } from './gdal-wasm.ts';
import { SCENES } from './scenes.ts';

/** Cuts the scenes into `folder`, by the GDAL of this machine or else by the one that comes along. */
export async function prepareScenes(terminal: Terminal, folder: string, signal: AbortSignal): Promise<void> {
  await runStep(
    terminal,
    `Cutting ${plural(SCENES.length, 'scene')} of the earth`,
    async (step) => {
      if (await scenesAreCut(folder)) return 'already there';
      const gdal = (await findGdalProgram()) ?? (await startWasmGdal(folder));
      try {
        await cutScenes(folder, gdal, {
          signal,
          onScene: (done, total, { title }) =>
            step.update(done / total, `${formatCount(done)} of ${formatCount(total)}  ${title}`),
        });
      } finally {
        await gdal.close();
      }
      return `by ${gdal.name}`;
    },
    (how) => how,
  );
}
