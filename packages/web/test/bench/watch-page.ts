import type { Browser, Page } from 'playwright-core';

/** What an interaction cost the page, in milliseconds. */
export interface Cost {
  /** By the clock, from the event to the picture that answers it, of the slowest of its events (Event Timing, 8 ms fine). 0 where none took 16. */
  readonly answer: number;
  /** The task of the page's main thread that took the most processor time, until all was quiet again. */
  readonly longestTask: number;
  /** Processor time of all tasks of the main thread, until all was quiet again. */
  readonly processor: number;
}

/** A page whose interactions are measured. */
export interface WatchedPage {
  /** What `perform` costs, and all that it sets off until the page has been quiet for a while. */
  cost(perform: () => Promise<void>): Promise<Cost>;
}

/** Nothing of an interaction begins later than this after its end: the plan is asked for after 180 ms, the URL written after 300. */
const SETTLE_MS = 900;

declare global {
  interface Window {
    /** How long events took to be answered, since this was emptied. */
    answers: number[];
  }
}

/** Begins to watch a page; before it is opened. */
export async function watchPage(browser: Browser, page: Page): Promise<WatchedPage> {
  await page.addInitScript(() => {
    window.answers = [];
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.answers.push(duration);
    }).observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit);
  });
  return {
    async cost(perform) {
      await page.evaluate(() => window.answers.splice(0));
      await browser.startTracing(page, { categories: ['toplevel', '__metadata'] });
      await perform();
      await page.waitForTimeout(SETTLE_MS);
      const answers = await page.evaluate(() => window.answers);
      const tasks = mainThreadTasks(await browser.stopTracing());
      return {
        answer: Math.max(0, ...answers),
        longestTask: Math.max(0, ...tasks),
        processor: tasks.reduce((sum, task) => sum + task, 0),
      };
    },
  };
}

/** An event of Chromium's trace, as far as it is read (Trace Event Format). */
interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Processor time in microseconds. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** Processor time of each task of the main thread of the page that did the most, in milliseconds. */
function mainThreadTasks(trace: Buffer): readonly number[] {
  const { traceEvents } = JSON.parse(trace.toString('utf8')) as { traceEvents: readonly TraceEvent[] };
  const threads = new Map(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => [`${pid}/${tid}`, [] as number[]]),
  );
  for (const { name, ph, pid, tid, tdur } of traceEvents) {
    if (ph === 'X' && name.endsWith('RunTask')) threads.get(`${pid}/${tid}`)?.push((tdur ?? 0) / 1000);
  }
  const sum = (tasks: readonly number[]): number => tasks.reduce((total, task) => total + task, 0);
  return [...threads.values()].toSorted((a, b) => sum(b) - sum(a))[0] ?? [];
}
