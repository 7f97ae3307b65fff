import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { type App, startApp } from './app.ts';
import { startChromium } from './chromium.ts';
import { earthAt, PLACES } from './earth.ts';
import { mapIsStill, takePicture, type Visit, visit } from './journey.ts';

// Finding and selecting: in the list, on the map, with the mouse and with the keyboard.

const NAMES = Object.keys(PLACES);

describe('the catalogue', () => {
  let browser: Browser | null = null;
  let app: App;
  let person: Visit;
  let page: Page;

  before(async () => {
    app = await startApp();
    for (const [title, place] of Object.entries(PLACES)) {
      await app.addRaster(await earthAt(place), { title, visibility: title === 'Libya' ? 'private' : 'public' });
    }
  });
  after(async () => {
    await browser?.close();
    await app.close();
  });

  /** Opens the catalogue; false where there is no browser to do it with. */
  const open = async (t: Parameters<typeof startChromium>[0], path = '/'): Promise<boolean> => {
    browser ??= await startChromium(t);
    if (browser === null) return false;
    person ??= await visit(browser, app, { isSignedIn: true });
    ({ page } = person);
    await page.goto(path);
    await page.getByRole('list', { name: 'Datasets' }).waitFor();
    return true;
  };
  const titles = (): Promise<string[]> =>
    page.getByRole('list', { name: 'Datasets' }).locator('a .font-medium').allInnerTexts();
  const count = (text: string) => page.getByRole('heading', { name: text, exact: true }).waitFor();
  const selected = (text: string) => page.getByRole('region', { name: 'Selection' }).getByText(text).waitFor();
  const query = (name: string): string | null => new URL(page.url()).searchParams.get(name);

  it('narrows down as one types, and back', async (t) => {
    if (!(await open(t))) return;
    await count('4 datasets');
    await page.keyboard.press('/');
    await page.keyboard.type('sea');
    await count('2 datasets');
    assert.deepEqual(await titles(), ['The Nile and the Red Sea', 'Anatolia and the Black Sea']);
    assert.equal(query('q'), 'sea');
    await page.getByRole('button', { name: 'Remove the filter “sea”' }).click();
    await count('4 datasets');
    assert.equal(query('q'), null);
  });

  it('is narrowed down by visibility and by a box given in numbers, and an address tells both', async (t) => {
    if (!(await open(t))) return;
    await page.getByRole('button', { name: 'Filters', exact: true }).click();
    await page.getByLabel('Visibility').selectOption('private');
    await count('1 dataset');
    assert.deepEqual(await titles(), ['Libya']);
    await page.getByLabel('Visibility').selectOption('any');
    await page.getByLabel('Where').selectOption('box');
    await page.getByLabel('West, south, east, north').fill('35, 20, 44, 29');
    await page.getByRole('button', { name: 'Apply' }).click();
    await count('1 dataset');
    assert.deepEqual(await titles(), ['The Nile and the Red Sea']);
    assert.equal(query('extent'), '35,20,44,29');
    await page.goto('/?extent=35,20,44,29&visibility=private');
    await page.getByText('Nothing matches').waitFor();
    await page.getByRole('button', { name: 'Clear the filters' }).click();
    await count('4 datasets');
  });

  it('has one selection in the list, on the map and in the address', async (t) => {
    if (!(await open(t))) return;
    await mapIsStill(page);
    await page.getByRole('checkbox', { name: 'Select Libya' }).check();
    await selected('1 selected');
    const one = query('sel') ?? '';
    assert.match(one, /^[\w-]{22}$/);

    await page.getByRole('button', { name: 'Select with a box' }).click();
    const map = page.locator('.maplibregl-canvas');
    const { x, y, width, height } = (await map.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    await page.mouse.move(x + 20, y + 20);
    await page.mouse.down();
    await page.mouse.move(x + width / 2, y + height / 2, { steps: 4 });
    await page.mouse.move(x + width - 80, y + height - 20, { steps: 4 });
    await page.mouse.up();
    await selected('4 selected');
    await takePicture(page, 'selection', t);

    const address = page.url();
    await page.goto('/jobs');
    await page.goto(address);
    await selected('4 selected');
    await count('4 datasets');
    assert.equal(await page.getByRole('checkbox', { checked: true }).count(), 4);
    await page.keyboard.press('Escape');
    await page.getByRole('region', { name: 'Selection' }).waitFor({ state: 'detached' });
    assert.equal(query('sel'), null);
  });

  it('selects on the map what is clicked, and what lies below it with the next click', async (t) => {
    if (!(await open(t, '/?map=4.00/38.00/25.00'))) return;
    await mapIsStill(page);
    const map = page.locator('.maplibregl-canvas');
    const { width, height } = (await map.boundingBox()) ?? { width: 0, height: 0 };
    // The middle is where Italy's picture and Anatolia's overlap... a bit to the west of it, at 24 degrees.
    const position = { x: width / 2 - 22, y: height / 2 };
    const chosen = async (): Promise<string> =>
      (await page.getByRole('checkbox', { checked: true }).first().getAttribute('aria-label')) ?? '';
    await map.click({ position });
    await selected('1 selected');
    const first = await chosen();
    await map.click({ position });
    await page.getByRole('checkbox', { name: first, checked: false }).waitFor();
    await selected('1 selected');
    assert.deepEqual(
      new Set([first, await chosen()]),
      new Set(['Select Italy and the Balkans', 'Select Anatolia and the Black Sea']),
    );
  });

  it('can be walked through with the keyboard alone', async (t) => {
    if (!(await open(t))) return;
    await count('4 datasets');
    await page.getByRole('link', { name: NAMES[3] ?? '' }).focus();
    await page.keyboard.press('ArrowDown');
    assert.match(await page.evaluate(() => document.activeElement?.textContent ?? ''), /^Libya/);
    await page.keyboard.press('End');
    assert.match(await page.evaluate(() => document.activeElement?.textContent ?? ''), /^Italy/);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/datasets\//);
    await page.goBack();
    await count('4 datasets');
    assert.deepEqual(person.complaints, []);
  });
});
