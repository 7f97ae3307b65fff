import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** What keeps it from asking the internet anything, and lets it draw maps without a graphics card. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
];

/** The browser of this machine; null without one. */
function findChromium(): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  for (const name of NAMES) {
    for (const folder of folders) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not there: the next one.
      }
    }
  }
  return null;
}

/** Starts the browser; null without one. */
export async function launchChromium(): Promise<Browser | null> {
  const executablePath = findChromium();
  return executablePath === null ? null : await chromium.launch({ executablePath, args: ARGUMENTS });
}

/** Starts the browser. Without one the test is skipped, but fails where everything must be tested. */
export async function startChromium(t: TestContext): Promise<Browser | null> {
  const browser = await launchChromium();
  if (browser !== null) return browser;
  if (process.env['CI']) throw new Error(`No browser on the PATH: expected ${NAMES.join(', ')}.`);
  t.skip('there is no Chromium on the PATH');
  return null;
}
