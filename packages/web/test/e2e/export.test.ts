import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { startApp } from './app.ts';
import { startChromium } from './chromium.ts';
import { earthAt } from './earth.ts';
import { mapIsStill, takePicture, visit } from './journey.ts';
import { seriousIssues } from './serious-issues.ts';

test('a part of a raster is drawn on the map, exported in another CRS and downloaded', async (t) => {
  const browser = await startChromium(t);
  if (browser === null) return;
  const app = await startApp();
  t.after(async () => {
    await browser.close();
    await app.close();
  });
  const id = await app.addRaster(await earthAt({ west: 5, north: 50, size: 224 }), { title: 'Italy' });
  const { page, complaints } = await visit(browser, app, { isSignedIn: true });
  await page.goto(`/datasets/${id}?tab=files`);
  const outcome = page.getByLabel('What it will be');
  await outcome.getByText('Its own pixels, bit for bit.').waitFor();
  await outcome.getByText('224 × 224 px, 3 × Byte, EPSG:4326').waitFor();
  await mapIsStill(page);

  await page.getByRole('radio', { name: 'A box' }).click();
  await page.getByRole('button', { name: 'Draw on the map' }).click();
  const map = await page.getByRole('region', { name: 'Map', exact: true }).boundingBox();
  assert.ok(map !== null);
  const [x, y] = [map.x + map.width / 2, map.y + map.height / 2];
  await page.mouse.move(x - 120, y - 90);
  await page.mouse.down();
  await page.mouse.move(x + 120, y + 90, { steps: 4 });
  await page.mouse.up();
  await page.waitForURL(/clip=/);
  const drawn = new URL(page.url()).searchParams.get('clip');
  assert.equal(await page.getByLabel('Bounds', { exact: true }).inputValue(), drawn);

  await page.getByLabel('CRS').fill('3857');
  await page.getByLabel('Pixel size').fill('0.01');
  await page.getByText(/at most \d+ are exported/).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Export', exact: true }).isDisabled(), true);
  await page.getByLabel('Pixel size').fill('20000');
  await outcome.getByText('Pixels are computed.').waitFor();
  await outcome.getByText('3 × Byte, EPSG:3857').waitFor();
  const size = /^(\d+)\s×\s(\d+) px/.exec(await outcome.innerText());
  assert.deepEqual(await seriousIssues(page), []);
  await mapIsStill(page);
  await takePicture(page, 'dataset-export', t);

  await page.getByRole('button', { name: 'Export', exact: true }).click();
  const exports = page.getByRole('list', { name: 'Exports' });
  const link = exports.getByRole('link', { name: 'Download' });
  await link.waitFor({ timeout: 60_000 });
  const arriving = page.waitForEvent('download');
  await link.click();
  const download = await arriving;
  assert.equal(download.suggestedFilename(), 'Italy.tif');
  const bytes = await readFile(await download.path());
  assert.equal(bytes.subarray(0, 2).toString(), 'II');
  // ImageWidth and ImageLength of the first directory (TIFF 6.0, tags 256 and 257), each one number.
  assert.deepEqual(firstDirectory(bytes), [Number(size?.[1]), Number(size?.[2])]);

  await page.getByRole('link', { name: 'Jobs' }).click();
  await page.getByRole('list', { name: 'Jobs' }).getByText('Export', { exact: true }).waitFor();
  assert.deepEqual(
    complaints.filter((text) => !/status of 422/.test(text)),
    [],
  );
});

/** Width and height that a little-endian TIFF's first directory tells. */
function firstDirectory(bytes: Buffer): [number, number] {
  const at = bytes.readUInt32LE(4);
  const tags = new Map<number, number>();
  for (let entry = 0; entry < bytes.readUInt16LE(at); entry += 1) {
    const place = at + 2 + 12 * entry;
    const isShort = bytes.readUInt16LE(place + 2) === 3;
    tags.set(bytes.readUInt16LE(place), isShort ? bytes.readUInt16LE(place + 8) : bytes.readUInt32LE(place + 8));
  }
  return [tags.get(256) ?? 0, tags.get(257) ?? 0];
}
