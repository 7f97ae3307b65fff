import { type ExpressionBuilder, type Kysely, sql, type Transaction } from 'kysely';
import { type Actor, narrowerThan, visibleTo } from '../access.ts';
import type { Tables, Visibility } from '../db/tables.ts';

// Whether sources of a virtual raster are seen by fewer people than it, and that its owner shares them all the same.

type Db = Kysely<Tables>;
type Trx = Transaction<Tables>;

/** Sources that a virtual raster would show to people who may not see them. */
export interface ExposedSources {
  readonly count: number;
  /** The first of them that whoever asks may see, by position. */
  readonly shown: readonly { readonly id: string; readonly title: string }[];
}

/** Sources that one answer names. */
export const MAX_NAMED_SOURCES = 20;

/** Those who will see a virtual raster: all of a visibility, or one user. */
export type NewAudience = { readonly visibility: Visibility } | { readonly user: Actor };

/** The sources of a virtual raster that `audience` may not see and that its owner has not shared; null for none. */
export async function findExposedSources(
  db: Db,
  asker: Actor,
  datasetId: string,
  audience: NewAudience,
): Promise<ExposedSources | null> {
  const narrow = 'visibility' in audience ? narrowerThan(audience.visibility) : [];
  if ('visibility' in audience && narrow.length === 0) return null;
  const exposed = selectSources(db, datasetId)
    .where(
      sql<boolean>`sources.id NOT IN (SELECT unnest(source_ids) FROM vrt_confirmations WHERE dataset_id = ${datasetId})`,
    )
    .where((eb) =>
      'visibility' in audience
        ? eb('datasets.visibility', 'in', narrow)
        : eb.not(visibleTo(audience.user)(eb as unknown as Datasets)),
    );
  const { count } = await exposed.select(sql<number>`count(*)::int`.as('count')).executeTakeFirstOrThrow();
  if (count === 0) return null;
  const shown = await exposed
    .select(['datasets.id', 'datasets.title'])
    .where((eb) => visibleTo(asker)(eb as unknown as Datasets))
    .orderBy('sources.place')
    .limit(MAX_NAMED_SOURCES)
    .execute();
  return { count, shown };
}

/**
 * Writes down that those sources of a virtual raster which its owner may see now are shared through it: they are seen with
 * its owner's eyes from then on. Takes the place of what was confirmed before.
 *
 * @returns how many these are
 */
export async function confirmSources(
  trx: Trx,
  {
    datasetId,
    owner,
    confirmedBy,
  }: { readonly datasetId: string; readonly owner: Actor; readonly confirmedBy: string },
): Promise<number> {
  const covered = await selectSources(trx, datasetId)
    .where((eb) => visibleTo(owner)(eb as unknown as Datasets))
    .select(sql<string[]>`coalesce(array_agg(sources.id ORDER BY sources.place), '{}')`.as('ids'))
    .executeTakeFirstOrThrow();
  const confirmation = { confirmed_by: confirmedBy, confirmed_at: sql<Date>`now()`, source_ids: covered.ids };
  await trx
    .insertInto('vrt_confirmations')
    .values({ dataset_id: datasetId, ...confirmation })
    .onConflict((conflict) => conflict.column('dataset_id').doUpdateSet(confirmation))
    .execute();
  return covered.ids.length;
}

/** The sources whose pixels the owner of a virtual raster shares through it. */
export async function confirmedSources(db: Db, datasetId: string): Promise<ReadonlySet<string>> {
  const found = await db
    .selectFrom('vrt_confirmations')
    .select('source_ids')
    .where('dataset_id', '=', datasetId)
    .executeTakeFirst();
  return new Set(found?.source_ids ?? []);
}

/** Whether there was a confirmation to take back. */
export async function withdrawConfirmation(trx: Trx, datasetId: string): Promise<boolean> {
  const result = await trx.deleteFrom('vrt_confirmations').where('dataset_id', '=', datasetId).executeTakeFirst();
  return result.numDeletedRows === 1n;
}

/**
 * The sources that became invisible to the owner of the virtual raster they are in, by its id: in one query, and only of
 * those virtual rasters whose counts say that there are some.
 */
export async function membersHiddenFromOwner(
  db: Db,
  datasetIds: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await sql<{ dataset_id: string; ids: string[] }>`
    SELECT own.id AS dataset_id, array_agg(d.id ORDER BY s.place) AS ids
    FROM datasets own
      JOIN users u ON u.id = own.created_by AND u.role <> 'admin'
      JOIN vrts v ON v.dataset_id = own.id
      JOIN vrt_generations g ON g.id = v.generation_id
      CROSS JOIN unnest(g.source_ids) WITH ORDINALITY AS s (id, place)
      JOIN datasets d ON d.id = s.id
    WHERE own.id = ANY (${[...datasetIds]}::uuid[])
      AND EXISTS (
        SELECT 1 FROM vrt_hidden_sources h
          LEFT JOIN vrt_source_readers r
            ON r.dataset_id = h.dataset_id AND r.confirmed = h.confirmed AND r.user_id = own.created_by
        WHERE h.dataset_id = own.id AND h.named > coalesce(r.named, 0)
      )
      AND NOT own.created_by = ANY (named_readers(d.id, d.created_by, d.visibility))
      AND d.visibility NOT IN ('internal', 'public')
    GROUP BY own.id`.execute(db);
  return new Map(rows.rows.map(({ dataset_id: id, ids }) => [id, ids]));
}

type Datasets = ExpressionBuilder<Tables, 'datasets'>;

/** The sources of the build that a virtual raster shows, with their places in it, from 1. */
function selectSources(db: Db, datasetId: string) {
  const sources = sql<{ id: string; place: number }>`
    (SELECT s.id, s.place FROM vrts v JOIN vrt_generations g ON g.id = v.generation_id,
      unnest(g.source_ids) WITH ORDINALITY AS s (id, place)
      WHERE v.dataset_id = ${datasetId})`.as<'sources'>(sql.ref('sources'));
  return db.selectFrom(sources).innerJoin('datasets', 'datasets.id', 'sources.id');
}
