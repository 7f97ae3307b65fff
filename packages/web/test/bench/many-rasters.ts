import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Dice, makeGeoTiff } from '@inlay/testing';

/** Across and down: 10,000 scenes over most of the land of the Earth. */
const COLUMNS = 125;
const ROWS = 80;
/** Degrees between the corners of neighbours, and how far a corner is off that. */
const STEP = { x: 2.6, y: 1.7 };
const JITTER = 0.4;
const SEED = 20_261_123;
const PIXELS = { width: 30, height: 20 };
const DEGREES_PER_PIXEL = 0.1;
/** Files written at a time. */
const TOGETHER = 200;

/** How many {@link writeManyRasters} writes. */
export const MANY = COLUMNS * ROWS;

/** Writes 10,000 small GeoTIFFs that overlap their neighbours, the same in every run; those that are there stay. */
export async function writeManyRasters(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length === MANY) return;
  const dice = new Dice(SEED);
  const specs = Array.from({ length: MANY }, (_, index) => {
    const west = -165 + (index % COLUMNS) * STEP.x + dice.between(-JITTER, JITTER);
    const north = 78 - Math.floor(index / COLUMNS) * STEP.y + dice.between(-JITTER, JITTER);
    return { name: `scene ${String(index).padStart(5, '0')}.tif`, origin: [west, north] as const };
  });
  for (let from = 0; from < specs.length; from += TOGETHER) {
    await Promise.all(
      specs.slice(from, from + TOGETHER).map(async ({ name, origin }) => {
        const bytes = makeGeoTiff({ ...PIXELS, origin, resolution: DEGREES_PER_PIXEL, epsg: 4326 });
        await writeFile(join(folder, name), bytes);
      }),
    );
  }
}
