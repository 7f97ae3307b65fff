import assert from 'node:assert/strict';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import type { Picture } from '@inlay/raster';
import { encodePng } from '@inlay/tiler';

const FOLDER = fileURLToPath(new URL('./golden/', import.meta.url));

/**
 * Asserts that a picture is, pixel by pixel, the one that was looked at and kept under a name. `GOLDEN=update` keeps it
 * instead; a mismatch leaves the picture and the difference in a temporary folder and says where.
 */
export async function assertGolden(name: string, picture: Picture): Promise<void> {
  const path = join(FOLDER, `${name}.png`);
  const png = await encodePng(picture);
  if (process.env['GOLDEN'] === 'update') {
    await writeFile(path, png);
    return;
  }
  const [actual, expected] = [await rgba(png), await rgba(await readFile(path))];
  assert.deepEqual([actual.width, actual.height], [expected.width, expected.height], `the size of ${name}`);
  const difference = actual.data.map((value, i) => Math.abs(value - expected.data[i]!));
  const different = difference.reduce((count, value) => count + (value > 0 ? 1 : 0), 0);
  if (different === 0) return;
  const folder = await mkdtemp(join(tmpdir(), 'inlay-golden-'));
  await writeFile(join(folder, `${name}.png`), png);
  const visible = difference.map((value, i) => (i % 4 === 3 ? 255 : Math.min(255, 8 * value)));
  await sharp(visible, { raw: { width: actual.width, height: actual.height, channels: 4 } }).toFile(
    join(folder, `${name}.difference.png`),
  );
  assert.fail(`${name} differs in ${different} samples; see ${folder} beside ${path}`);
}

async function rgba(png: Uint8Array): Promise<{ data: Uint8Array; width: number; height: number }> {
  const { data, info } = await sharp(png)
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data: new Uint8Array(data), width: info.width, height: info.height };
}
