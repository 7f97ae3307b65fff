import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startApp } from './app.ts';
import { startChromium } from './chromium.ts';
import { visit } from './journey.ts';

const ASSETS = fileURLToPath(new URL('../../dist/app/assets/', import.meta.url));

/** What is loaded beside the page: the map's code and its worker, and the outlines of the world. */
const MAP = /^(map-view|maplibre|countries)/;

void test('the first page needs less than 400 kB, compressed, before the map comes', async (t) => {
  const browser = await startChromium(t);
  if (browser === null) return;
  const app = await startApp();
  t.after(async () => {
    await browser.close();
    await app.close();
  });
  const { page } = await visit(browser, app);
  const hosts = new Set<string>();
  const names = new Set<string>();
  page.on('request', (request) => {
    const { host, pathname, protocol } = new URL(request.url());
    if (protocol !== 'blob:' && protocol !== 'data:') hosts.add(host);
    if (pathname.startsWith('/assets/')) names.add(pathname.slice('/assets/'.length));
  });
  await page.goto('/');
  await page.getByText('Nothing to see yet').waitFor();
  await page.waitForLoadState('networkidle');

  assert.deepEqual([...hosts], [new URL(app.url).host], 'everything comes from one host');
  const needed = [...names].filter((name) => !MAP.test(name));
  assert.ok(needed.some((name) => name.endsWith('.js')) && needed.some((name) => name.endsWith('.css')));
  assert.ok(
    [...names].some((name) => name.startsWith('map-view')),
    'the map comes as well',
  );
  const bytes = needed.reduce((sum, name) => sum + compressedSize(name), 0);
  t.diagnostic(`${Math.round(bytes / 1000)} kB in ${needed.length} files`);
  assert.ok(bytes < 400_000, `${bytes} bytes: ${needed.join(', ')}`);
});

/** Bytes of the gzip copy; of the file itself where it has none, as fonts, which are compressed already. */
function compressedSize(name: string): number {
  const copy = statSync(`${ASSETS}${name}.gz`, { throwIfNoEntry: false });
  return (copy ?? statSync(ASSETS + name)).size;
}
