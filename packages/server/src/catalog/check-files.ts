import { realpath } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { FileState } from '../db/tables.ts';
import type { Log } from '../log.ts';
import { claimDueRasters, type DueRaster, recordFound } from './health-store.ts';
import { probeFiles, type ProbeDeps, type RestingOrigins } from './probe-files.ts';
import type { RefreshDeps } from './refresh-job.ts';
import { queueRefresh } from './replace.ts';
import { isLocal } from './source-roots.ts';

export interface CheckFilesDeps extends RefreshDeps, Pick<ProbeDeps, 'storage'> {
  readonly log: Log;
  /** Whether registered files that have changed are read again without being asked for. */
  readonly refreshChanged: boolean;
}

/** Looks at files behind rasters that have not been looked at for long. */
export interface FileChecker {
  /** Looks at those whose time has come, for some minutes at most. @returns how many it has looked at */
  check(signal: AbortSignal): Promise<number>;
}

/** Files taken at a time; as many as are lost, for a while, by a process that dies. */
const BATCH = 500;
const LONGEST_ROUND_MS = 5 * 60_000;
const ROOT_PATIENCE_MS = 5000;

export function createFileChecker(deps: CheckFilesDeps): FileChecker {
  const restingOrigins: RestingOrigins = new Map();
  // Asked once: a folder that hangs would hold up one more thread each time.
  const roots = deps.sourceRoots.map((root) => ({
    root,
    real: isLocal(root) ? realpath(root).catch(() => root) : root,
  }));

  async function checkBatch(signal: AbortSignal): Promise<{ taken: number; found: number }> {
    const due = await claimDueRasters(deps.db, BATCH);
    if (due.length === 0) return { taken: 0, found: 0 };
    const sourceRoots = await Promise.all(
      roots.map(({ root, real }) => Promise.race([real, delay(ROOT_PATIENCE_MS, root, { ref: false })])),
    );
    const probing = { storage: deps.storage, objectLinks: deps.objectLinks, sourceRoots, restingOrigins };
    const states = await probeFiles(probing, due, signal);
    const found = due.flatMap((raster) => {
      const state = states.get(raster.id);
      return state === undefined ? [] : [{ ...raster, state }];
    });
    await recordFound(deps.db, found);
    if (deps.refreshChanged) await refreshFound(deps, found);
    return { taken: due.length, found: found.length };
  }

  return {
    async check(signal) {
      const endsAt = performance.now() + LONGEST_ROUND_MS;
      let checked = 0;
      for (;;) {
        const { taken, found } = await checkBatch(signal);
        checked += found;
        if (taken < BATCH || performance.now() > endsAt) return checked;
      }
    },
  };
}

/** Has changed files read again, in the name of those who own the rasters. */
async function refreshFound(
  deps: RefreshDeps,
  found: readonly (DueRaster & { readonly state: FileState })[],
): Promise<void> {
  const byOwner = new Map<string, string[]>();
  for (const { id, owner, state } of found) {
    if (state === 'changed') byOwner.set(owner, [...(byOwner.get(owner) ?? []), id]);
  }
  for (const [owner, ids] of byOwner) await queueRefresh(deps, { owner, requestId: null }, ids);
}
