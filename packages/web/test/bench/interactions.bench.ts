// What interactions cost the browser with 10,000 rasters: `npx node packages/web/test/bench/interactions.bench.ts`.
// `--data FOLDER` keeps the catalogue for the next run, `--only build` takes the interactions whose names have it in them,
// `--rounds 5` repeats each as often. README.md of the package says what the columns mean.
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createClient } from '@inlay/sdk';
import { startServer } from '@inlay/server';
import { launchChromium } from '../e2e/chromium.ts';
import { INTERACTIONS } from './interactions.ts';
import { MANY, writeManyRasters } from './many-rasters.ts';
import { type Cost, watchPage } from './watch-page.ts';

const { values: options } = parseArgs({
  options: { data: { type: 'string' }, only: { type: 'string' }, rounds: { type: 'string', default: '10' } },
});
const browser = await launchChromium();
if (browser === null) throw new Error('There is no Chromium on the PATH.');
const folder = options.data ?? (await mkdtemp(join(tmpdir(), 'inlay-bench-')));
const rasters = join(folder, 'rasters');
await writeManyRasters(rasters);
const dataDir = join(folder, 'data');
await mkdir(dataDir, { recursive: true });
const server = await startServer({
  env: { PATH: process.env['PATH'] },
  overrides: {
    dataDir,
    port: 0,
    logLevel: 'error',
    storage: { kind: 'file', directory: join(dataDir, 'objects') },
    sourceRoots: [rasters],
  },
});
try {
  const admin = createClient(server.url, { token: server.adminToken });
  if ((await admin.listDatasets({ limit: 1 })).total < MANY) {
    const { job_id: id } = await admin.registerRasters({ prefix: rasters });
    await admin.waitForJob(id);
  }
  printMachine(browser.version());
  console.log('| Interaction | Longest task | worst | Main thread | Answer |');
  console.log('| --- | ---: | ---: | ---: | ---: |');
  for (const { name, begin, round } of INTERACTIONS) {
    if (options.only !== undefined && !name.includes(options.only)) continue;
    const context = await browser.newContext({ baseURL: server.url, viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    const watched = await watchPage(browser, page);
    const { url } = await admin.createSignInLink();
    await page.goto(url);
    await page.waitForURL(({ pathname }) => pathname === '/');
    await begin(page);
    const costs: Cost[] = [];
    // The first one finds nothing compiled.
    for (let number = 0; number <= Number(options.rounds); number += 1) {
      const perform = await round(page, number);
      const cost = await watched.cost(perform);
      if (number > 0) costs.push(cost);
    }
    printCosts(name, costs);
    await context.close();
  }
} finally {
  await browser.close();
  await server.close();
  if (options.data === undefined) await rm(folder, { recursive: true });
}

function printMachine(chromium: string): void {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  console.log(
    `${new Date().toISOString().slice(0, 10)}, commit ${commit}, ${cpus().length} x ${cpus()[0]?.model.trim()}, ` +
      `load average ${loadavg()[0]?.toFixed(1)}, Chromium ${chromium} with software WebGL, ${options.rounds} rounds\n`,
  );
}

/** One row: the median and the largest of what people wait for, the median of what it costs. */
function printCosts(name: string, costs: readonly Cost[]): void {
  const sorted = (read: (cost: Cost) => number): number[] => costs.map(read).toSorted((a, b) => a - b);
  const longest = sorted(({ longestTask }) => longestTask);
  const cells = [
    middle(longest),
    longest.at(-1) ?? 0,
    middle(sorted(({ processor }) => processor)),
    middle(sorted(({ answer }) => answer)),
  ];
  console.log(`| ${name} | ${cells.map((cell) => cell.toFixed(0)).join(' | ')} |`);
}

function middle(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
