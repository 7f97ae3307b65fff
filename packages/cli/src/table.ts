import { displayWidth, printable, styled, type Terminal } from './terminal.ts';

/** A column of a table. Numbers are aligned right, so that their digits stand below each other. */
export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Cut short with an ellipsis where the screen is too narrow; at most one column of a table. */
  readonly flexible?: boolean;
}

const GAP = '  ';
const LEAST_FLEXIBLE_WIDTH = 8;

/** The table as lines without a trailing newline: a heading, then a line per row. */
export function formatTable(
  terminal: Terminal,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const cells = rows.map((row) => row.map(printable));
  const widths = columns.map((column, index) =>
    Math.max(displayWidth(column.title), ...cells.map((row) => displayWidth(row[index] ?? ''))),
  );
  shrinkToFit(columns, widths, terminal.columns);

  const line = (row: readonly string[]) =>
    columns
      .map((column, index) => fill(row[index] ?? '', widths[index] ?? 0, column.align ?? 'left'))
      .join(GAP)
      .trimEnd();
  const heading = styled(terminal, 'dim', line(columns.map((column) => column.title)));
  return [heading, ...cells.map(line)].join('\n');
}

/** Pairs as two aligned columns, the names dim: how `show` and `info` print one thing. */
export function formatFacts(terminal: Terminal, facts: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(0, ...facts.map(([name]) => displayWidth(name)));
  return facts
    .map(([name, value]) => `${styled(terminal, 'dim', fill(name, width, 'left'))}${GAP}${printable(value)}`)
    .join('\n');
}

function shrinkToFit(columns: readonly Column[], widths: number[], available: number): void {
  const flexible = columns.findIndex((column) => column.flexible === true);
  const total = widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1));
  const width = widths[flexible];
  if (width === undefined || total <= available) return;
  widths[flexible] = Math.max(Math.min(LEAST_FLEXIBLE_WIDTH, width), width - (total - available));
}

function fill(text: string, width: number, align: 'left' | 'right'): string {
  const fitted = displayWidth(text) > width ? truncate(text, width) : text;
  const padding = ' '.repeat(Math.max(0, width - displayWidth(fitted)));
  return align === 'left' ? fitted + padding : padding + fitted;
}

/** Cut to `width` columns, the last of which is an ellipsis. */
function truncate(text: string, width: number): string {
  let kept = '';
  for (const character of text) {
    if (displayWidth(kept + character) > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}
