import { openApiDocument } from '@inlay/contract';
import type { Kysely } from 'kysely';
import type { Config } from '../config.ts';
import { pingDatabase } from '../db/pool.ts';
import type { Tables } from '../db/tables.ts';
import { ServerError } from '../error.ts';
import type { Queue } from '../jobs/queue.ts';
import type { Log } from '../log.ts';
import type { Storage } from '../storage/storage.ts';
import type { Handlers } from './bind.ts';

export interface GeneralDeps {
  readonly db: Kysely<Tables>;
  readonly queue: Queue;
  readonly storage: Storage;
  readonly version: string;
  readonly publicUrl: string | null;
  readonly maxUploadBytes: number;
  readonly sourceRoots: readonly string[];
  readonly basemap: Config['basemap'];
  readonly log: Log;
}

/** How long a dependency may take to answer before it counts as failed. */
const CHECK_MS = 3000;

export function generalHandlers(
  deps: GeneralDeps,
): Pick<Handlers, 'health' | 'ready' | 'getSettings' | 'openapiDocument'> {
  const document = openApiDocument({ version: deps.version, serverUrl: deps.publicUrl ?? '/' });
  const check = async (name: string, probe: () => Promise<unknown>): Promise<'ok' | 'failed'> => {
    try {
      await within(CHECK_MS, probe());
      return 'ok';
    } catch (error) {
      deps.log.warn({ err: error, dependency: name }, 'not ready');
      return 'failed';
    }
  };
  return {
    health: async () => ({ status: 'ok', version: deps.version }),

    ready: async () => {
      const [database, queue, storage] = await Promise.all([
        check('database', () => pingDatabase(deps.db)),
        check('queue', () => deps.queue.ping()),
        check('storage', () => deps.storage.stat('ready')),
      ]);
      const checks = { database, queue, storage };
      const failed = Object.entries(checks).flatMap(([name, state]) => (state === 'ok' ? [] : [name]));
      if (failed.length > 0) {
        throw new ServerError('service_unavailable', `Not ready: ${failed.join(', ')} cannot be used.`, {
          details: { checks },
        });
      }
      return { status: 'ready', checks };
    },

    getSettings: async () => ({
      version: deps.version,
      max_upload_bytes: deps.maxUploadBytes,
      registers_in_place: deps.sourceRoots.length > 0,
      basemap: deps.basemap,
    }),

    openapiDocument: async () => document as unknown as Record<string, unknown>,
  };
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const timeout = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms).unref();
  });
  return await Promise.race([work, timeout]);
}
