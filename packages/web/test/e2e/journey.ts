import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { App } from './app.ts';

/** Where the pictures of the documentation are. */
const TOUR = fileURLToPath(new URL('../../../../docs/tour/', import.meta.url));

export interface VisitOptions {
  readonly size?: { readonly width: number; readonly height: number };
  readonly theme?: 'light' | 'dark';
  /** Signs in first. */
  readonly isSignedIn?: boolean;
}

/** Somebody in front of the application. */
export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the browser complained about: errors in the console, and of scripts. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** Opens the application in a browser of its own state. */
export async function visit(browser: Browser, app: App, options: VisitOptions = {}): Promise<Visit> {
  const { size = { width: 1440, height: 900 }, theme = 'light', isSignedIn = false } = options;
  const context = await browser.newContext({ baseURL: app.url, viewport: size, colorScheme: theme });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    const isExpected =
      // That nobody is signed in is asked, and answered with 401.
      /status of 401/.test(message.text()) ||
      // A thumbnail that is not drawn yet is 404, and a plain square takes its place.
      (/status of 404/.test(message.text()) && /\/quicklook\b/.test(message.location().url));
    if (message.type() === 'error' && !isExpected) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  if (isSignedIn) {
    await page.goto(await app.signInPath());
    await page.waitForURL((url) => url.pathname === '/');
  }
  return { page, context, complaints, close: () => context.close() };
}

/** Waits until the map shows all that it is going to show. */
export async function mapIsStill(page: Page): Promise<void> {
  await page.locator('[aria-label="Map"] .maplibregl-map[aria-busy="false"]').waitFor({ timeout: 60_000 });
}

/**
 * Takes a picture for the documentation, where `npm test` is asked to (`INLAY_TEST_TOUR=update`): pictures differ by a pixel from
 * machine to machine, and would change with every run.
 */
export async function takePicture(page: Page, name: string, t: TestContext): Promise<void> {
  if (process.env['INLAY_TEST_TOUR'] !== 'update') return;
  // Finer coasts come after the first ones.
  await page.waitForLoadState('networkidle');
  const path = `${TOUR}${name}.png`;
  await mkdir(dirname(path), { recursive: true });
  await page.screenshot({ path });
  t.diagnostic(`wrote docs/tour/${name}.png`);
}
