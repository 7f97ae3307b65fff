import { CliError } from './error.ts';

/** Text that is piped in; `process.stdin` is one. */
export type TextInput = AsyncIterable<string | Uint8Array>;

/**
 * All of the input as UTF-8 text.
 *
 * @throws CliError `cli/usage` where there is more than `mostBytes`
 */
export async function readText(input: TextInput, mostBytes: number): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of input) {
    const buffer = typeof piece === 'string' ? Buffer.from(piece) : Buffer.from(piece);
    bytes += buffer.length;
    if (bytes > mostBytes) throw new CliError('cli/usage', `Standard input is longer than ${mostBytes} bytes.`);
    pieces.push(buffer);
  }
  return Buffer.concat(pieces).toString('utf8');
}
