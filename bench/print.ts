import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';
import type { GdalBuild } from './gdal.ts';

/** Prints a table in Markdown, its columns aligned. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(Math.max(1, width - 1))}:`,
  );
  console.log([line(header), line(rule), ...rows.map(line)].join('\n'));
}

/** What the figures depend on beside the code; `peers` where gdalbuildvrt is one. */
export function printMachine(peers?: readonly GdalBuild[]): void {
  const [cpu] = cpus();
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const isChanged = execFileSync('git', ['status', '--porcelain'], { encoding: 'utf8' }) !== '';
  console.log(
    [
      `- ${new Date().toISOString()}, commit ${commit}${isChanged ? ' with changes' : ''}`,
      `- ${cpus().length} x ${cpu?.model.trim()}, ${gigabytes(totalmem())} RAM, Node ${process.versions.node}, load average ${loadavg()[0]?.toFixed(1)} before the start`,
      ...(peers === undefined
        ? []
        : [
            `- peers: ${peers.map((peer) => `gdalbuildvrt of GDAL ${peer.version}`).join(', ') || 'none: gdalbuildvrt was not found'}`,
          ]),
      '',
    ].join('\n'),
  );
}

/** Three significant digits, and no more than the unit deserves. */
export function ms(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(0)} GB`;
}

export function times(ratio: number): string {
  return `${ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(1)}x`;
}
