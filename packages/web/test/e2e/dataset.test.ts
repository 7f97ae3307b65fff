import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Job } from '@inlay/contract';
import type { Browser, Page } from 'playwright-core';
import { makeGeoTiff } from '@inlay/testing';
import { type App, startApp } from './app.ts';
import { startChromium } from './chromium.ts';
import { earthAt, PLACES } from './earth.ts';
import { mapIsStill, takePicture, visit } from './journey.ts';
import { seriousIssues } from './serious-issues.ts';

// A dataset's page: how it is shown, what its pixels say, and how a virtual raster is changed and changed back.

const titles = (page: Page): Promise<string[]> =>
  page
    .getByRole('list', { name: /^Sources/ })
    .locator('li span.truncate.font-medium')
    .allInnerTexts();

describe('the page of a dataset', () => {
  let browser: Browser | null = null;
  let app: App;
  const ids = new Map<string, string>();
  let mosaic = '';
  let heights = '';
  before(async () => {
    app = await startApp();
    for (const [title, place] of Object.entries(PLACES)) {
      ids.set(title, await app.addRaster(await earthAt(place), { title }));
    }
    const sources = ['Italy and the Balkans', 'Libya', 'Anatolia and the Black Sea'].map(
      (title) => ids.get(title) ?? '',
    );
    const { job_id: job } = await app.admin.createVrt({
      title: 'The eastern Mediterranean',
      vrt_type: 'mosaic',
      resolution_strategy: 'finest',
      source_dataset_ids: sources,
    });
    mosaic = (await app.admin.waitForJob(job)).dataset_id ?? '';
    const hills = makeGeoTiff({
      width: 128,
      height: 128,
      dataType: 'Float32',
      origin: [10, 48],
      resolution: 0.01,
      epsg: 4326,
      value: (col, row) => 1500 + 900 * Math.sin(col / 14) * Math.cos(row / 17) + 3 * row,
    });
    heights = await app.addRaster(hills, { title: 'Hills' });
  });
  after(async () => {
    await browser?.close();
    await app.close();
  });

  it('shows a mosaic, changes its sources as one build, and serves the former build again', async (t) => {
    browser ??= await startChromium(t);
    if (browser === null) return;
    const { page, complaints, close } = await visit(browser, app, { isSignedIn: true });
    await page.goto(`/datasets/${mosaic}`);
    await page.getByRole('heading', { name: 'The eastern Mediterranean' }).waitFor();
    await mapIsStill(page);
    await page.getByRole('slider', { name: 'Value that becomes black' }).waitFor();
    assert.deepEqual(await seriousIssues(page), []);
    await takePicture(page, 'dataset', t);

    await page.getByRole('tab', { name: 'Sources 3' }).click();
    await page.getByRole('button', { name: /^Libya, 2 of 3/ }).waitFor();
    assert.deepEqual(await titles(page), ['Anatolia and the Black Sea', 'Libya', 'Italy and the Balkans']);
    await page.getByRole('button', { name: 'Remove Libya' }).click();
    await page.getByText('1 source removed.').waitFor();
    await page.getByRole('button', { name: 'Put it back' }).click();
    assert.deepEqual(await titles(page), ['Anatolia and the Black Sea', 'Libya', 'Italy and the Balkans']);
    assert.equal(await page.getByRole('group', { name: 'Changes' }).count(), 0);

    await page.getByRole('button', { name: 'Remove Libya' }).click();
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('button', { name: 'Add The Nile and the Red Sea' }).click();
    await page.getByRole('button', { name: /^The Nile and the Red Sea, 1 of 3/ }).focus();
    await page.keyboard.press('Alt+ArrowDown');
    await page.getByText('1 source added, 1 source removed.').waitFor();
    assert.deepEqual(await seriousIssues(page), []);
    await takePicture(page, 'dataset-sources', t);
    await page.getByRole('button', { name: 'Build with these' }).click();
    await page.getByRole('group', { name: 'Changes' }).waitFor({ state: 'detached', timeout: 60_000 });
    await page.getByRole('region', { name: 'New build' }).waitFor({ state: 'detached', timeout: 60_000 });
    const { sources } = await app.admin.listVrtSources(mosaic);
    assert.deepEqual(
      sources.map(({ title }) => title),
      ['Italy and the Balkans', 'The Nile and the Red Sea', 'Anatolia and the Black Sea'],
    );

    await page.getByRole('tab', { name: 'History' }).click();
    await page.getByRole('button', { name: 'Serve again: build 1' }).click();
    await page.getByRole('button', { name: 'Serve again: build 2' }).waitFor();
    assert.deepEqual(await seriousIssues(page), []);
    await takePicture(page, 'dataset-history', t);
    const { sources: former } = await app.admin.listVrtSources(mosaic);
    assert.deepEqual(
      former.map(({ title }) => title),
      ['Italy and the Balkans', 'Libya', 'Anatolia and the Black Sea'],
    );
    assert.deepEqual(complaints, []);
    await close();
  });

  it('keeps how it is shown in the URL, and nothing while that is the server’s choice', async (t) => {
    browser ??= await startChromium(t);
    if (browser === null) return;
    const { page, complaints, close } = await visit(browser, app, { isSignedIn: true });
    await page.goto(`/datasets/${heights}`);
    const black = page.getByRole('slider', { name: 'Value that becomes black' });
    await black.waitFor();
    assert.equal(new URL(page.url()).searchParams.has('rescale'), false);
    const before = Number(await black.getAttribute('aria-valuenow'));
    await black.focus();
    await page.keyboard.press('Shift+ArrowRight');
    await page.waitForURL(/rescale=/);
    assert.ok(Number(await black.getAttribute('aria-valuenow')) > before);
    await page.getByLabel('Colours', { exact: true }).selectOption('terrain');
    await page.waitForURL(/colormap_name=terrain/);
    await page.getByRole('img', { name: /^Colours from/ }).waitFor();
    await page.getByLabel('Values at').fill('10.505, 47.495');
    await page.getByRole('button', { name: 'Read' }).click();
    const values = page.getByRole('region', { name: 'Values at a place' });
    await values.getByText('47.49500° N 10.50500° E').waitFor();
    await values.getByText('Band 1').waitFor();
    // 1500 + 900 sin(50 / 14) cos(50 / 17) + 3 * 50: column and row 50.
    assert.match(await values.innerText(), /2017\.54$/);
    await mapIsStill(page);
    assert.deepEqual(await seriousIssues(page), []);
    await takePicture(page, 'dataset-values', t);
    const shown = page.url();
    await page.reload();
    await values.waitFor();
    assert.equal(page.url(), shown);
    assert.equal(await page.getByLabel('Colours', { exact: true }).inputValue(), 'terrain');
    await page.getByRole('button', { name: 'Show it as before' }).click();
    await page.waitForURL((url) => !url.searchParams.has('rescale') && !url.searchParams.has('colormap_name'));
    assert.deepEqual(complaints, []);
    await close();
  });

  it('names the source that the values of a mosaic come from', async (t) => {
    browser ??= await startChromium(t);
    if (browser === null) return;
    const { page, close } = await visit(browser, app, { isSignedIn: true });
    await page.goto(`/datasets/${mosaic}?at=10,45`);
    const values = page.getByRole('region', { name: 'Values at a place' });
    await values.getByRole('link', { name: 'Italy and the Balkans' }).click();
    await page.getByRole('heading', { name: 'Italy and the Balkans' }).waitFor();
    assert.equal(new URL(page.url()).pathname, `/datasets/${ids.get('Italy and the Balkans')}`);
    await close();
  });

  it('says what needs a raster that is to be deleted, and deletes what nothing needs', async (t) => {
    browser ??= await startChromium(t);
    if (browser === null) return;
    const { page, close } = await visit(browser, app, { isSignedIn: true });
    await page.goto(`/datasets/${ids.get('Libya')}?tab=access`);
    await page.getByRole('button', { name: 'Delete' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete for good' });
    assert.equal(await dialog.getByRole('button', { name: 'Delete' }).isDisabled(), true);
    await dialog.getByLabel('Title').fill('Libya');
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await dialog.getByRole('link', { name: 'The eastern Mediterranean' }).waitFor();
    assert.deepEqual(await seriousIssues(page), []);
    await dialog.getByRole('button', { name: 'Keep it' }).click();

    const id = await app.addRaster(makeGeoTiff({ width: 8, height: 8, origin: [0, 0], resolution: 1, epsg: 4326 }), {
      title: 'Not needed',
    });
    await page.goto(`/datasets/${id}?tab=access`);
    await page.getByRole('button', { name: 'Delete' }).click();
    await dialog.getByLabel('Title').fill('Not needed');
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await page.waitForURL((url) => url.pathname === '/');
    await assert.rejects(app.admin.getDataset(id), { name: 'ApiError', code: 'not_found' });
    await close();
  });

  it('is denied to a stranger while it is private, and opens to a colleague whom it is shared with', async (t) => {
    browser ??= await startChromium(t);
    if (browser === null) return;
    const id = ids.get('The Nile and the Red Sea') ?? '';
    const path = `/datasets/${id}`;
    await app.admin.createUser({ username: 'ada', password: 'a long password', role: 'viewer' });
    const colleague = await visit(browser, app);
    await colleague.page.goto(path);
    await colleague.page.getByText('There is nothing here that you can see').waitFor();
    await takePicture(colleague.page, 'dataset-denied', t);

    const owner = await visit(browser, app, { isSignedIn: true });
    await owner.page.goto(`${path}?tab=access`);
    await owner.page.getByLabel('Who sees it').selectOption('restricted');
    await owner.page.getByText('Now restricted.').waitFor();
    await owner.page.getByLabel('Name of a user').fill('ada');
    await owner.page.getByRole('button', { name: 'Share', exact: true }).click();
    await owner.page.getByRole('list', { name: 'People it is shared with' }).getByText('ada').waitFor();
    await owner.page.getByLabel('What the link is for').fill('for the mayor');
    await owner.page.getByRole('button', { name: 'Make a link' }).click();
    const link = await owner.page.getByLabel('Link for the mayor', { exact: true }).innerText();
    assert.deepEqual(await seriousIssues(owner.page), []);
    await mapIsStill(owner.page);
    await takePicture(owner.page, 'dataset-sharing', t);

    await colleague.page.goto('/sign-in');
    await colleague.page.getByLabel('User name').fill('ada');
    await colleague.page.getByLabel('Password').fill('a long password');
    await colleague.page.keyboard.press('Enter');
    await colleague.page.waitForURL((url) => url.pathname === '/');
    await colleague.page.goto(path);
    await colleague.page.getByRole('heading', { name: 'The Nile and the Red Sea' }).waitFor();
    assert.equal(await colleague.page.getByRole('button', { name: 'Edit title and summary' }).count(), 0);

    const { sig, exp } = Object.fromEntries(new URL(link).searchParams);
    const tiles = `${app.url}/api/datasets/${id}/tilejson.json?sig=${sig}&exp=${exp}`;
    assert.equal((await fetch(tiles)).status, 200);
    await owner.page.getByRole('button', { name: 'Revoke for the mayor' }).click();
    await owner.page.getByText('The link “for the mayor” is revoked.').waitFor({ state: 'detached', timeout: 20_000 });
    await owner.page.getByLabel('Link for the mayor', { exact: true }).waitFor({ state: 'detached' });
    const { shares } = await app.admin.listShares(id);
    assert.deepEqual(
      shares.map(({ name, revoked_at: at }) => [name, at !== null]),
      [['for the mayor', true]],
    );
    await colleague.close();
    await owner.close();
  });

  it('puts another file in the place of a raster’s', async (t) => {
    browser ??= await startChromium(t);
    if (browser === null) return;
    const of = (width: number) => makeGeoTiff({ width, height: 8, origin: [0, 0], resolution: 1, epsg: 4326 });
    const id = await app.addRaster(of(8), { title: 'To be replaced' });
    const { page, close } = await visit(browser, app, { isSignedIn: true });
    // What the server says of the job while it runs arrives after its events have told of its end.
    let isLateThere = Promise.resolve();
    await page.route(/\/api\/jobs\/[\w-]+$/, async (route) => {
      const job = (await (await route.fetch()).json()) as Job;
      isLateThere = delay(3000).then(async () => {
        await route.fulfill({ json: { ...job, status: 'running', completed_at: null } }).catch(() => {});
      });
      await isLateThere;
    });
    await page.goto(`/datasets/${id}?tab=files`);
    const file = { name: 'wider.tif', mimeType: 'image/tiff', buffer: Buffer.from(of(16)) };
    await page.getByLabel('Another file for this raster').setInputFiles(file);
    await page.getByText('Done', { exact: true }).waitFor({ timeout: 60_000 });
    await isLateThere;
    await page.waitForTimeout(200);
    assert.ok(await page.getByText('Done', { exact: true }).isVisible());
    await page.getByRole('tab', { name: 'Facts' }).click();
    await page
      .getByText(/^16\s×\s8 px$/)
      .first()
      .waitFor();
    assert.equal((await app.admin.getDataset(id)).raster?.width, 16);
    await close();
  });

  for (const theme of ['light', 'dark'] as const) {
    for (const size of [
      { width: 1024, height: 768 },
      { width: 390, height: 844 },
    ]) {
      it(`can be used by everyone on each of its tabs, ${theme}, ${size.width} pixels wide`, async (t) => {
        browser ??= await startChromium(t);
        if (browser === null) return;
        const { page, complaints, close } = await visit(browser, app, { theme, size, isSignedIn: true });
        for (const tab of ['', 'facts', 'sources', 'history', 'files', 'use', 'access']) {
          await page.goto(`/datasets/${mosaic}?tab=${tab}`);
          await page.getByRole('tabpanel').getByText(/\S/).first().waitFor();
          assert.deepEqual(await seriousIssues(page), [], tab);
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(overflow <= 0, `${tab} is ${overflow} pixels too wide`);
        }
        assert.deepEqual(complaints, []);
        await close();
      });
    }
  }
});
