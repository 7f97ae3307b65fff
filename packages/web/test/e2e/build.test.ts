import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { makeGeoTiff, startRangeServer } from '@inlay/testing';
import type { Browser, Page } from 'playwright-core';
import { type App, startApp } from './app.ts';
import { startChromium } from './chromium.ts';
import { earthAt, PLACES } from './earth.ts';
import { mapIsStill, takePicture, visit } from './journey.ts';
import { seriousIssues } from './serious-issues.ts';

// From rasters to a mosaic on the map, what is refused on the way, and what is given up.

const titles = (page: Page): Promise<string[]> =>
  page
    .getByRole('list', { name: /^Sources/ })
    .locator('li span.truncate.font-medium')
    .allInnerTexts();

describe('building a virtual raster', () => {
  let browser: Browser | null = null;
  let app: App;
  /** Has two of the rasters, and answers nothing while it is told to, so that builds hang. */
  let files: Awaited<ReturnType<typeof startRangeServer>>;

  before(async () => {
    const slow = (west: number) =>
      makeGeoTiff({ width: 8, height: 8, origin: [west, 40], resolution: 0.5, epsg: 4326 });
    files = await startRangeServer({ 'slow-a.tif': slow(14), 'slow-b.tif': slow(18) });
    app = await startApp({ sourceRoots: [files.url] });
    const { job_id: registration } = await app.admin.registerRasters({
      hrefs: ['a', 'b'].map((name) => `${files.url}/slow-${name}.tif`),
    });
    await app.admin.waitForJob(registration);
    for (const [title, place] of Object.entries(PLACES)) await app.addRaster(await earthAt(place), { title });
    const utm = makeGeoTiff({
      width: 64,
      height: 64,
      bands: 3,
      origin: [300_000, 4_700_000],
      resolution: 9000,
      epsg: 32634,
      value: (col, row) => (col + row) % 256,
    });
    await app.addRaster(utm, { title: 'The Aegean in metres' });
  });
  after(async () => {
    await browser?.close();
    files.fault = null;
    await app.close();
    await files.close();
  });

  it('begins with what the map or the list offers, shows the plan while one chooses, and ends at the mosaic', async (t) => {
    browser ??= await startChromium(t);
    if (browser === null) return;
    const { page, complaints, close } = await visit(browser, app, { isSignedIn: true });
    await page.getByRole('link', { name: 'Build a virtual raster' }).click();
    await page.getByText('Choose at least two sources').waitFor();
    await page.getByRole('button', { name: 'Add all 7' }).waitFor();
    assert.deepEqual(await seriousIssues(page), []);

    await page.getByRole('searchbox', { name: 'Find rasters by title or summary' }).fill('the');
    await page.getByRole('button', { name: 'Add all 4 matching' }).click();
    await page.getByText('1 source of 4 refused').waitFor();
    await page.getByRole('searchbox', { name: 'Find rasters by title or summary' }).fill('');
    await page.getByRole('button', { name: /^The Aegean in metres/ }).click();
    await page.getByRole('button', { name: /^Libya/ }).click();
    await page.getByText('4 sources fit together').waitFor();

    await page.getByRole('tab', { name: 'Sources 4' }).click();
    assert.deepEqual(await titles(page), [
      'Libya',
      'The Nile and the Red Sea',
      'Anatolia and the Black Sea',
      'Italy and the Balkans',
    ]);
    const plan = page.getByRole('region', { name: 'Plan' });
    assert.match(await plan.innerText(), /440.×.383 px[^]*3 × Byte[^]*EPSG:4326[^]*% covered/);
    await page.getByText('The top row lies on top').waitFor();
    await page.getByRole('list', { name: 'Legend' }).getByText('Several sources').waitFor();

    await page.getByRole('button', { name: /^Libya, 1 of 4/ }).focus();
    await page.keyboard.press('Alt+ArrowDown');
    assert.deepEqual((await titles(page)).slice(0, 2), ['The Nile and the Red Sea', 'Libya']);
    await page.keyboard.press('Delete');
    await page.getByRole('tab', { name: 'Sources 3' }).waitFor();
    await page.getByRole('status').getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('tab', { name: 'Sources 4' }).waitFor();
    assert.deepEqual((await titles(page)).slice(0, 2), ['The Nile and the Red Sea', 'Libya']);
    await page.getByText('4 sources fit together').waitFor();
    assert.deepEqual(await seriousIssues(page), []);
    await page.getByRole('button', { name: 'Show all sources' }).click();
    await page.waitForTimeout(700);
    await mapIsStill(page);
    await takePicture(page, 'build', t);

    await page.reload();
    await page.getByRole('tab', { name: 'Sources 4' }).waitFor();
    await page.getByLabel('Title').fill('The eastern Mediterranean');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.waitForURL(/\/datasets\//, { timeout: 60_000 });
    await page.getByRole('heading', { name: 'The eastern Mediterranean' }).waitFor();
    const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    const { sources } = await app.admin.listVrtSources(id);
    assert.deepEqual(
      sources.map(({ title }) => title),
      ['Italy and the Balkans', 'Anatolia and the Black Sea', 'Libya', 'The Nile and the Red Sea'],
    );
    assert.deepEqual(complaints, []);
    await close();
  });

  it('is refused a source in another CRS, says so at its row and on the map, and cures it with a button', async (t) => {
    browser ??= await startChromium(t);
    if (browser === null) return;
    const { page, complaints, close } = await visit(browser, app, { isSignedIn: true });
    await page.goto('/build');
    for (const name of [/^Libya/, /^The Nile/, /^The Aegean/]) await page.getByRole('button', { name }).click();
    await page.getByRole('tab', { name: 'Sources 3' }).click();
    const row = page
      .getByRole('list', { name: /^Sources/ })
      .getByRole('listitem')
      .filter({ hasText: 'The Aegean' });
    await row.getByText('Refused').waitFor();
    await row.getByText('Is EPSG:32634, the mosaic is EPSG:4326').waitFor();
    await page.getByRole('list', { name: 'Legend' }).getByText('Refused').waitFor();
    await page.getByRole('button', { name: 'Show all sources' }).click();
    await page.waitForTimeout(700);
    await mapIsStill(page);
    assert.deepEqual(await seriousIssues(page), []);
    await takePicture(page, 'build-refused', t);
    assert.equal(await page.getByRole('button', { name: 'Create' }).isDisabled(), true);

    await page.getByRole('list', { name: 'Problems' }).getByRole('button', { name: 'Reproject to EPSG:4326' }).click();
    await page.getByText('3 sources fit together').waitFor();
    assert.equal(await row.getByText('Refused').count(), 0);
    await page.waitForURL(/crs=EPSG:4326/);
    await page.getByRole('tab', { name: 'Settings' }).click();
    assert.equal(await page.getByLabel('CRS', { exact: true }).inputValue(), 'EPSG:4326');

    await page.getByLabel('Bounds').fill('5, 20');
    await page.getByText('An option cannot be read').first().waitFor();
    await page.getByLabel('Bounds').fill('100, 0, 110, 10');
    await page.getByText('None of the sources lies within').first().waitFor();
    assert.deepEqual(await seriousIssues(page), []);
    await page.getByRole('button', { name: 'Take all of the sources' }).click();
    await page.getByText('3 sources fit together').waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });

  it('asks before it shows pixels to people who may not see the sources', async (t) => {
    browser ??= await startChromium(t);
    if (browser === null) return;
    const { page, close } = await visit(browser, app, { isSignedIn: true });
    await page.goto('/build?visibility=public');
    for (const name of [/^Libya/, /^The Nile/]) await page.getByRole('button', { name }).click();
    await page.getByRole('button', { name: 'Share their pixels' }).click();
    await page.getByText('2 sources fit together').waitFor();
    assert.doesNotMatch(page.url(), /confirm/);
    await page.getByRole('button', { name: 'Create' }).click();
    await page.waitForURL(/\/datasets\//, { timeout: 60_000 });
    const { visibility } = await app.admin.getDataset(new URL(page.url()).pathname.split('/').at(-1) ?? '');
    assert.equal(visibility, 'public');
    await close();
  });

  it('is given up with a click, and the draft is still there', async (t) => {
    browser ??= await startChromium(t);
    if (browser === null) return;
    const { page, complaints, close } = await visit(browser, app, { isSignedIn: true });
    // The build asks whether its sources are as they were, and hears nothing.
    files.fault = { kind: 'silence' };
    await page.goto('/build');
    for (const name of [/^slow-a/, /^slow-b/]) await page.getByRole('button', { name }).click();
    await page.getByText('2 sources fit together').waitFor();
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { name: 'Building' }).waitFor();
    await page.getByRole('list', { name: 'Steps' }).getByRole('listitem').last().waitFor();
    assert.deepEqual(await seriousIssues(page), []);
    await takePicture(page, 'build-progress', t);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('Nothing was built').waitFor();
    assert.deepEqual(await seriousIssues(page), []);
    await page.getByRole('button', { name: 'Back to the draft' }).click();
    await page.getByText('2 sources fit together').waitFor();
    files.fault = null;
    assert.deepEqual(complaints, []);
    await close();
  });

  it('keeps the draft through a lost connection and a session that ends', async (t) => {
    browser ??= await startChromium(t);
    if (browser === null) return;
    const { page, context, close } = await visit(browser, app, { isSignedIn: true });
    await page.goto('/build');
    for (const name of [/^Libya/, /^The Nile/]) await page.getByRole('button', { name }).click();
    await page.getByText('2 sources fit together').waitFor();

    await context.setOffline(true);
    await page.getByRole('button', { name: /^Anatolia/ }).click();
    await page.getByText('What you have chosen is kept').waitFor();
    assert.deepEqual(await seriousIssues(page), []);
    await context.setOffline(false);
    await page.getByText('3 sources fit together').waitFor({ timeout: 20_000 });

    await context.clearCookies();
    await page.getByRole('button', { name: /^Italy/ }).click();
    await page.getByRole('button', { name: 'Sign in again' }).click();
    await page.waitForURL(/\/sign-in/);
    const back = new URL(page.url()).searchParams.get('to') ?? '';
    await page.goto(await app.signInPath());
    await page.waitForURL((url) => url.pathname === '/');
    await page.goto(back);
    await page.getByText('4 sources fit together').waitFor();
    await close();
  });

  for (const theme of ['light', 'dark'] as const) {
    it(`can be used by everyone on a telephone, ${theme}`, async (t) => {
      browser ??= await startChromium(t);
      if (browser === null) return;
      const { page, close } = await visit(browser, app, { isSignedIn: true, theme, size: { width: 390, height: 844 } });
      await page.goto('/build');
      for (const name of [/^Libya/, /^The Aegean/]) await page.getByRole('button', { name }).click();
      await page.getByText('1 source of 2 refused').waitFor();
      assert.deepEqual(await seriousIssues(page), []);
      await page.getByRole('tab', { name: 'Sources 2' }).click();
      await page.getByRole('tab', { name: 'Plan' }).click();
      await page
        .getByRole('button', { name: /^Reproject/ })
        .first()
        .waitFor();
      assert.deepEqual(await seriousIssues(page), []);
      await page.getByRole('tab', { name: 'Settings' }).click();
      await page.getByText('Advanced options').click();
      assert.deepEqual(await seriousIssues(page), []);
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0);
      await close();
    });
  }
});
