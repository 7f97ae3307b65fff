import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { randomNumbers } from './measure.ts';

const run = promisify(execFile);

// Rasters as cameras make them: RGB of bytes, smooth waves under the noise of a sensor, 10 m in EPSG:32633, as COGs with
// DEFLATE, predictor 2, blocks of 512 and averaged overviews. Their pixels are the same in every run.

export const COG_RESOLUTION = 10;

/** Metres east and north, in EPSG:32633, of the top-left corner of the first raster. */
export const COG_ORIGIN = { x: 500_000, y: 5_600_000 } as const;

const CREATION = '-co COMPRESS=DEFLATE -co PREDICTOR=2 -co BLOCKSIZE=512 -co OVERVIEW_RESAMPLING=AVERAGE';

/** One raster: `col` and `row` are those of its first pixel, counted from {@link COG_ORIGIN}. */
export interface NoisyCog {
  readonly side: number;
  readonly col: number;
  readonly row: number;
}

/** Writes one raster with the system's `gdal_translate`. */
export async function writeNoisyCog(path: string, { side, col, row }: NoisyCog): Promise<void> {
  const random = randomNumbers(20_261_123 + 7919 * (col / side) + row / side);
  const pixels = Buffer.alloc(side * side * 3);
  for (let at = 0, i = 0; at < pixels.length; at += 3, i += 1) {
    const light =
      110 + 60 * Math.sin((col + (i % side)) / 61) * Math.cos((row + Math.floor(i / side)) / 83) + 24 * random();
    pixels[at] = light;
    pixels[at + 1] = 0.9 * light + 12 * random();
    pixels[at + 2] = 0.7 * light + 16 * random();
  }
  const plain = `${path}.ppm`;
  await writeFile(plain, Buffer.concat([Buffer.from(`P6 ${side} ${side} 255\n`), pixels]));
  const [west, north] = [COG_ORIGIN.x + COG_RESOLUTION * col, COG_ORIGIN.y - COG_RESOLUTION * row];
  const corners = [west, north, west + COG_RESOLUTION * side, north - COG_RESOLUTION * side].join(' ');
  const args = `-q -of COG -a_srs EPSG:32633 -a_ullr ${corners} -colorinterp red,green,blue ${CREATION}`;
  await run('gdal_translate', [...args.split(' '), plain, path]);
  await rm(plain);
}

/** Writes a square of `across` x `across` rasters into a new folder. @returns their paths, row by row */
export async function writeCogSquare(folder: string, across: number, side: number): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const paths: string[] = [];
  for (let index = 0; index < across * across; index += 1) {
    const path = join(folder, `cog-${String(index).padStart(3, '0')}.tif`);
    await writeNoisyCog(path, { side, col: side * (index % across), row: side * Math.floor(index / across) });
    paths.push(path);
  }
  return paths;
}

/** The same pixels as one file, and as a VRT of the files, both made by GDAL. */
export async function mergeCogs(
  folder: string,
  paths: readonly string[],
): Promise<{ readonly merged: string; readonly vrt: string }> {
  const [merged, vrt] = [join(folder, 'merged.tif'), join(folder, 'merged.vrt')];
  await run('gdalbuildvrt', ['-q', vrt, ...paths]);
  await run('gdal_translate', ['-q', '-of', 'COG', ...CREATION.split(' '), vrt, merged]);
  return { merged, vrt };
}
