import { createHash } from 'node:crypto';
import { type Crs, layoutFromJson, layoutToJson, type RasterLayout } from '@inlay/geo';
import type { Kysely } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Tables } from '../db/tables.ts';

/**
 * CRSs and layouts by their row ids. Both are immutable once stored, so every raster that shares one gets the
 * **same object**: the planner compares thousands of sources by comparing references.
 */
export interface Definitions {
  /** Stores what is new and returns the row's id. Not for inside a transaction: ids are remembered at once. */
  internCrs(db: Kysely<Tables>, crs: Crs): Promise<number>;
  internLayout(db: Kysely<Tables>, layout: RasterLayout): Promise<number>;
  /** The CRSs with these ids, in one query for those not held yet. */
  crs(db: Kysely<Tables>, ids: Iterable<number>): Promise<ReadonlyMap<number, Crs>>;
  layouts(db: Kysely<Tables>, ids: Iterable<number>): Promise<ReadonlyMap<number, RasterLayout>>;
}

const HELD = 4096;

export function createDefinitions(): Definitions {
  const crsById = new LRUCache<number, Crs>({ max: HELD });
  const layoutById = new LRUCache<number, RasterLayout>({ max: HELD });

  const idByKey = new LRUCache<string, number>({ max: 2 * HELD });

  async function remember(db: Kysely<Tables>, table: 'crs' | 'layouts', definition: string): Promise<number> {
    const key = createHash('sha256').update(definition).digest('hex');
    const id = idByKey.get(table + key) ?? (await intern(db, table, key, definition));
    idByKey.set(table + key, id);
    return id;
  }

  return {
    internCrs: (db, crs) => remember(db, 'crs', JSON.stringify(crs)),
    internLayout: (db, layout) => remember(db, 'layouts', JSON.stringify(layoutToJson(layout))),
    crs: (db, ids) =>
      lookUp(ids, crsById, async (missing) => {
        const rows = await db.selectFrom('crs').select(['id', 'definition']).where('id', 'in', missing).execute();
        return rows.map((row) => [row.id, row.definition]);
      }),
    layouts: (db, ids) =>
      lookUp(ids, layoutById, async (missing) => {
        const rows = await db.selectFrom('layouts').select(['id', 'definition']).where('id', 'in', missing).execute();
        return rows.map((row) => [row.id, layoutFromJson(row.definition)]);
      }),
  };
}

async function intern(db: Kysely<Tables>, table: 'crs' | 'layouts', key: string, definition: string): Promise<number> {
  const find = (): Promise<{ id: number } | undefined> =>
    db.selectFrom(table).select('id').where('key', '=', key).executeTakeFirst();
  const held = await find();
  if (held !== undefined) return held.id;
  const inserted = await db
    .insertInto(table)
    .values({ key, definition })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .returning('id')
    .executeTakeFirst();
  // No row comes back where somebody else inserted the same definition at the same moment.
  const stored = inserted ?? (await find());
  if (stored === undefined) throw new Error(`${table}: the definition just stored is not there`);
  return stored.id;
}

async function lookUp<T extends object>(
  ids: Iterable<number>,
  held: LRUCache<number, T>,
  load: (missing: number[]) => Promise<[number, T][]>,
): Promise<ReadonlyMap<number, T>> {
  const found = new Map<number, T>();
  const missing: number[] = [];
  for (const id of new Set(ids)) {
    const value = held.get(id);
    if (value === undefined) missing.push(id);
    else found.set(id, value);
  }
  if (missing.length > 0) {
    for (const [id, value] of await load(missing)) {
      // Two loads of one id may race; the first stays, so that equal definitions remain one object.
      const first = held.get(id) ?? value;
      held.set(id, first);
      found.set(id, first);
    }
  }
  return found;
}
