import { type Command, InvalidArgumentError, Option } from 'commander';
import { say, type Terminal } from './terminal.ts';

/** Adds examples below a command's help, one command line each, without the prompt. */
export function withExamples(command: Command, ...examples: readonly string[]): Command {
  const heading = examples.length === 1 ? 'Example:' : 'Examples:';
  return command.addHelpText('after', ['', heading, ...examples.map((example) => `  $ ${example}`)].join('\n'));
}

/** `--url` and `--token`, for commands that talk to a server. */
export function withConnection(command: Command): Command {
  return command
    .option('--url <url>', 'the server to talk to (INLAY_URL; else the one running on this folder)')
    .option('--token <token>', 'the token to talk to it with (INLAY_TOKEN)');
}

export function withJson(command: Command): Command {
  return command.option('--json', 'print JSON instead of text');
}

/** An option with a closed set of values, listed in the help and checked. */
export function choice(flags: string, description: string, values: readonly string[], fallback?: string): Option {
  const option = new Option(flags, description).choices(values);
  return fallback === undefined ? option : option.default(fallback);
}

/** Reads a whole number out of an argument. @throws InvalidArgumentError which commander turns into exit code 2 */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  };
}

/** Collects an option given several times, or with commas. */
export function list(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, ...text.split(',').filter((item) => item !== '')];
}

export function printJson(terminal: Terminal, value: unknown): void {
  say(terminal, JSON.stringify(value, null, 2));
}
