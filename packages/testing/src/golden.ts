import assert from 'node:assert/strict';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

/**
 * Asserts that a picture is, pixel by pixel, the one that was looked at and kept in a folder under a name. `GOLDEN=update`
 * keeps it instead; a mismatch leaves the picture and the difference in a temporary folder and says where.
 */
export async function assertGolden(folder: URL, name: string, png: Uint8Array): Promise<void> {
  const path = fileURLToPath(new URL(`${name}.png`, folder));
  if (process.env['GOLDEN'] === 'update') {
    await writeFile(path, png);
    return;
  }
  const [actual, expected] = [await rgba(png), await rgba(await readFile(path))];
  assert.deepEqual([actual.width, actual.height], [expected.width, expected.height], `the size of ${name}`);
  const difference = actual.data.map((value, i) => Math.abs(value - expected.data[i]!));
  const different = difference.reduce((count, value) => count + (value > 0 ? 1 : 0), 0);
  if (different === 0) return;
  const remains = await mkdtemp(join(tmpdir(), 'inlay-golden-'));
  await writeFile(join(remains, `${name}.png`), png);
  const visible = difference.map((value, i) => (i % 4 === 3 ? 255 : Math.min(255, 8 * value)));
  await sharp(visible, { raw: { width: actual.width, height: actual.height, channels: 4 } }).toFile(
    join(remains, `${name}.difference.png`),
  );
  assert.fail(`${name} differs in ${different} samples; see ${remains} beside ${path}`);
}

async function rgba(png: Uint8Array): Promise<{ data: Uint8Array; width: number; height: number }> {
  const { data, info } = await sharp(png)
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data: new Uint8Array(data), width: info.width, height: info.height };
}
