import { formatPlural } from '../format.ts';

/** What was done to a list of sources, in words: `2 sources added, 1 removed`; null where it is as it was. */
export function describeChanges(before: readonly string[], after: readonly string[]): string | null {
  const [was, is] = [new Set(before), new Set(after)];
  const added = after.filter((id) => !was.has(id)).length;
  const stayed = before.filter((id) => is.has(id));
  const removed = before.length - stayed.length;
  const isReordered = after.filter((id) => was.has(id)).some((id, index) => id !== stayed[index]);
  const parts = [
    added > 0 ? `${formatPlural(added, 'source')} added` : null,
    removed > 0 ? `${formatPlural(removed, 'source')} removed` : null,
    isReordered ? 'order changed' : null,
  ].filter((part) => part !== null);
  if (parts.length === 0) return null;
  const text = parts.join(', ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}
