import type { Kysely } from 'kysely';
import { listFootprints } from '../catalog/footprint-store.ts';
import { thinOutline } from '../catalog/thin-outline.ts';
import type { Tables } from '../db/tables.ts';
import type { Handlers } from './bind.ts';
import { filterOf } from './dataset-filter.ts';

export function footprintHandlers({ db }: { db: Kysely<Tables> }): Pick<Handlers, 'listFootprints'> {
  return {
    listFootprints: async ({ actor, query }) => {
      const { limit, skip } = query;
      const { rows, total } = await listFootprints(db, actor, { ...filterOf(query), limit, skip });
      const footprints = rows.map(({ footprint, ...row }) => ({ ...row, outline: thinOutline(footprint) }));
      return { footprints, total, limit, skip };
    },
  };
}
