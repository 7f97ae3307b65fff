import assert from 'node:assert/strict';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { makeGeoTiff } from '@inlay/testing';
import type { Browser, Page } from 'playwright-core';
import { type App, startApp } from './app.ts';
import { startChromium } from './chromium.ts';
import { mapIsStill, takePicture, visit } from './journey.ts';
import { seriousIssues } from './serious-issues.ts';

// Virtual rasters that cannot be built as they are, each with the button that mends it.

/** Tiles of degrees around Fiji, three bands, the last two beyond the antimeridian. */
const TILES: Readonly<Record<string, number>> = { 'fiji 1': 172, 'fiji 2': 174, 'fiji 3': 176, 'fiji 4': 178 };

describe('what stands in the way of a virtual raster', () => {
  let browser: Browser | null = null;
  let app: App;
  let folder: string;
  const fileOf = (name: string): string => join(folder, `${name}.tif`);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inlay-web-'));
    for (const [name, west] of Object.entries(TILES)) await writeFile(fileOf(name), fijiTile(west));
    app = await startApp({ sourceRoots: [folder] });
    const { job_id: registration } = await app.admin.registerRasters({ prefix: folder });
    await app.admin.waitForJob(registration);
    const others = [
      { title: 'an elevation', bands: 1, dataType: 'Int16' },
      { title: 'with another band', bands: 4, dataType: 'Byte' },
      { title: 'of more bits', bands: 3, dataType: 'UInt16' },
    ] as const;
    for (const { title, bands, dataType } of others) {
      await app.addRaster(makeGeoTiff({ ...PLACE, bands, dataType, origin: [174, -16], epsg: 4326 }), { title });
    }
  });
  after(async () => {
    await browser?.close();
    await app.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** The build page with these rasters as sources; null where there is no browser. */
  const choose = async (t: Parameters<typeof startChromium>[0], names: readonly string[]) => {
    browser ??= await startChromium(t);
    if (browser === null) return null;
    const person = await visit(browser, app, { isSignedIn: true });
    await person.page.goto('/build');
    for (const name of names) await person.page.getByRole('button', { name: new RegExp(`^${name}`) }).click();
    await person.page.getByRole('tab', { name: `Sources ${names.length}` }).click();
    return person;
  };
  const isBuilt = (page: Page): Promise<void> => page.waitForURL(/\/datasets\//, { timeout: 60_000 });
  const problems = (page: Page) => page.getByRole('list', { name: 'Problems' });

  it('a file that has changed: the build says which, reads it again, and is built', async (t) => {
    const person = await choose(t, ['fiji 1', 'fiji 2', 'fiji 3']);
    if (person === null) return;
    const { page, complaints, close } = person;
    await page.getByText('3 sources fit together').waitFor();
    await writeFile(fileOf('fiji 2'), fijiTile(174, 1));
    await utimes(fileOf('fiji 2'), 1_700_000_000, 1_700_000_000);
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { name: 'It could not be built' }).waitFor();
    const blamed = page.getByRole('list', { name: 'Sources that it failed for' }).getByRole('listitem');
    assert.deepEqual(await blamed.allInnerTexts(), ['fiji 2.tif\nIt has changed since it was registered.']);
    assert.deepEqual(await seriousIssues(page), []);
    await takePicture(page, 'build-failed', t);
    await page.getByRole('button', { name: 'Read it again and build' }).click();
    await isBuilt(page);
    assert.deepEqual(complaints, []);
    await close();
  });

  it('a file that is gone: the build says which, and goes on without it', async (t) => {
    const person = await choose(t, ['fiji 1', 'fiji 3', 'fiji 4']);
    if (person === null) return;
    const { page, complaints, close } = person;
    await page.getByText('3 sources fit together').waitFor();
    await rm(fileOf('fiji 4'));
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('It cannot be found where it was registered.').waitFor();
    assert.equal(await page.getByRole('button', { name: /^Read/ }).count(), 0);
    await page.getByRole('button', { name: 'Leave it out' }).click();
    await page.getByText('2 sources fit together').waitFor();
    await page.getByRole('tab', { name: 'Sources 2' }).waitFor();
    await page.getByRole('button', { name: 'Create' }).click();
    await isBuilt(page);
    assert.deepEqual(complaints, []);
    await close();
  });

  it('sources of other bands and another type: each has its button, and all can be left out at once', async (t) => {
    const person = await choose(t, ['fiji 1', 'fiji 2', 'with another band', 'of more bits']);
    if (person === null) return;
    const { page, complaints, close } = person;
    await page.getByText('2 sources of 4 refused').waitFor();
    await page.getByRole('button', { name: 'Show all sources' }).click();
    await mapIsStill(page);
    assert.deepEqual(await seriousIssues(page), []);
    await problems(page).getByRole('button', { name: 'Take bands 1 to 3 of each' }).click();
    await page.getByText('1 source of 4 refused').waitFor();
    await problems(page).getByRole('button', { name: 'Promote to a common type' }).click();
    await page.getByText('4 sources fit together').waitFor();
    assert.match(await page.getByRole('region', { name: 'Plan' }).innerText(), /3 × UInt16/);

    await page.getByRole('button', { name: 'Undo', exact: true }).first().click();
    await page.getByRole('button', { name: 'Undo', exact: true }).first().click();
    await page.getByText('2 sources of 4 refused').waitFor();
    await page.getByRole('button', { name: 'Leave out all 2 refused' }).click();
    await page.getByText('2 sources fit together').waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });

  it('a source that somebody deletes meanwhile: it is said, and it is removed', async (t) => {
    const { datasets } = await app.admin.listDatasets({ q: 'an elevation' });
    const gone = datasets[0]?.id ?? '';
    const person = await choose(t, ['fiji 1', 'fiji 2', 'an elevation']);
    if (person === null) return;
    const { page, close } = person;
    await page.getByText('1 source of 3 refused').waitFor();
    await app.admin.deleteDataset(gone, 'an elevation');
    await page.getByRole('button', { name: /^fiji 2.*, 2 of 3/ }).focus();
    await page.keyboard.press('Alt+ArrowDown');
    await page.getByText('1 source is not in the catalogue any more').waitFor();
    await problems(page).getByRole('button', { name: 'Remove it' }).click();
    await page.getByText('2 sources fit together').waitFor();
    await close();
  });
});

const PLACE = { width: 32, height: 32, resolution: 0.0625 } as const;

function fijiTile(west: number, more = 0): Uint8Array<ArrayBuffer> {
  const value = (col: number, row: number, band: number): number => (col * band + row + more) % 250;
  return makeGeoTiff({ ...PLACE, height: 32 + more, bands: 3, origin: [west, -16], epsg: 4326, value });
}
