import { shareWork, type SharedWork } from '@inlay/geotiff';
import { LRUCache } from 'lru-cache';

/** Where a value came from: it was held, somebody was just making it, or it was made now. */
export type Provenance = 'held' | 'joined' | 'made';

/** Results that many requests ask for at once: each is made once, and kept as long as there is room. */
export interface SharedCache<T extends object> {
  /**
   * The value of a key, made if it is not held. Who leaves (by their signal) does not disturb the others who wait for
   * it; when the last one leaves, the work is aborted. Failures are not kept.
   */
  obtain(
    key: string,
    make: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<{ readonly value: T; readonly provenance: Provenance }>;
  /** Bytes of the values held now. */
  heldBytes(): number;
}

export interface SharedCacheOptions<T> {
  /** Of all values together; the least recently used go first. */
  readonly maxBytes: number;
  /** What a value takes; one that takes more than `maxBytes` is not kept. */
  readonly bytesOf: (value: T) => number;
  /** Whether a value may be given to a later request; all may unless this says otherwise. */
  readonly mayKeep?: (value: T) => boolean;
}

/** What an entry takes beside its value: key, objects, list links. */
const ENTRY_BYTES = 400;

export function createSharedCache<T extends object>(options: SharedCacheOptions<T>): SharedCache<T> {
  const { maxBytes, bytesOf, mayKeep = () => true } = options;
  const held = new LRUCache<string, T>({ maxSize: maxBytes, sizeCalculation: (value) => bytesOf(value) + ENTRY_BYTES });
  const underWay = new Map<string, SharedWork<T>>();
  return {
    async obtain(key, make, signal) {
      const known = held.get(key);
      if (known !== undefined) return { value: known, provenance: 'held' };
      const joined = underWay.get(key);
      if (joined !== undefined) return { value: await joined.join(signal), provenance: 'joined' };
      const work = shareWork(
        async (ownSignal) => {
          const value = await make(ownSignal);
          if (mayKeep(value)) held.set(key, value);
          return value;
        },
        () => {
          // Work that was abandoned may end after another of the same key has begun.
          if (underWay.get(key) === work) underWay.delete(key);
        },
      );
      underWay.set(key, work);
      return { value: await work.join(signal), provenance: 'made' };
    },
    heldBytes: () => held.calculatedSize,
  };
}
