import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import { type Actor, visibleTo } from '../access.ts';
import type { Tables } from '../db/tables.ts';
import { membersHiddenFromOwner } from './confirmation-store.ts';

// How the sources of virtual rasters are: what each was built of against what there is. Told from the catalogue alone,
// which a check in the background keeps up to date; no file is looked at while somebody waits.

type Db = Kysely<Tables>;
type Trx = Transaction<Tables>;

export type SourceStatus = 'healthy' | 'missing' | 'inaccessible' | 'stale';
export type HealthCounts = Readonly<Record<SourceStatus, number>>;

/** A source of a virtual raster and how it is. */
export interface SourceHealth {
  readonly id: string;
  readonly title: string;
  readonly status: SourceStatus;
}

interface BuiltMember {
  readonly id: string;
  readonly version: number;
  readonly position: number;
}

/** The sources of a generation in the order it was asked for, with where each lies in the order of painting. */
function membersOf(generationId: string): RawBuilder<BuiltMember> {
  return sql`(
    SELECT m.id, m.version, coalesce(o.position, m.place) AS position
      FROM vrt_generations g
        CROSS JOIN unnest(g.source_ids, g.source_versions) WITH ORDINALITY AS m (id, version, place)
        LEFT JOIN (
          SELECT painted.index, painted.position
            FROM vrt_generations p, unnest(p.paint_order) WITH ORDINALITY AS painted (index, position)
            WHERE p.id = ${generationId}) o ON o.index = m.place - 1
      WHERE g.id = ${generationId})`;
}

/** Those among the sources of a generation that may be anything but healthy: no others are, and mostly these are few. */
function unusualMembersOf(generationId: string, hidden: readonly string[]): RawBuilder<BuiltMember> {
  return sql`(
    WITH unusual AS MATERIALIZED (
      SELECT dataset_id AS id FROM rasters WHERE version > 1
      UNION SELECT dataset_id FROM raster_health WHERE state <> 'healthy'
      UNION SELECT unnest(${[...hidden]}::uuid[]))
    SELECT m.id, m.version, 0 AS position
      FROM vrt_generations g CROSS JOIN unnest(g.source_ids, g.source_versions) AS m (id, version)
      WHERE g.id = ${generationId} AND m.id IN (SELECT id FROM unusual)
      OFFSET 0)`;
}

/**
 * How each of some sources is. Of several reasons the gravest: one that the virtual raster's owner may not see any more cannot be
 * built of again; one whose file is not there can be shown no more; one that is stale is only not the newest.
 *
 * @param hidden those that the virtual raster's owner may not see
 */
function selectSources(db: Db | Trx, members: RawBuilder<BuiltMember>, hidden: readonly string[]) {
  return db
    .selectFrom(members.as<'members'>(sql.ref('members')))
    .innerJoin('datasets', 'datasets.id', 'members.id')
    .innerJoin('rasters', 'rasters.dataset_id', 'datasets.id')
    .leftJoin('raster_health', 'raster_health.dataset_id', 'datasets.id')
    .select((eb) => [
      'datasets.id',
      'datasets.title',
      'members.position',
      eb
        .case()
        .when(eb('members.id', '=', eb.fn.any(sql<string[]>`${[...hidden]}::uuid[]`)))
        .then(sql.lit('inaccessible'))
        .when('raster_health.state', 'in', ['missing', 'inaccessible'])
        .then(eb.ref('raster_health.state'))
        .when(sql<boolean>`rasters.version <> members.version OR raster_health.state = 'changed'`)
        .then(sql.lit('stale'))
        .else(sql.lit('healthy'))
        .end()
        .$castTo<SourceStatus>()
        .as('status'),
    ]);
}

async function hiddenFromOwner(db: Db, datasetId: string): Promise<readonly string[]> {
  return (await membersHiddenFromOwner(db, [datasetId])).get(datasetId) ?? [];
}

