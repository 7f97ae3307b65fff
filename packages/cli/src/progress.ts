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
const BAR_WIDTH = 24;

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
  const room = Math.max(0, (terminal.err.columns ?? 80) - displayWidth(name) - BAR_WIDTH - 14);
  const bar = new SingleBar(
    {
      // The types ask for a whole stream; only write, isTTY and columns are used.
      stream: terminal.err as NodeJS.WritableStream,
      format: (_options, { progress }, { detail }: { detail: string }) => {
        const filled = Math.round(progress * BAR_WIDTH);
        const drawn =
          styled(terminal, 'cyan', '━'.repeat(filled)) + styled(terminal, 'dim', '─'.repeat(BAR_WIDTH - filled));
        const percent = `${Math.floor(progress * 100)}%`.padStart(4);
        return `  ${styled(terminal, 'cyan', '•')} ${name}  ${drawn} ${percent}  ${detail.slice(0, room)}`;
      },
      fps: 12,
      hideCursor: true,
      clearOnComplete: true,
      // Ctrl-C is ours: the command ends what it does and then this bar.
      gracefulExit: false,
      linewrap: null,
    },
    Presets.rect,
  );
  bar.start(1, 0, { detail: '' });
  return bar;
}

function clamp(fraction: number): number {
  return Math.min(1, Math.max(0, fraction));
}
