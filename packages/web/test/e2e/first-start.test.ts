import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startApp } from './app.ts';
import { startChromium } from './chromium.ts';
import { earthAt, PLACES } from './earth.ts';
import { mapIsStill, takePicture, visit } from './journey.ts';

// From the first start to rasters on the map.

void test('a first visitor signs in by the link, adds rasters and sees them on the map', async (t) => {
  const browser = await startChromium(t);
  if (browser === null) return;
  const app = await startApp();
  const folder = await mkdtemp(join(tmpdir(), 'inlay-web-'));
  t.after(async () => {
    await browser.close();
    await app.close();
    await rm(folder, { recursive: true, force: true });
  });
  const { page, complaints } = await visit(browser, app);

  await page.goto('/');
  await page.getByText('Nothing to see yet').waitFor();
  const link = await app.signInPath();
  await page.goto(link);
  await page.getByText('The catalogue is empty').waitFor();
  assert.equal(new URL(page.url()).hash, '', 'the code is not kept in the address');
  assert.equal((await page.context().cookies()).find(({ name }) => name === 'inlay_session')?.httpOnly, true);

  await page.reload();
  await page.getByText('The catalogue is empty').waitFor();

  await page.getByRole('main').getByRole('link', { name: 'Add rasters' }).click();
  const files: string[] = [];
  for (const [name, place] of Object.entries(PLACES)) {
    files.push(join(folder, `${name}.tif`));
    await writeFile(files.at(-1) ?? '', await earthAt(place));
  }
  const broken = join(folder, 'notes.tif');
  await writeFile(broken, 'These are no pixels.');
  await page.locator('input[type=file]').setInputFiles([...files, broken]);

  const list = page.getByRole('list', { name: 'Files' });
  const add = page.getByRole('button', { name: 'Add 4 rasters' });
  await add.waitFor();
  const refused = list.getByRole('listitem').filter({ hasText: 'notes.tif' });
  await refused.getByText('cannot be used').waitFor();
  assert.match(await refused.getByRole('alert').innerText(), /\w/);
  const first = list.getByRole('listitem').filter({ hasText: 'Libya' });
  assert.match(await first.innerText(), /200.×.200\s+3 × Byte\s+EPSG:4326/);
  await mapIsStill(page);
  await takePicture(page, 'add', t);

  await page.getByLabel('Who may see them').selectOption('public');
  await add.click();
  await list.getByText('in the catalogue').nth(3).waitFor({ timeout: 60_000 });

  await page.getByRole('link', { name: 'Inlay: the catalogue' }).click();
  await page.getByRole('heading', { name: '4 datasets' }).waitFor();
  await page.getByRole('link', { name: /Libya/ }).waitFor();
  await mapIsStill(page);
  await takePicture(page, 'catalogue', t);

  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('link', { name: 'Sign in' }).waitFor();
  await page.getByRole('heading', { name: '4 datasets' }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'Add rasters' }).count(), 0);

  await page.goto(link);
  await page.getByText('This link does not work any more').waitFor();
  // The refusals of the broken file and of the used link are the only things the browser has to say.
  assert.deepEqual(
    complaints.filter((text) => !/status of (422|401)/.test(text)),
    [],
  );
});
