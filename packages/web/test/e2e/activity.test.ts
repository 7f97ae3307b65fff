import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeGeoTiff } from '@inlay/testing';
import { startApp } from './app.ts';
import { startChromium } from './chromium.ts';
import { visit } from './journey.ts';
import { seriousIssues } from './serious-issues.ts';

test('an administrator finds out who did what: in the log, narrowed down, and at a dataset', async (t) => {
  const browser = await startChromium(t);
  if (browser === null) return;
  const app = await startApp();
  t.after(async () => {
    await browser.close();
    await app.close();
  });
  const bytes = makeGeoTiff({ width: 8, height: 8, origin: [10, 50], resolution: 0.1, epsg: 4326 });
  const id = await app.addRaster(bytes, { title: 'Alps' });
  await app.admin.patchDataset(id, { visibility: 'internal' });
  for (let index = 0; index < 55; index += 1) await app.admin.patchDataset(id, { summary: `draft ${index}` });
  const ada = await app.admin.createUser({ username: 'ada', password: 'a long password', role: 'viewer' });

  const { page, complaints } = await visit(browser, app, { isSignedIn: true });
  await page.goto('/');
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Activity' }).click();
  const entries = page.getByRole('list', { name: 'Activity, latest first' }).getByRole('listitem');
  await entries.filter({ hasText: 'User added' }).getByText('ada').waitFor();
  await entries.filter({ hasText: 'summary: draft 53 → draft 54' }).getByRole('link', { name: 'Alps' }).waitFor();
  assert.equal(await entries.filter({ hasText: 'Dataset added' }).count(), 0);
  await page.getByRole('button', { name: 'Show more' }).click();
  await entries.filter({ hasText: 'Dataset added' }).waitFor();
  await entries.filter({ hasText: 'visibility: private → internal' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Show more' }).count(), 0);

  await page.getByLabel('What').selectOption('Dataset added');
  await page.waitForURL(/action=dataset\.create/);
  await page.waitForFunction(() => document.querySelectorAll('main ol li').length === 1);
  await page.getByLabel('Who').selectOption('ada');
  await page.waitForURL((url) => url.searchParams.get('user') === ada.id);
  await page.getByText('None of these').waitFor();
  await page.getByRole('button', { name: 'Show everything' }).click();
  await entries.filter({ hasText: 'User added' }).waitFor();

  await entries.getByRole('link', { name: 'Alps' }).first().click();
  await page.getByRole('tab', { name: 'History' }).click();
  await entries.filter({ hasText: 'draft 54' }).waitFor();
  assert.deepEqual(await seriousIssues(page), []);
  assert.deepEqual(complaints, []);
});

test('who is no administrator is told so, and sees what was done to what is theirs alone', async (t) => {
  const browser = await startChromium(t);
  if (browser === null) return;
  const app = await startApp();
  t.after(async () => {
    await browser.close();
    await app.close();
  });
  const bytes = makeGeoTiff({ width: 8, height: 8, origin: [10, 50], resolution: 0.1, epsg: 4326 });
  const id = await app.addRaster(bytes, { title: 'Alps', visibility: 'public' });
  await app.admin.createUser({ username: 'ada', password: 'a long password', role: 'editor' });
  const { page, complaints } = await visit(browser, app);
  await page.goto('/sign-in?to=/activity');
  await page.getByLabel('User name').fill('ada');
  await page.getByLabel('Password').fill('a long password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('You may not do this').waitFor();
  await page.getByRole('button', { name: 'Account' }).click();
  assert.equal(await page.getByRole('menuitem', { name: 'Activity' }).count(), 0);
  await page.goto(`/datasets/${id}`);
  await page.getByRole('tab', { name: 'Facts' }).waitFor();
  assert.equal(await page.getByRole('tab', { name: 'History' }).count(), 0);
  assert.deepEqual(complaints, []);
});
