/** The candidate that `name` is most likely a misspelling of, or null where none is within `maxEdits`. */
export function nearestName(name: string, candidates: readonly string[], maxEdits: number): string | null {
  let nearest: string | null = null;
  let least = maxEdits + 1;
  for (const candidate of candidates) {
    const edits = editDistance(name, candidate);
    if (edits < least) [nearest, least] = [candidate, edits];
  }
  return nearest;
}

/** Letters to insert, delete or replace until `a` is `b` (Levenshtein). */
export function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = (above[column - 1] as number) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (above[column] as number) + 1, (current[column - 1] as number) + 1));
    }
    above = current;
  }
  return above[b.length] as number;
}
