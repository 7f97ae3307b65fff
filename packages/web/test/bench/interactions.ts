import type { Page } from 'playwright-core';
import { mapIsStill } from '../e2e/journey.ts';

/** Something that people do, as it is measured. */
export interface Interaction {
  readonly name: string;
  /** Opens the page and brings it to where it begins. */
  readonly begin: (page: Page) => Promise<void>;
  /** Prepares a round, and returns what is measured of it. */
  readonly round: (page: Page, number: number) => Promise<() => Promise<void>>;
}

const WHOLE_EARTH = 'map=1.60/20.00/0.00';
const EUROPE = 'map=4.00/48.00/10.00';
const QUIET_MS = 1500;

async function openCatalogue(page: Page, query: string): Promise<void> {
  await page.goto(`/?${query}`);
  await page.getByRole('heading', { name: /10.000 datasets/ }).waitFor();
  await isQuiet(page);
}

async function openBuild(page: Page, query: string): Promise<void> {
  await page.goto(`/build?${query}`);
  await page.getByRole('button', { name: /Add all 10.000/ }).waitFor();
  await isQuiet(page);
}

/** The build page with all 10,000 as sources and its plan there. */
async function openDraft(page: Page, query: string): Promise<void> {
  await openBuild(page, query);
  await page.getByRole('button', { name: /Add all 10.000/ }).click();
  await page.getByRole('tab', { name: 'Sources' }).click();
  await page.getByText(/10.000 sources fit together/).waitFor({ timeout: 60_000 });
  await isQuiet(page);
}

async function isQuiet(page: Page): Promise<void> {
  await mapIsStill(page);
  await page.waitForTimeout(QUIET_MS);
}

