/**
 * The results of `work` for each item, in the order of the items, with at most `concurrency` at a time. The first
 * failure is the outcome; what has not begun by then is not begun any more.
 */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  concurrency: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = Array.from<R>({ length: items.length });
  const entries = items.entries();
  let failed = false;

  async function takeTurns(): Promise<void> {
    for (const [index, item] of entries) {
      if (failed) return;
      try {
        results[index] = await work(item, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  }

  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, takeTurns));
  return results;
}
