import { Presets, SingleBar } from 'cli-progress';
import { formatDuration } from './format.ts';
import { displayWidth, note, printable, styled, type Terminal } from './terminal.ts';

/** One piece of work shown to whoever waits for it. It ends with exactly one of `done` and `fail`. */
export interface Step {
  /** @param fraction 0..1; @param detail what is happening now, a few words */
  update(fraction: number, detail?: string): void;
  done(detail?: string): void;
  fail(detail: string): void;
}

const LABEL_WIDTH = 34;
const USUAL_COLUMNS = 80;

/** How long the pulse of a bar without a measure takes from one cell to the next. */
const PULSE_STEP_MS = 120;
const PULSE_WIDTH = 3;

/**
 * On a screen: a bar that moves, then one line with a tick and the time it took. Elsewhere: that one line only,
 * so that logs stay readable.
 */
export function startStep(terminal: Terminal, label: string): Step {
  const startedAt = performance.now();
  const name = printable(label).padEnd(LABEL_WIDTH);
  const bar = terminal.interactive ? startBar(terminal, name) : null;

  function end(sign: string, detail: string): void {
    bar?.stop();
    const took = styled(terminal, 'dim', formatDuration(performance.now() - startedAt));
    note(terminal, `  ${sign} ${name}  ${printable(detail)}${detail === '' ? '' : '  '}${took}`);
  }

  return {
    update: (fraction, detail = '') => bar?.update(clamp(fraction), { detail: printable(detail) }),
    done: (detail = '') => end(styled(terminal, 'green', '✓'), detail),
    fail: (detail) => end(styled(terminal, 'red', '✗'), detail),
  };
}

/** Runs `work` as a step: ticked with what `summary` says of its result, crossed where it throws. */
export async function runStep<T>(
  terminal: Terminal,
  label: string,
  work: (step: Pick<Step, 'update'>) => Promise<T>,
  summary: (result: T) => string = () => '',
): Promise<T> {
  const step = startStep(terminal, label);
  let result: T;
  try {
    result = await work(step);
  } catch (error) {
    step.fail('');
    throw error;
  }
  step.done(summary(result));
  return result;
}

function startBar(terminal: Terminal, name: string): SingleBar {
  // A screen without a known width reports 0 columns.
  const columns = terminal.err.columns || USUAL_COLUMNS;
  const barWidth = columns < 100 ? 12 : 24;
  const detailWidth = Math.max(0, columns - displayWidth(name) - barWidth - 14);
  const bar = new SingleBar(
    {
      // The types ask for a whole stream; only write, isTTY and columns are used.
      stream: terminal.err as NodeJS.WritableStream,
      format: (_options, { progress }, { detail }: { detail: string }) => {
        const percent = progress === 0 ? '    ' : `${Math.floor(progress * 100)}%`.padStart(4);
        const drawn = drawBar(terminal, progress, barWidth);
        return `  ${styled(terminal, 'cyan', '•')} ${name}  ${drawn} ${percent}  ${detail.slice(0, detailWidth)}`;
      },
      fps: 12,
      hideCursor: true,
      clearOnComplete: true,
      // Ctrl-C is ours: the command ends what it does and then this bar.
      gracefulExit: false,
      // Otherwise lines are cut by their length in characters, escape sequences included.
      linewrap: false,
    },
    Presets.rect,
  );
  bar.start(1, 0, { detail: '' });
  return bar;
}

/** `━━━━────`; a pulse that wanders while nothing is known of the progress. */
function drawBar(terminal: Terminal, progress: number, width: number): string {
  const filled = Math.round(progress * width);
  const isPulse = progress === 0;
  const start = isPulse ? Math.floor(performance.now() / PULSE_STEP_MS) % (width - PULSE_WIDTH + 1) : 0;
  const length = isPulse ? PULSE_WIDTH : filled;
  return [
    styled(terminal, 'dim', '─'.repeat(start)),
    styled(terminal, 'cyan', '━'.repeat(length)),
    styled(terminal, 'dim', '─'.repeat(width - start - length)),
  ].join('');
}

function clamp(fraction: number): number {
  return Math.min(1, Math.max(0, fraction));
}
