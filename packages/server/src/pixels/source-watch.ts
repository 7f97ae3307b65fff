import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { changedOnDisk, type RegisteredPlace } from '../catalog/source-state.ts';
import type { Log } from '../log.ts';
import { type MosaicMember, readMembers } from './member-table.ts';
import type { MosaicPlace, RasterSource } from './raster-source.ts';

/**
 * Notices that registered files were written over, so that no finished picture of what they were is served any longer,
 * nor called the present one. Whoever draws looks for itself, more closely, and refuses to mix versions.
 */
export interface SourceWatch {
  /**
   * A text that becomes another when a local file behind a raster has changed since the catalogue read it; empty as long
   * as none has. It is at most {@link LOOK_MS} old for a single raster. Of a mosaic, the sources are looked at in turn
   * while it is asked for: one of 1,000 a second, or all of them every two seconds where they are fewer.
   */
  stateOf(source: RasterSource): Promise<string>;
  close(): void;
}

const LOOK_MS = 2000;

/** Sources of a mosaic that are looked at together, and how long it is until the next ones: some percent of one core. */
const BATCH = 200;
const BATCH_MS = 200;

/** Rasters of which is known when they were looked at. */
const WATCHED = 1024;

interface Watched {
  /** When looking began; a look that is under way counts. */
  lookedAt: number;
  state: string;
  looking: Promise<void> | null;
}

export function createSourceWatch(log: Log): SourceWatch {
  const stop = new AbortController();
  const watched = new LRUCache<string, Watched>({ max: WATCHED });

  function entryOf({ key }: RasterSource): Watched {
    const entry = watched.get(key) ?? { lookedAt: -Infinity, state: '', looking: null };
    watched.set(key, entry);
    return entry;
  }

  function look(entry: Watched, lookUp: () => Promise<string>): Promise<void> {
    entry.lookedAt = performance.now();
    entry.looking = lookUp()
      .then(
        (state) => void (entry.state = state),
        (err: unknown) => {
          // What cannot be looked at is served as it was known to be; drawing anew tells what is wrong.
          if (!stop.signal.aborted) log.warn({ err }, 'registered files could not be looked at');
        },
      )
      .finally(() => {
        entry.looking = null;
      });
    return entry.looking;
  }

  return {
    async stateOf(source) {
      const { place } = source;
      if (place.kind === 'stored') return '';
      const entry = entryOf(source);
      if (entry.looking === null && performance.now() - entry.lookedAt >= LOOK_MS) {
        const looking = look(entry, () =>
          place.kind === 'mosaic' ? stateOfMembers(place, stop.signal) : stateOfFile(place, stop.signal),
        );
        if (place.kind === 'registered') await looking;
      } else if (place.kind === 'registered') await entry.looking;
      return entry.state;
    },
    close: () => stop.abort(),
  };
}

async function stateOfFile(place: RegisteredPlace, signal: AbortSignal): Promise<string> {
  const [isChanged] = await changedOnDisk([place], signal);
  return isChanged === true ? 'changed' : '';
}

/** What is the same for the same members that have changed. */
async function stateOfMembers({ members }: MosaicPlace, signal: AbortSignal): Promise<string> {
  const { count, memberOf } = readMembers(members);
  const changed: number[] = [];
  for (let first = 0; first < count; first += BATCH) {
    if (first > 0) await delay(BATCH_MS, undefined, { signal, ref: false });
    const places: { index: number; place: RegisteredPlace }[] = [];
    for (let index = first; index < Math.min(count, first + BATCH); index += 1) {
      const { place }: MosaicMember = memberOf(index);
      if (place.kind === 'registered') places.push({ index, place });
    }
    const verdicts = await changedOnDisk(
      places.map(({ place }) => place),
      signal,
    );
    for (const [at, { index }] of places.entries()) if (verdicts[at] === true) changed.push(index);
  }
  return changed.length === 0 ? '' : createHash('sha256').update(changed.join()).digest('hex');
}