/** A page of the sources that the caller may see, lowest first; how many that are. */
export async function listSourceHealth(
  db: Db,
  caller: Actor | null,
  vrt: { readonly id: string; readonly generationId: string },
  page: { readonly limit: number; readonly skip: number },
): Promise<{ sources: SourceHealth[]; total: number }> {
  const hidden = await hiddenFromOwner(db, vrt.id);
  const visible = selectSources(db, membersOf(vrt.generationId), hidden).where((eb) => visibleTo(caller)(eb as never));
  const sources = await visible.orderBy('members.position').limit(page.limit).offset(page.skip).execute();
  if (page.skip === 0 && sources.length < page.limit) return { sources, total: sources.length };
  const { total } = await db
    .selectFrom(visible.as('visible'))
    .select(sql<number>`count(*)::int`.as('total'))
    .executeTakeFirstOrThrow();
  return { sources, total };
}

/** How many sources of a virtual raster are how, whoever asks; counted anew only where something has changed. */
export async function healthOf(db: Db, datasetIds: readonly string[]): Promise<ReadonlyMap<string, HealthCounts>> {
  await spreadChanges(db);
  const rows = await db
    .selectFrom('vrt_health')
    .select(['dataset_id', 'is_due', 'healthy', 'stale', 'missing', 'inaccessible'])
    .where((eb) => eb('dataset_id', '=', eb.fn.any(eb.val([...datasetIds]))))
    .execute();
  const counts = new Map<string, HealthCounts>();
  for (const { dataset_id: id, is_due: isDue, ...stored } of rows) {
    counts.set(id, isDue && counts.size < MOST_COUNTED_AT_ONCE ? await countSources(db, id) : stored);
  }
  return counts;
}

/** Of a page of virtual rasters; the others of it show what was counted before, until the background has come by. */
const MOST_COUNTED_AT_ONCE = 20;

/** Of a virtual raster that is no more. */
export const NO_SOURCES: HealthCounts = { healthy: 0, stale: 0, missing: 0, inaccessible: 0 };

/** Counts the sources of a virtual raster and keeps that, unless something changes meanwhile. */
async function countSources(db: Db, datasetId: string): Promise<HealthCounts> {
  const vrt = await db
    .selectFrom('vrt_health')
    .innerJoin('vrts', 'vrts.dataset_id', 'vrt_health.dataset_id')
    .innerJoin('vrt_generations', 'vrt_generations.id', 'vrts.generation_id')
    .select(['mark', 'generation_id', 'source_count'])
    .where('vrt_health.dataset_id', '=', datasetId)
    .executeTakeFirst();
  if (vrt === undefined) return NO_SOURCES;
  const hidden = await hiddenFromOwner(db, datasetId);
  const unusual = unusualMembersOf(vrt.generation_id, hidden);
  const rows = await db
    .selectFrom(selectSources(db, unusual, hidden).as('sources'))
    .select(['status', sql<number>`count(*)::int`.as('count')])
    .where('status', '<>', 'healthy')
    .groupBy('status')
    .execute();
  const found = rows.reduce((sum, { count }) => sum + count, 0);
  const counts = {
    ...NO_SOURCES,
    ...Object.fromEntries(rows.map(({ status, count }) => [status, count])),
    healthy: vrt.source_count - found,
  };
  await db
    .updateTable('vrt_health')
    .set({ ...counts, is_due: false })
    .where('dataset_id', '=', datasetId)
    .where('mark', '=', vrt.mark)
    .execute();
  return counts;
}

/** Counts what is due before lists are searched by it: all of it, as long as that is little. */
export async function countHealth(db: Db): Promise<void> {
  await spreadChanges(db);
  await countDue(db, MOST_COUNTED_AT_ONCE);
}

/** Counts what is due, at most `limit` virtual rasters. @returns how many were counted */
export async function countDue(db: Db, limit: number): Promise<number> {
  const due = await db.selectFrom('vrt_health').select('dataset_id').where('is_due', '=', true).limit(limit).execute();
  for (const { dataset_id: id } of due) await countSources(db, id);
  return due.length;
}

/** How long after the last replacement a virtual raster is built anew by itself, and how long after the first at most. */
const QUIET_SECONDS = 30;
const LONGEST_WAIT_SECONDS = 300;
const CHANGES_AT_ONCE = 5000;

