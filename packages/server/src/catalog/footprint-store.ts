import type { FootprintGeometry } from '@inlay/geo';
import { type Kysely, sql } from 'kysely';
import { type Actor, visibleTo } from '../access.ts';
import type { RecordType, Tables } from '../db/tables.ts';
import { type DatasetTerms, fits } from './search.ts';

/** Where a dataset lies. */
export interface FootprintRow {
  readonly id: string;
  readonly title: string;
  readonly record_type: RecordType;
  readonly footprint: FootprintGeometry;
}

/** Where datasets lie, newest first; those without a place on Earth are left out. */
export async function listFootprints(
  db: Kysely<Tables>,
  actor: Actor | null,
  filter: DatasetTerms & { readonly limit: number; readonly skip: number },
): Promise<{ rows: FootprintRow[]; total: number }> {
  const matching = db
    .selectFrom('datasets')
    .innerJoin('rasters', 'rasters.dataset_id', 'datasets.id')
    .where((eb) => visibleTo(actor)(eb as never))
    .where((eb) => fits(filter)(eb))
    .where('datasets.bbox', 'is not', null);
  const { total } = await matching.select(sql<number>`count(*)::int`.as('total')).executeTakeFirstOrThrow();
  const rows = await matching
    .select(['datasets.id', 'datasets.title', 'datasets.record_type', 'datasets.footprint'])
    .orderBy('datasets.created_at', 'desc')
    .orderBy('datasets.id', 'desc')
    .limit(filter.limit)
    .offset(filter.skip)
    .execute();
  return { rows: rows as FootprintRow[], total };
}
