import type { CliConfig } from './config.ts';
import type { TextInput } from './standard-input.ts';
import type { Terminal } from './terminal.ts';

/** What every command is given. */
export interface Context {
  readonly terminal: Terminal;
  readonly config: CliConfig;
  /** Standard input. */
  readonly input: TextInput;
  /** The environment as it is, for the server that `serve` and `demo` start in this process. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The folder that relative paths start from. */
  readonly workingFolder: string;
  /** Aborts on the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
}
