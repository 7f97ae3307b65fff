/**
 * A text that PostgreSQL can hold, as `text` and within `jsonb`: without U+0000, and with U+FFFD for halves of surrogate
 * pairs. For texts that repeat what files and other servers call themselves.
 */
export function storableText(text: string): string {
  return text.replaceAll('\0', '').replaceAll(/\p{Surrogate}/gu, '\u{FFFD}');
}
