/** The paths and URLs of a text, one a line, each once; blank lines and what stands behind a `#` at a line's start are left out. */
export function hrefsOf(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return [...new Set(lines.filter((line) => line !== '' && !line.startsWith('#')))];
}
