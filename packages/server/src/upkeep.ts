import type { FileChecker } from './catalog/check-files.ts';
import { type CollectDeps, removeGarbage } from './gc/collect.ts';
import { takeChore } from './jobs/chore-store.ts';
import type { Log } from './log.ts';
import { repeat } from './repeat.ts';
import { type AutoRegenerateDeps, regenerateDue } from './virtual-rasters/auto-regenerate.ts';
import { countDue, spreadChanges } from './virtual-rasters/health-store.ts';

// What a worker does beside jobs. Several processes do it together: each takes what no other has taken.

export interface UpkeepDeps extends AutoRegenerateDeps, CollectDeps {
  readonly fileChecker: FileChecker;
  readonly log: Log;
}

const FILES_MS = 60_000;
const CHANGES_MS = 2000;
const GARBAGE_LOOK_MS = 10 * 60_000;
const GARBAGE_SECONDS = 24 * 3600;
const COUNTED_AT_A_TIME = 100;

export interface Upkeep {
  /** Looks at files whose time has come. @returns how many */
  checkFiles(): Promise<number>;
  /** Counts the health of virtual rasters whose sources have changed, and has those built anew that are to be. */
  followChanges(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it: file after file in the background, and whatever has changed soon after. */
export function startUpkeep(deps: UpkeepDeps): Upkeep {
  const { db, fileChecker, log } = deps;
  const stopping = new AbortController();
  const checkFiles = async (): Promise<number> => await fileChecker.check(stopping.signal);
  const followChanges = async (): Promise<void> => {
    await spreadChanges(db);
    await countDue(db, COUNTED_AT_A_TIME);
    await regenerateDue(deps);
  };
  /** Looks at all of storage: once a day, in one of the processes. */
  const collect = async (): Promise<void> => {
    if (!(await takeChore(db, 'gc', GARBAGE_SECONDS))) return;
    const { items } = await removeGarbage(deps, { actor: null, requestId: null }, stopping.signal);
    const removed = items.filter(({ count }) => count > 0);
    if (removed.length > 0) log.info({ removed }, 'removed what nothing needs any more');
  };
  const report = (what: string) => (err: unknown) => {
    if (!stopping.signal.aborted) log.warn({ err }, what);
  };
  const repetitions = [
    repeat(FILES_MS, async () => void (await checkFiles()), report('looking at files failed')),
    repeat(GARBAGE_LOOK_MS, collect, report('removing what nothing needs any more failed')),
    repeat(CHANGES_MS, followChanges, report('following changes of rasters failed')),
  ];
  return {
    checkFiles,
    followChanges,
    async stop() {
      for (const repetition of repetitions) repetition.stop();
      stopping.abort(new Error('the worker is stopping'));
      for (const repetition of repetitions) await repetition.settled();
    },
  };
}
