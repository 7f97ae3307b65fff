import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Context, openTerminal, readCliConfig, run, type TextStream } from '@inlay/cli';

/** A stream that keeps what is written to it. */
export interface RecordedStream extends TextStream {
  readonly text: string;
}

export function recordedStream(screen: { readonly isTTY?: boolean; readonly columns?: number } = {}): RecordedStream {
  let text = '';
  return {
    ...screen,
    write: (more) => {
      text += more;
      return true;
    },
    get text() {
      return text;
    },
  };
}

export interface RunResult {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process, as a pipe would see it. */
export async function runCli(args: readonly string[], overrides: Partial<Context> = {}): Promise<RunResult> {
  const out = recordedStream();
  const err = recordedStream();
  const workingFolder = overrides.workingFolder ?? process.cwd();
  const exitCode = await run(args, {
    terminal: openTerminal(out, err, {}),
    config: readCliConfig({}, workingFolder),
    input: (async function* () {})(),
    environment: {},
    workingFolder,
    signal: new AbortController().signal,
    ...overrides,
  });
  return { exitCode, out: out.text, err: err.text };
}

/** An empty folder that is removed after the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'inlay-cli-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
