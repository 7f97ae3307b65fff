import { type Kysely, sql } from 'kysely';
import type { FileState, SourceState, Tables } from '../db/tables.ts';

// When the file behind each raster is looked at, and how it was found.

type Db = Kysely<Tables>;

/** Each file is looked at once in about so long: spread over it, so that a million files are not looked at at once. */
const ROUND_HOURS = 24;
/** One that was not there, or did not answer, sooner: and later each time it is found so again. */
const FIRST_RETRY_MINUTES = 10;
/** Whoever has taken rasters to look at and dies leaves them to others after so long. */
const CLAIM_MINUTES = 15;

/** A raster that is to be looked at. */
export interface DueRaster {
  readonly id: string;
  readonly owner: string;
  /** Which version of it: what is found of that says nothing of a newer one. */
  readonly version: number;
  readonly objectKey: string | null;
  readonly location: string | null;
  readonly states: Readonly<Record<string, SourceState>>;
}

/** Takes rasters whose time has come, the longest due first. No other process takes the same ones. */
export async function claimDueRasters(db: Db, limit: number): Promise<DueRaster[]> {
  const { rows } = await sql<{
    id: string;
    owner: string;
    version: number;
    object_key: string | null;
    location: string | null;
    source_state: Record<string, SourceState> | null;
  }>`
    WITH taken AS (
      UPDATE raster_health SET due_at = now() + make_interval(mins => ${CLAIM_MINUTES})
        WHERE dataset_id IN (
          SELECT dataset_id FROM raster_health WHERE due_at <= now() ORDER BY due_at LIMIT ${limit}
            FOR UPDATE SKIP LOCKED)
        RETURNING dataset_id)
    SELECT r.dataset_id AS id, d.created_by AS owner, r.version, r.object_key, r.location, r.source_state
      FROM taken JOIN rasters r USING (dataset_id) JOIN datasets d ON d.id = r.dataset_id`.execute(db);
  return rows.map((row) => ({
    id: row.id,
    owner: row.owner,
    version: row.version,
    objectKey: row.object_key,
    location: row.location,
    states: row.source_state ?? {},
  }));
}

/** Notes how rasters were found, and when to look again. */
export async function recordFound(
  db: Db,
  found: readonly (DueRaster & { readonly state: FileState })[],
): Promise<void> {
  if (found.length === 0) return;
  const [ids, versions, states] = [
    found.map(({ id }) => id),
    found.map(({ version }) => version),
    found.map(({ state }) => state),
  ];
  await sql`
    WITH held AS MATERIALIZED (
      SELECT dataset_id FROM raster_health WHERE dataset_id = ANY (${ids}::uuid[]) ORDER BY dataset_id FOR UPDATE)
    UPDATE raster_health h SET
      state = f.state,
      checked_at = now(),
      failures = CASE WHEN f.state IN ('missing', 'inaccessible') THEN h.failures + 1 ELSE 0 END,
      due_at = now() + (0.5 + random()) * CASE WHEN f.state IN ('missing', 'inaccessible')
        THEN least(make_interval(hours => ${ROUND_HOURS}), make_interval(mins => ${FIRST_RETRY_MINUTES}) * 2 ^ least(h.failures, 10))
        ELSE make_interval(hours => ${ROUND_HOURS}) END
    FROM unnest(${ids}::uuid[], ${versions}::integer[], ${states}::text[]) AS f (id, version, state)
      JOIN rasters r ON r.dataset_id = f.id AND r.version = f.version
      JOIN held ON held.dataset_id = f.id
    WHERE h.dataset_id = f.id`.execute(db);
}

/** Has rasters looked at as soon as may be: those that a virtual raster shows, or one by itself. @returns how many */
export async function lookSoon(db: Db, datasetId: string): Promise<number> {
  const { numAffectedRows } = await sql`
    WITH held AS MATERIALIZED (
      SELECT dataset_id FROM raster_health
        WHERE dataset_id = ${datasetId} OR dataset_id = ANY (SELECT unnest(g.source_ids) FROM vrts v
          JOIN vrt_generations g ON g.id = v.generation_id WHERE v.dataset_id = ${datasetId})
        ORDER BY dataset_id FOR UPDATE)
    UPDATE raster_health h SET due_at = least(h.due_at, now()) FROM held WHERE h.dataset_id = held.dataset_id`.execute(
    db,
  );
  return Number(numAffectedRows ?? 0n);
}