/**
 * Tells the virtual rasters of what has changed: they are to be counted again, and, where they are made so and pixels have
 * changed, to be built again. What is taken and what it leads to are one transaction.
 */
export async function spreadChanges(db: Db): Promise<void> {
  const waiting = await db.selectFrom('catalogue_changes').select('id').limit(1).execute();
  if (waiting.length === 0) return;
  await db.transaction().execute(async (trx) => {
    // One at a time: two that mark the same virtual rasters in another order would wait for each other.
    await sql`SELECT pg_advisory_xact_lock(hashtext('inlay.health'))`.execute(trx);
    const changes = await trx
      .deleteFrom('catalogue_changes')
      .where('id', 'in', (eb) => eb.selectFrom('catalogue_changes').select('id').orderBy('id').limit(CHANGES_AT_ONCE))
      .returning(['dataset_id', 'is_replaced'])
      .execute();
    const changed = [...new Set(changes.map((change) => change.dataset_id))];
    const replaced = [...new Set(changes.flatMap((change) => (change.is_replaced ? [change.dataset_id] : [])))];
    if (replaced.length > 0) {
      await sql`
        UPDATE vrts SET
          regenerate_since = coalesce(regenerate_since, now()),
          regenerate_due_at = least(
            now() + make_interval(secs => ${QUIET_SECONDS}),
            coalesce(regenerate_since, now()) + make_interval(secs => ${LONGEST_WAIT_SECONDS}))
          WHERE auto_regenerate AND dataset_id IN (${showing(replaced)})`.execute(trx);
    }
    // After `vrts`: a virtual raster that is deleted is let go of in this order.
    await sql`
      UPDATE vrt_health SET is_due = true, mark = mark + 1
        WHERE dataset_id = ANY (${changed}::uuid[]) OR dataset_id IN (${showing(changed)})`.execute(trx);
  });
}

/** The virtual rasters that show one of these rasters now. */
function showing(ids: readonly string[]): RawBuilder<unknown> {
  return sql`
    SELECT v.dataset_id FROM vrt_generations g JOIN vrts v ON v.generation_id = g.id
      WHERE g.source_ids && ${[...ids]}::uuid[]`;
}

/** Whether a virtual raster is built anew by itself; from now on: what was replaced before is left to its owner. */
export async function setAutoRegenerate(trx: Trx, datasetId: string, isAutomatic: boolean): Promise<void> {
  await trx
    .updateTable('vrts')
    .set({ auto_regenerate: isAutomatic, regenerate_since: null, regenerate_due_at: null })
    .where('dataset_id', '=', datasetId)
    .execute();
}

/** How long whoever takes it has, before somebody else does. */
const CLAIM_SECONDS = 60;

/** A virtual raster that is to be built anew. */
export interface DueRegeneration {
  readonly id: string;
  readonly ownerId: string;
}

/** Takes virtual rasters that are to be built anew by themselves; no other process takes the same ones. */
export async function claimRegenerations(db: Db, limit: number): Promise<DueRegeneration[]> {
  // What is replaced from here on begins another wait, which ending this one does not end.
  const { rows } = await sql<{ id: string; owner: string }>`
    WITH taken AS (
      UPDATE vrts SET regenerate_due_at = now() + make_interval(secs => ${CLAIM_SECONDS}), regenerate_since = NULL
        WHERE dataset_id IN (
          SELECT dataset_id FROM vrts WHERE regenerate_due_at <= now() ORDER BY regenerate_due_at LIMIT ${limit}
            FOR UPDATE SKIP LOCKED)
        RETURNING dataset_id)
    SELECT d.id, d.created_by AS owner FROM taken JOIN datasets d ON d.id = taken.dataset_id`.execute(db);
  return rows.map(({ id, owner }) => ({ id, ownerId: owner }));
}

/** Ends the wait of what was taken, unless something was replaced meanwhile. */
export async function endRegeneration(db: Db, id: string): Promise<void> {
  await db
    .updateTable('vrts')
    .set({ regenerate_due_at: null })
    .where('dataset_id', '=', id)
    .where('regenerate_since', 'is', null)
    .execute();
}
