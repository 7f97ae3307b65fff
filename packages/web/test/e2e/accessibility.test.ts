import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { type App, startApp } from './app.ts';
import { startChromium } from './chromium.ts';
import { earthAt, PLACES } from './earth.ts';
import { visit } from './journey.ts';
import { seriousIssues } from './serious-issues.ts';

// Every page, in light and dark, on a desk and on a telephone: nothing that axe-core calls serious or critical, and nothing
// that has to be scrolled sideways.

describe('every page', () => {
  let browser: Browser | null = null;
  let app: App;
  let dataset = '';
  before(async () => {
    app = await startApp();
    const place = PLACES['Libya'];
    if (place !== undefined) dataset = await app.addRaster(await earthAt(place), { title: 'Libya' });
  });
  after(async () => {
    await browser?.close();
    await app.close();
  });

  const pages = (): readonly (readonly [name: string, path: string, text: string | RegExp])[] => [
    ['the catalogue', '/', '1 dataset'],
    ['an empty search', '/?q=nothing', 'Nothing matches'],
    ['add rasters', '/add', 'Drop rasters here, or choose them'],
    ['register in place', '/add?how=register', 'This server allows no place yet'],
    ['build', '/build', /build a virtual raster/i],
    ['a dataset', `/datasets/${dataset}`, 'Libya'],
    ['what was done to a dataset', `/datasets/${dataset}?tab=history`, /^by admin$/],
    ['jobs', '/jobs', 'Upload'],
    ['the activity', '/activity', /^by admin$/],
    ['none of the activity', '/activity?action=user.delete', 'None of these'],
    ['the account', '/account', 'Tokens'],
    ['sign-in', '/sign-in', 'Sign in to Inlay'],
    ['what is not there', '/datasets/00000000-0000-4000-8000-000000000000', 'There is nothing here that you can see'],
  ];
  const sizes = [
    { width: 1440, height: 900 },
    { width: 390, height: 844 },
  ];

  for (const theme of ['light', 'dark'] as const) {
    for (const size of sizes) {
      it(`can be used by everyone, ${theme}, ${size.width} pixels wide`, async (t) => {
        browser ??= await startChromium(t);
        if (browser === null) return;
        const { page, close } = await visit(browser, app, { theme, size, isSignedIn: true });
        for (const [name, path, text] of pages()) {
          await page.goto(path);
          await page.getByRole('main').getByText(text).first().waitFor();
          assert.deepEqual(await seriousIssues(page), [], name);
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(overflow <= 0, `${name} is ${overflow} pixels too wide`);
        }
        await close();
      });
    }
  }

  it('has a title, and a way past the bar for the keyboard', async (t) => {
    browser ??= await startChromium(t);
    if (browser === null) return;
    const { page, close } = await visit(browser, app, { isSignedIn: true });
    const titles = new Set<string>();
    for (const [, path, text] of pages()) {
      await page.goto(path);
      await page.getByRole('main').getByText(text).first().waitFor();
      titles.add(await page.title());
    }
    assert.deepEqual(
      titles,
      new Set([
        'Catalogue · Inlay',
        '“nothing” · Inlay',
        'Add rasters · Inlay',
        'Build a virtual raster · Inlay',
        'Libya · Inlay',
        'Jobs · Inlay',
        'Activity · Inlay',
        'Account · Inlay',
        'Sign in · Inlay',
        'Inlay',
      ]),
    );
    await page.goto('/jobs');
    await page.getByRole('heading', { name: 'Jobs' }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'content');
    await close();
  });
});
