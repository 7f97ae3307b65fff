/**
 * What is selected after a click on the map.
 *
 * @param below ids at the place, the topmost first, each once
 */
export function nextSelection(
  selected: readonly string[],
  below: readonly string[],
  isAdditive: boolean,
): readonly string[] {
  const [top] = below;
  if (top === undefined) return isAdditive ? selected : [];
  if (isAdditive) return selected.includes(top) ? selected.filter((id) => id !== top) : [...selected, top];
  // Footprints overlap: a click where the chosen one is chooses the one below it, and after the last one none.
  const [only] = selected;
  const at = selected.length === 1 && only !== undefined ? below.indexOf(only) : -1;
  const next = below[at + 1];
  return next === undefined ? (below.length === 1 ? [] : [top]) : [next];
}
