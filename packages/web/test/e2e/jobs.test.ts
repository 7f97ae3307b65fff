import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeGeoTiff, startRangeServer } from '@inlay/testing';
import { startApp } from './app.ts';
import { startChromium } from './chromium.ts';
import { takePicture, visit } from './journey.ts';

// Jobs that hang are given up, and tried again when they may work.

void test('a registration that hangs is cancelled, and works when it is tried again', async (t) => {
  const browser = await startChromium(t);
  if (browser === null) return;
  const files = await startRangeServer({
    'slow.tif': makeGeoTiff({ width: 8, height: 8, origin: [10, 50], resolution: 0.1, epsg: 4326 }),
  });
  const app = await startApp({ sourceRoots: [files.url] });
  t.after(async () => {
    await browser.close();
    files.fault = null;
    await app.close();
    await files.close();
  });
  const { page, complaints } = await visit(browser, app, { isSignedIn: true });

  files.fault = { kind: 'silence' };
  await page.goto('/add?how=register');
  await page.getByRole('radio', { name: 'A list' }).click();
  await page.getByLabel('Paths or URLs').fill(`# one a line\n${files.url}/slow.tif\n`);
  await page.getByText('1 raster', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Register', exact: true }).click();
  await page.getByRole('progressbar').waitFor();

  await page.getByRole('link', { name: /1 job under way/ }).click();
  const job = page.getByRole('list', { name: 'Jobs' }).getByRole('listitem').first();
  await job.getByText('Running').waitFor();
  await takePicture(page, 'jobs', t);
  await job.getByRole('button', { name: 'Cancel' }).click();
  await job.getByText('Cancelled').waitFor();

  files.fault = null;
  await job.getByRole('button', { name: 'Try again' }).click();
  await job.getByText('Done').waitFor();
  await page.getByRole('link', { name: 'Inlay: the catalogue' }).click();
  await page.getByRole('heading', { name: '1 dataset', exact: true }).waitFor();
  await page.getByRole('link', { name: /slow/ }).waitFor();
  assert.deepEqual(complaints, []);
});
