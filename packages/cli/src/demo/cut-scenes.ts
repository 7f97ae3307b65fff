import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mapConcurrently } from '../map-concurrently.ts';
import type { GdalRunner } from './gdal-runner.ts';
import { SCENES, type Scene } from './scenes.ts';
import { translateCommand } from './translate-command.ts';

/** Remembers which recipe the files beside it were made by, so that a second run need not make them again. */
const RECIPE_FILE = 'recipe.json';

export interface CutOptions {
  readonly signal: AbortSignal;
  /** Called once per scene, with how many are there by now. */
  readonly onScene?: (done: number, total: number, scene: Scene) => void;
}

export function scenePath(folder: string, scene: Scene): string {
  return join(folder, `${scene.name}.tif`);
}

/** Whether all scenes are in `folder`, cut by today's recipe. */
export async function scenesAreCut(folder: string): Promise<boolean> {
  try {
    const recipe: unknown = JSON.parse(await readFile(join(folder, RECIPE_FILE), 'utf8'));
    if ((recipe as { digest?: unknown }).digest !== recipeDigest()) return false;
    await Promise.all(SCENES.map((scene) => access(scenePath(folder, scene))));
    return true;
  } catch {
    // Missing or damaged: cutting anew takes seconds and repairs both.
    return false;
  }
}

/** Cuts every scene into `folder`, replacing what is there. A scene appears under its name only when complete. */
export async function cutScenes(folder: string, gdal: GdalRunner, { signal, onScene }: CutOptions): Promise<void> {
  await mkdir(folder, { recursive: true });
  await rm(join(folder, RECIPE_FILE), { force: true });
  let done = 0;
  await mapConcurrently(SCENES, gdal.concurrency, async (scene) => {
    const partial = join(folder, `${scene.name}-partial.tif`);
    await gdal.run(translateCommand(scene, partial), signal);
    await rename(partial, scenePath(folder, scene));
    done += 1;
    onScene?.(done, SCENES.length, scene);
  });
  await writeFile(join(folder, RECIPE_FILE), `${JSON.stringify({ digest: recipeDigest() })}\n`);
}

/** Changes whenever a command would; file paths, which differ between machines, left out. */
function recipeDigest(): string {
  const recipe = SCENES.map((scene) => [scene.name, scene.image.file, translateCommand(scene, '').args]);
  return createHash('sha256').update(JSON.stringify(recipe)).digest('hex');
}