/** A place of the map, as shares of its width and height. */
async function onMap(page: Page, across: number, down: number): Promise<{ x: number; y: number }> {
  const box = (await page.locator('.maplibregl-canvas').boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  return { x: box.x + box.width * across, y: box.y + box.height * down };
}

async function drag(page: Page, from: readonly [number, number], to: readonly [number, number]): Promise<void> {
  const [a, b] = [await onMap(page, ...from), await onMap(page, ...to)];
  await page.mouse.move(a.x, a.y);
  await page.mouse.down();
  await page.mouse.move(b.x, b.y, { steps: 12 });
  await page.mouse.up();
}

async function clickMap(page: Page, number: number): Promise<void> {
  const { x, y } = await onMap(page, 0.3 + 0.03 * number, 0.4);
  await page.mouse.click(x, y);
}

export const INTERACTIONS: readonly Interaction[] = [
  {
    name: 'catalogue: a click on the map',
    begin: (page) => openCatalogue(page, EUROPE),
    round: async (page, number) => () => clickMap(page, number),
  },
  {
    name: 'catalogue: a tick in the list',
    begin: (page) => openCatalogue(page, WHOLE_EARTH),
    round: async (page, number) => {
      const box = page.getByRole('checkbox').nth(number % 6);
      return () => box.click();
    },
  },
  {
    name: 'catalogue: a box around all',
    begin: (page) => openCatalogue(page, WHOLE_EARTH),
    round: async (page) => {
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Select with a box' }).click();
      await isQuiet(page);
      return () => drag(page, [0.02, 0.03], [0.9, 0.97]);
    },
  },
  {
    name: 'catalogue: dragging the map',
    begin: (page) => openCatalogue(page, EUROPE),
    round: async (page, number) => {
      const [from, to]: [readonly [number, number], readonly [number, number]] = [
        [0.6, 0.5],
        [0.4, 0.6],
      ];
      return () => (number % 2 === 0 ? drag(page, from, to) : drag(page, to, from));
    },
  },
  {
    name: 'catalogue: scrolling the list',
    begin: (page) => openCatalogue(page, WHOLE_EARTH),
    round: async (page) => {
      await page.mouse.move(200, 500);
      return async () => {
        for (let notch = 0; notch < 6; notch += 1) await page.mouse.wheel(0, 300);
      };
    },
  },
  {
    name: 'catalogue: a letter in the search',
    begin: (page) => openCatalogue(page, WHOLE_EARTH),
    round: async (page, number) => {
      await page.getByRole('searchbox', { name: 'Search the catalogue' }).focus();
      return () => page.keyboard.press(number % 2 === 0 ? '1' : 'Backspace');
    },
  },
  {
    name: 'build: adding all 10,000',
    begin: (page) => openBuild(page, WHOLE_EARTH),
    round: async (page, number) => {
      if (number > 0) {
        await page.getByRole('tab', { name: 'Sources' }).click();
        await page.getByRole('button', { name: 'Clear' }).click();
        await page.getByRole('tab', { name: 'Add' }).click();
        await isQuiet(page);
      }
      return async () => {
        await page.getByRole('button', { name: /Add all 10.000/ }).click();
        await page.getByRole('tab', { name: /Sources 10.000/ }).waitFor();
        await page.getByText(/10.000 sources fit together/).waitFor({ timeout: 60_000 });
      };
    },
  },
  {
    name: 'build: a box around all',
    begin: (page) => openBuild(page, WHOLE_EARTH),
    round: async (page, number) => {
      if (number > 0) {
        await page.getByRole('tab', { name: 'Sources' }).click();
        await page.getByRole('button', { name: 'Clear' }).click();
        await page.getByRole('tab', { name: 'Add' }).click();
      }
      await page.getByRole('button', { name: 'Draw a box' }).click();
      await isQuiet(page);
      return () => drag(page, [0.02, 0.03], [0.9, 0.97]);
    },
  },
  {
    name: 'build: moving a row by a key',
    begin: (page) => openDraft(page, EUROPE),
    round: async (page, number) => {
      const at = number + 1;
      await page.getByRole('button', { name: new RegExp(`, ${at} of 10000`) }).focus();
      await isQuiet(page);
      return () => page.keyboard.press('Alt+ArrowDown');
    },
  },
  {
    name: 'build: dragging a row',
    begin: (page) => openDraft(page, EUROPE),
    round: async (page) => {
      const grip = (at: number) => page.getByRole('button', { name: new RegExp(`, ${at} of 10000`) });
      const [from, to] = [await grip(1).boundingBox(), await grip(5).boundingBox()];
      if (from === null || to === null) throw new Error('the rows are not in sight');
      return async () => {
        await page.mouse.move(from.x + 10, from.y + 20);
        await page.mouse.down();
        await page.mouse.move(to.x + 10, to.y + 20, { steps: 8 });
        await page.mouse.up();
      };
    },
  },
  {
    name: 'build: taking a row out',
    begin: (page) => openDraft(page, EUROPE),
    round: async (page) => {
      const remove = page.getByRole('button', { name: /^Remove scene/ }).nth(2);
      return () => remove.click();
    },
  },
  {
    name: 'build: a click on the map',
    begin: (page) => openDraft(page, EUROPE),
    round: async (page, number) => () => clickMap(page, number),
  },
  {
    name: 'build: dragging the map',
    begin: (page) => openDraft(page, EUROPE),
    round: async (page, number) => () =>
      number % 2 === 0 ? drag(page, [0.6, 0.5], [0.4, 0.6]) : drag(page, [0.4, 0.6], [0.6, 0.5]),
  },
  {
    name: 'build: a letter in the title',
    begin: (page) => openDraft(page, EUROPE),
    round: async (page) => {
      await page.getByLabel('Title').focus();
      return () => page.keyboard.press('a');
    },
  },
  {
    name: 'build: a letter in the search for rasters',
    begin: async (page) => {
      await openDraft(page, EUROPE);
      await page.getByRole('tab', { name: 'Add' }).click();
    },
    round: async (page, number) => {
      await page.getByRole('searchbox', { name: 'Find rasters by title or summary' }).focus();
      return () => page.keyboard.press(number % 2 === 0 ? '1' : 'Backspace');
    },
  },
];
