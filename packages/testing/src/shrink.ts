/** A sequence that fails, and how. */
export interface FailingSequence<Step> {
  /** Up to the one that failed. */
  readonly steps: readonly Step[];
  readonly error: unknown;
}

/**
 * Shortens a sequence that fails, as long as what is left fails: its end alone first, since that is where it fails, then
 * without one half or the other, then without smaller and smaller parts.
 *
 * @param attempt how a sequence fails when it is done from the start; null where it does not
 * @param hasTime whether another one may be tried
 */
export async function shrink<Step>(
  failing: FailingSequence<Step>,
  attempt: (steps: readonly Step[]) => Promise<FailingSequence<Step> | null>,
  hasTime: () => boolean,
): Promise<FailingSequence<Step>> {
  let shortest = failing;
  for (let kept = 1; kept < shortest.steps.length && hasTime(); kept *= 4) {
    const end = await attempt(shortest.steps.slice(-kept));
    if (end !== null) shortest = end;
  }
  for (let size = shortest.steps.length >> 1; size >= 1; size >>= 1) {
    for (let start = 0; start < shortest.steps.length && hasTime();) {
      const shorter = await attempt(shortest.steps.toSpliced(start, size));
      if (shorter === null) start += size;
      else shortest = shorter;
    }
  }
  return shortest;
}
