import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeGeoTiff } from '@inlay/testing';
import { startApp } from './app.ts';
import { startChromium } from './chromium.ts';

const SIDE = 256;

/** Noise, waves, long runs of one colour, and rows that repeat the one above: all that a tile is packed by. */
function value(col: number, row: number, band: number): number {
  const part = Math.floor(row / 64);
  if (part === 0) return 1 + ((col * 7919 + row * 104_729 + band * 31 + ((col * row) % 251)) % 255);
  if (part === 1) return Math.round(128 + 100 * Math.sin(col / 40 + band) * Math.cos(row / 30));
  if (part === 2) return 40 * band + (col < 200 ? 0 : 5);
  return 1 + ((col * 3 + band) % 250);
}

/** Holes of all sizes, from a pixel to half a row. */
function isHole(col: number, row: number): boolean {
  return (col * row) % 17 === 3 || (row % 32 < 8 && col > 128);
}

const RASTERS = {
  'in three channels': { value },
  'in four channels': {
    nodata: 0,
    value: (col: number, row: number, band: number) => (isHole(col, row) ? 0 : value(col, row, band)),
  },
} as const;

void test('a browser shows the very pixels of a raster that a tile is made of', async (t) => {
  const browser = await startChromium(t);
  if (browser === null) return;
  const app = await startApp();
  t.after(async () => {
    await browser.close();
    await app.close();
  });
  for (const [name, spec] of Object.entries(RASTERS)) {
    const bytes = makeGeoTiff({
      width: SIDE,
      height: SIDE,
      origin: [500_000, 5_600_000],
      resolution: 10,
      epsg: 32633,
      bands: 3,
      ...spec,
    });
    const id = await app.addRaster(new Uint8Array(bytes), { title: name, visibility: 'public' });
    const page = await browser.newPage();
    await page.goto(`${app.url}/api/datasets/${id}/tiles/native/0/0/0.png`);
    const { width, height, pixels } = await page.evaluate(async () => {
      const answer = await fetch(document.location.href);
      const image = await createImageBitmap(await answer.blob(), { colorSpaceConversion: 'none' });
      const canvas = new OffscreenCanvas(image.width, image.height);
      const context = canvas.getContext('2d')!;
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, image.width, image.height);
      return { width: image.width, height: image.height, pixels: Array.from(data) };
    });
    await page.close();
    assert.deepEqual([width, height], [SIDE, SIDE], name);
    for (let at = 0; at < pixels.length; at += 1) {
      const [col, row, channel] = [(at >> 2) % SIDE, Math.floor((at >> 2) / SIDE), at % 4];
      const hole = name === 'in four channels' && isHole(col, row);
      const expected = hole ? 0 : channel === 3 ? 255 : value(col, row, channel + 1);
      if (pixels[at] !== expected)
        assert.fail(`${name}: channel ${channel} at ${col},${row} is ${pixels[at]}, not ${expected}`);
    }
  }
});
