/**
 * Lets callers that ask for the same at the same time share the answer, without ever giving one an answer that is older
 * than its question: who asks while a look-up is under way waits for the next one, which all of them share. A map that
 * asks for twenty tiles at once has its right to see them looked up twice, not twenty times.
 *
 * @param keyOf what the same arguments have in common
 */
export function shareLookups<Args extends readonly unknown[], T>(
  lookUp: (...args: Args) => Promise<T>,
  keyOf: (...args: Args) => string,
): (...args: Args) => Promise<T> {
  const underWay = new Map<string, { current: Promise<unknown>; next: Promise<T> | null }>();
  const start = (key: string, args: Args): Promise<T> => {
    const current = lookUp(...args);
    const entry = { current, next: null };
    underWay.set(key, entry);
    const end = (): void => {
      if (underWay.get(key) === entry) underWay.delete(key);
    };
    current.then(end, end);
    return current;
  };
  return (...args) => {
    const key = keyOf(...args);
    const entry = underWay.get(key);
    if (entry === undefined) return start(key, args);
    // Whatever came of the one before, this one looks for itself.
    const again = (): Promise<T> => start(key, args);
    entry.next ??= entry.current.then(again, again);
    return entry.next;
  };
}
