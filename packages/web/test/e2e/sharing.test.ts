import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { type App, startApp } from './app.ts';
import { startChromium } from './chromium.ts';
import { earthAt, PLACES } from './earth.ts';
import { mapIsStill, takePicture, visit } from './journey.ts';
import { seriousIssues } from './serious-issues.ts';

// What others see of a dataset, and do with it: by a link, by a grant, and where sources are hidden from them.

const PASSWORD = 'a long password';

describe('a dataset that is shared', () => {
  let browser: Browser | null = null;
  let app: App;
  let mosaic = '';
  const sources: string[] = [];
  before(async () => {
    app = await startApp();
    for (const [title, place] of Object.entries(PLACES).slice(0, 3)) {
      sources.push(await app.addRaster(await earthAt(place), { title }));
    }
    const { job_id: job } = await app.admin.createVrt({
      title: 'Around the sea',
      vrt_type: 'mosaic',
      resolution_strategy: 'finest',
      source_dataset_ids: sources,
    });
    mosaic = (await app.admin.waitForJob(job)).dataset_id ?? '';
    await app.admin.createUser({ username: 'ada', password: PASSWORD, role: 'editor' });
  });
  after(async () => {
    await browser?.close();
    await app.close();
  });

  const signInAs = async (username: string) => {
    const one = await visit(browser as Browser, app);
    await one.page.goto('/sign-in');
    await one.page.getByLabel('User name').fill(username);
    await one.page.getByLabel('Password').fill(PASSWORD);
    await one.page.keyboard.press('Enter');
    await one.page.waitForURL((url) => url.pathname === '/');
    return one;
  };

  it('opens to whoever holds the link, without an account, with nothing that would need one', async (t) => {
    browser ??= await startChromium(t);
    if (browser === null) return;
    const { url, id: shareId } = await app.admin.createShare(mosaic, { name: 'for the mayor', downloads: true });
    const { page, complaints, close } = await visit(browser, app);
    // Where such links led before.
    await page.goto(url.replace('/datasets/', '/view/'));
    await page.getByRole('heading', { name: 'Around the sea' }).waitFor();
    assert.equal(new URL(page.url()).pathname, `/datasets/${mosaic}`);
    await page.getByRole('slider', { name: 'Value that becomes black' }).waitFor();
    await mapIsStill(page);
    assert.deepEqual(await page.getByRole('tab').allInnerTexts(), ['Picture', 'Facts', 'Files', 'Use']);
    await page.getByLabel('Values at').fill('10, 45');
    await page.getByRole('button', { name: 'Read' }).click();
    const values = page.getByRole('region', { name: 'Values at a place' });
    await values.getByText('From Italy and the Balkans').waitFor();
    // The link opens the mosaic, and not that raster.
    assert.equal(await values.getByRole('link').count(), 0);
    assert.deepEqual(await seriousIssues(page), []);
    await takePicture(page, 'dataset-link', t);

    await page.getByRole('tab', { name: 'Files' }).click();
    const arriving = page.waitForEvent('download');
    await page.getByRole('link', { name: 'VRT', exact: true }).click();
    assert.match((await arriving).suggestedFilename(), /\.vrt$/);
    assert.equal(await page.getByRole('button', { name: 'Export' }).count(), 0);
    assert.deepEqual(complaints, []);

    await app.admin.revokeShare(mosaic, shareId);
    await page.reload();
    await page.getByText('This link does not work any more').waitFor();
    assert.deepEqual(await seriousIssues(page), []);
    await close();
  });

  it('is changed by a colleague to whom that was granted, and not decided on', async (t) => {
    browser ??= await startChromium(t);
    if (browser === null) return;
    await app.admin.patchDataset(mosaic, { visibility: 'restricted' });
    await app.admin.putGrant(mosaic, { user: 'ada', level: 'edit', confirm_public_sources: true });
    const { page, complaints, close } = await signInAs('ada');
    await page.goto(`/datasets/${mosaic}`);
    await page.getByRole('button', { name: 'Edit title and summary' }).click();
    await page.getByLabel('Title').fill('The sea and around it');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'The sea and around it' }).waitFor();

    await page.getByRole('tab', { name: 'Access' }).click();
    await page.getByText('You may change what it is called and what it is made of').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Delete' }).count(), 0);
    assert.deepEqual(await seriousIssues(page), []);

    await page.getByRole('tab', { name: /^Sources/ }).click();
    await page.getByText('3 sources of it are not shown to you').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Add', exact: true }).isDisabled(), true);
    await page.getByRole('button', { name: 'Build with other options' }).click();
    const dialog = page.getByRole('dialog', { name: 'Build with other options' });
    await dialog.getByLabel('CRS').fill('EPSG:999999');
    await dialog.getByRole('button', { name: 'Build anew' }).click();
    await dialog.locator('[aria-invalid="true"]').waitFor();
    assert.deepEqual(await seriousIssues(page), []);
    await takePicture(page, 'dataset-rebuild', t);
    await dialog.getByLabel('CRS').fill('EPSG:3857');
    await dialog.getByRole('button', { name: 'Build anew' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('region', { name: 'New build' }).waitFor({ state: 'detached', timeout: 60_000 });
    await page.getByRole('tab', { name: 'History' }).click();
    await page.getByText('Build 2: built anew').waitFor();
    await page.getByRole('button', { name: 'Serve again: build 1' }).waitFor();
    assert.equal((await app.admin.getDataset(mosaic)).raster?.epsg, 3857);
    assert.deepEqual(
      complaints.filter((text) => !/status of 422/.test(text)),
      [],
    );
    await close();
  });
});
