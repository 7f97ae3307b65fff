import { styleText } from 'node:util';

/** Where text goes; `process.stdout` is one. */
export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** The two streams of a command and what they can show. */
export interface Terminal {
  /** Results: what a pipe should receive. */
  readonly out: TextStream;
  /** Progress, notes and errors. */
  readonly err: TextStream;
  /** `err` is a screen: bars may be drawn and redrawn. */
  readonly interactive: boolean;
  readonly color: boolean;
  /** Columns a table may use; Infinity where the result is not shown on a screen. */
  readonly columns: number;
}

/**
 * @param environment `NO_COLOR` (no-color.org) and `TERM=dumb` are respected
 */
export function openTerminal(
  out: TextStream,
  err: TextStream,
  environment: Readonly<Record<string, string | undefined>>,
): Terminal {
  const isScreen = (stream: TextStream) => stream.isTTY === true && environment['TERM'] !== 'dumb';
  return {
    out,
    err,
    interactive: isScreen(err),
    color: isScreen(out) && isScreen(err) && (environment['NO_COLOR'] ?? '') === '',
    columns: isScreen(out) ? (out.columns ?? 80) : Infinity,
  };
}

export type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';

/** The text in a style, or as it is where colour is not wanted. */
export function styled(terminal: Terminal, style: Style, text: string): string {
  return terminal.color ? styleText(style, text, { validateStream: false }) : text;
}

/** Writes one result line (or several, joined by newlines) to `out`. */
export function say(terminal: Terminal, text: string = ''): void {
  terminal.out.write(`${text}\n`);
}

/** Writes one line for people to `err`, out of the way of results. */
export function note(terminal: Terminal, text: string = ''): void {
  terminal.err.write(`${text}\n`);
}

/** Writes one warning to `err`. */
export function warn(terminal: Terminal, text: string): void {
  note(terminal, `  ${styled(terminal, 'yellow', '!')} ${printable(text)}`);
}

/**
 * Text that came from elsewhere (titles, messages of a server) made harmless on a screen: control characters,
 * which could move the cursor or rewrite what was shown, become a replacement character.
 */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}|\p{Bidi_Control}/gu, '\uFFFD');
}

/** Columns the text takes on a screen: wide characters count two, combining marks none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/\p{Mark}|\p{Cf}/u.test(character)) continue;
    width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

// Scripts and symbols of East Asian Width W (Unicode Standard Annex 11), to the precision a table needs.
const WIDE = /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Emoji_Presentation}|[！-｠]/u;
