import type { VrtStatus } from '@inlay/contract';
import type { Kysely } from 'kysely';
import type { Actor } from '../access.ts';
import { recordChange } from '../audit/audit-store.ts';
import type { DatasetRow } from '../catalog/dataset-store.ts';
import { lookSoon } from '../catalog/health-store.ts';
import type { Tables } from '../db/tables.ts';
import { healthOf, listSourceHealth, NO_SOURCES } from '../virtual-rasters/health-store.ts';
import type { Handlers } from './bind.ts';
import { changeableDataset } from './dataset-calls.ts';

type Db = Kysely<Tables>;

export function sourceHealthHandlers({ db }: { readonly db: Db }): Pick<Handlers, 'checkFiles'> {
  return {
    checkFiles: async ({ actor, params, requestId }) => {
      const row = await changeableDataset(db, actor, params.id);
      const files = await db.transaction().execute(async (trx) => {
        const count = await lookSoon(trx, row.id);
        const about = { datasetId: row.id, subjectName: row.title, details: { files: count } };
        await recordChange(trx, { actor, requestId }, { action: 'dataset.check_files', ...about });
        return count;
      });
      return { files };
    },
  };
}

/** What the state of a virtual raster says of its sources. */
export async function sourceHealthJson(
  db: Db,
  actor: Actor | null,
  vrt: Pick<DatasetRow, 'id'> & { readonly generation_id: string },
  page: { readonly limit: number; readonly skip: number },
): Promise<Pick<VrtStatus, 'source_health' | 'source_health_total' | 'health'>> {
  const shown = { id: vrt.id, generationId: vrt.generation_id };
  const { sources, total } = await listSourceHealth(db, actor, shown, page);
  return {
    source_health: sources.map(({ id, title, status }) => ({ dataset_id: id, title, status })),
    source_health_total: total,
    health: (await healthOf(db, [vrt.id])).get(vrt.id) ?? NO_SOURCES,
  };
}
