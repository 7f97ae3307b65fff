import type { Kysely } from 'kysely';
import type { Tables } from '../db/tables.ts';
import { isCodedError } from '@inlay/geo';
import { ValidationError } from '../error.ts';
import type { Log } from '../log.ts';
import { claimRegenerations, endRegeneration, healthOf } from './health-store.ts';

export interface AutoRegenerateDeps {
  readonly db: Kysely<Tables>;
  readonly log: Log;
  /** Asks for a virtual raster to be built anew in somebody's name. @throws ServerError `regenerating`, `not_found` */
  readonly requestRegeneration: (vrt: { readonly vrtId: string; readonly triggeredBy: string }) => Promise<unknown>;
}

const AT_A_TIME = 20;

/**
 * Has those virtual rasters built anew that are to follow their sources, once these have been quiet for a while: a hundred
 * replacements make one build. One that is being built already is asked for again a minute later.
 */
export async function regenerateDue({ db, log, requestRegeneration }: AutoRegenerateDeps): Promise<void> {
  for (const { id, ownerId } of await claimRegenerations(db, AT_A_TIME)) {
    // Somebody may have had it built in the meantime.
    const isStale = ((await healthOf(db, [id])).get(id)?.stale ?? 0) > 0;
    if (isStale && !(await wasQueued(id, ownerId))) continue;
    await endRegeneration(db, id);
  }

  /** False where it is to be asked for again. */
  async function wasQueued(vrtId: string, triggeredBy: string): Promise<boolean> {
    try {
      await requestRegeneration({ vrtId, triggeredBy });
      return true;
    } catch (error) {
      if (isCodedError(error) && error.code === 'regenerating') return false;
      // Sources that no longer fit together stay so until somebody changes something.
      if (!(error instanceof ValidationError) && !isCodedError(error)) throw error;
      log.info({ datasetId: vrtId, reason: error.message }, 'a virtual raster is not built anew by itself');
      return true;
    }
  }
}
