import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Dice } from '@inlay/testing';
import { Kysely, PostgresDialect, sql } from 'kysely';
import type pg from 'pg';
import type { Actor } from '../src/access.ts';
import { listDatasets } from '../src/catalog/dataset-store.ts';
import { migrate } from '../src/db/migrate.ts';
import { createDatabase, type OpenDatabase, openDatabase } from '../src/db/pool.ts';
import type { Role, Tables, Visibility } from '../src/db/tables.ts';
import {
  confirmSources,
  findExposedSources,
  membersHiddenFromOwner,
  withdrawConfirmation,
} from '../src/virtual-rasters/confirmation-store.ts';

// Who sees all sources of a virtual raster is counted as it changes, instead of when somebody asks. Here the counts are
// held against the rules, written down a second time over all sources, after many random changes.

const SERVER_URL = process.env['INLAY_TEST_DATABASE_URL'];
const DATABASES = ['embedded', ...(SERVER_URL === undefined ? [] : ['server'])] as const;
const VISIBILITIES: readonly Visibility[] = ['private', 'restricted', 'internal', 'public'];

interface ModelRaster {
  visibility: Visibility;
  owner: string;
  readonly granted: Set<string>;
}

interface ModelVrt {
  readonly owner: string;
  sources: string[];
  confirmed: ReadonlySet<string>;
}

for (const kind of DATABASES) {
  describe(`counts of hidden sources on the ${kind} database`, () => {
    let folder: string;
    let open: OpenDatabase;
    let db: Kysely<Tables>;
    let users: Actor[];
    let layout: number;

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'inlay-counts-'));
      const database =
        kind === 'embedded' ? ({ kind: 'embedded' } as const) : ({ kind: 'postgres', url: SERVER_URL ?? '' } as const);
      open = await openDatabase({ dataDir: folder, database }, { onError: (error) => assert.fail(error) });
      await migrate(open.pool);
      db = createDatabase<Tables>(open.pool);
      users = await Promise.all(
        (['editor', 'editor', 'viewer', 'admin'] as const).map(async (role: Role, index) => {
          const actor: Actor = {
            userId: randomUUID(),
            username: `u${index}-${randomUUID()}`,
            role,
            tokenId: '',
            scope: 'write',
          };
          await db
            .insertInto('users')
            .values({ id: actor.userId, username: actor.username, role, password_hash: null, disabled_at: null })
            .execute();
          return actor;
        }),
      );
      layout = (
        await db
          .insertInto('layouts')
          .values({ key: randomUUID(), definition: '{}' })
          .returning('id')
          .executeTakeFirstOrThrow()
      ).id;
    });
    after(async () => {
      await open.close();
      await rm(folder, { recursive: true, force: true });
    });

    async function addDataset(owner: string, visibility: Visibility, isVrt = false): Promise<string> {
      const id = randomUUID();
      await sql`
        INSERT INTO datasets (id, record_type, title, visibility, created_by)
        VALUES (${id}, ${isVrt ? 'vrt_dataset' : 'raster_dataset'}, 'x', ${visibility}, ${owner})`.execute(db);
      await sql`
        INSERT INTO rasters (dataset_id, width, height, georeference, layout_id, statistics, size_bytes)
        VALUES (${id}, 1, 1, 'none', ${layout}, '[]', 1)`.execute(db);
      return id;
    }

    /** As publishing does it: the virtual raster may name its build before that is written. */
    async function publish(
      vrt: string,
      owner: string,
      sources: readonly string[],
      first: 'link' | 'build' = 'link',
    ): Promise<void> {
      const generation = randomUUID();
      await db.transaction().execute(async (trx) => {
        const link = () =>
          sql`
            INSERT INTO vrts (dataset_id, vrt_type, resolution_strategy, generation_id)
            VALUES (${vrt}, 'mosaic', 'finest', ${generation})
            ON CONFLICT (dataset_id) DO UPDATE SET generation_id = excluded.generation_id`.execute(trx);
        if (first === 'link') await link();
        await sql`
          INSERT INTO vrt_generations
            (id, dataset_id, number, source_ids, source_versions, object_key, triggered_by, started_at, completed_at,
              change, resolution_strategy, width, height, layout_id, size_bytes)
          SELECT ${generation}, ${vrt}, 1 + count(*), ${[...sources]}::uuid[], ${sources.map(() => 1)}::integer[],
            ${generation}, ${owner}, now(), now(), 'created', 'finest', 1, 1, ${layout}, 1
          FROM vrt_generations WHERE dataset_id = ${vrt}`.execute(trx);
        if (first === 'build') await link();
      });
    }

    async function counts(): Promise<{ hidden: string[]; readers: string[] }> {
      const hidden = await db.selectFrom('vrt_hidden_sources').selectAll().execute();
      const readers = await db.selectFrom('vrt_source_readers').selectAll().execute();
      return {
        hidden: hidden
          .filter(({ named, internal }) => named !== 0 || internal !== 0)
          .map((row) => [row.dataset_id, row.confirmed, row.named, row.internal].join(' '))
          .toSorted(),
        readers: readers
          .filter(({ named }) => named !== 0)
          .map((row) => [row.dataset_id, row.confirmed, row.user_id, row.named].join(' '))
          .toSorted(),
      };
    }

    for (const seed of [1, 2, 3]) {
      it(`are right after each of 120 random changes (seed ${seed})`, async () => {
        const dice = new Dice(seed);
        const pick = <T>(items: readonly T[]): T => items[dice.integer(0, items.length - 1)] as T;
        const rasters = new Map<string, ModelRaster>();
        const vrts = new Map<string, ModelVrt>();
        await db.deleteFrom('datasets').where('record_type', '=', 'vrt_dataset').execute();
        for (let index = 0; index < 8; index += 1) {
          const [owner, visibility] = [pick(users).userId, pick(VISIBILITIES)];
          rasters.set(await addDataset(owner, visibility), { owner, visibility, granted: new Set() });
        }
        const some = (): string[] => {
          const chosen = [...rasters.keys()].filter(() => dice.once(2));
          return chosen.length === 0 ? [pick([...rasters.keys()])] : chosen;
        };
        for (let index = 0; index < 4; index += 1) {
          const owner = pick(users).userId;
          const vrt: ModelVrt = { owner, sources: some(), confirmed: new Set() };
          const id = await addDataset(owner, 'public', true);
          vrts.set(id, vrt);
          await publish(id, owner, vrt.sources);
        }

        const named = ({ visibility, owner, granted }: ModelRaster): Set<string> =>
          visibility === 'private'
            ? new Set([owner])
            : visibility === 'restricted'
              ? new Set([owner, ...granted])
              : new Set();
        const sees = (actor: Actor | null, raster: ModelRaster): boolean =>
          raster.visibility === 'public' ||
          (actor !== null &&
            (actor.role === 'admin' || raster.visibility === 'internal' || named(raster).has(actor.userId)));
        const actorOf = (userId: string): Actor => users.find((user) => user.userId === userId) as Actor;
        const ofVrt = ({ sources }: ModelVrt): [string, ModelRaster][] =>
          sources.map((id) => [id, rasters.get(id) as ModelRaster]);

        const expected = (): { hidden: string[]; readers: string[] } => {
          const hidden: string[] = [];
          const readers: string[] = [];
          for (const [id, vrt] of vrts) {
            for (const isConfirmed of [false, true]) {
              const part = ofVrt(vrt).filter(([source]) => vrt.confirmed.has(source) === isConfirmed);
              const byName = part.filter(
                ([, { visibility }]) => visibility === 'private' || visibility === 'restricted',
              );
              const internal = part.filter(([, { visibility }]) => visibility === 'internal').length;
              if (byName.length + internal > 0) hidden.push([id, isConfirmed, byName.length, internal].join(' '));
              for (const { userId } of users) {
                const count = byName.filter(([, raster]) => named(raster).has(userId)).length;
                if (count > 0) readers.push([id, isConfirmed, userId, count].join(' '));
              }
            }
          }
          return { hidden: hidden.toSorted(), readers: readers.toSorted() };
        };
        /** What is confirmed counts as a whole: with its reader's eyes, or with its owner's. */
        const isShown = (actor: Actor | null, vrt: ModelVrt): boolean => {
          const seesPart = (eyes: Actor | null, isConfirmed: boolean): boolean =>
            ofVrt(vrt).every(([source, raster]) => vrt.confirmed.has(source) !== isConfirmed || sees(eyes, raster));
          return seesPart(actor, false) && (seesPart(actor, true) || seesPart(actorOf(vrt.owner), true));
        };

        const changes: readonly (() => Promise<string>)[] = [
          async () => {
            const [[id, raster], visibility] = [pick([...rasters]), pick(VISIBILITIES)];
            raster.visibility = visibility;
            await db.updateTable('datasets').set({ visibility }).where('id', '=', id).execute();
            return `${id} is ${visibility}`;
          },
          async () => {
            const [[id, raster], { userId }] = [pick([...rasters]), pick(users)];
            raster.owner = userId;
            await db.updateTable('datasets').set({ created_by: userId }).where('id', '=', id).execute();
            return `${id} is another's`;
          },
          async () => {
            const [[id, raster], { userId }] = [pick([...rasters]), pick(users)];
            const level = pick(['view', 'edit'] as const);
            raster.granted.add(userId);
            await db
              .insertInto('dataset_grants')
              .values({ dataset_id: id, user_id: userId, level, granted_by: null })
              .onConflict((conflict) => conflict.columns(['dataset_id', 'user_id']).doUpdateSet({ level }))
              .execute();
            return `${id} is granted`;
          },
          async () => {
            const [[id, raster], { userId }] = [pick([...rasters]), pick(users)];
            raster.granted.delete(userId);
            await db.deleteFrom('dataset_grants').where('dataset_id', '=', id).where('user_id', '=', userId).execute();
            return `${id} is granted no longer`;
          },
          async () => {
            const [id, vrt] = pick([...vrts]);
            const others = [...rasters.keys()].filter((each) => !vrt.sources.includes(each));
            vrt.sources = dice.once(2) ? some() : [...vrt.sources, ...others.slice(0, 1)];
            await publish(id, vrt.owner, vrt.sources, pick(['link', 'build'] as const));
            return `${id} is of ${vrt.sources.length} others`;
          },
          async () => {
            const [id, vrt] = pick([...vrts]);
            const owner = actorOf(vrt.owner);
            vrt.confirmed = new Set(ofVrt(vrt).flatMap(([source, raster]) => (sees(owner, raster) ? [source] : [])));
            await db
              .transaction()
              .execute((trx) => confirmSources(trx, { datasetId: id, owner, confirmedBy: owner.userId }));
            return `${id} is confirmed`;
          },
          async () => {
            const [id, vrt] = pick([...vrts]);
            vrt.confirmed = new Set();
            await db.transaction().execute((trx) => withdrawConfirmation(trx, id));
            return `${id} is confirmed no longer`;
          },
        ];

        for (let step = 0; step < 120; step += 1) {
          const what = `${step}: ${await pick(changes)()}`;
          assert.deepEqual(await counts(), expected(), what);
          if (step % 10 !== 0) continue;
          for (const actor of [null, ...users]) {
            const page = { sort: { by: 'created_at', order: 'desc' }, limit: 1000, skip: 0 } as const;
            const { rows } = await listDatasets(db, actor, { ...page, recordType: 'vrt_dataset' });
            for (const [id, vrt] of vrts) {
              const found = rows.find((row) => row.id === id);
              const isOwn = actor?.userId === vrt.owner;
              const shown = actor?.role === 'admin' || isShown(actor, vrt);
              assert.equal(found !== undefined, shown || isOwn, `${what}: ${id} to ${actor?.username}`);
              if (found !== undefined) assert.equal(found.shows_pixels, shown, `${what}: pixels of ${id}`);
            }
          }
          const lost = await membersHiddenFromOwner(db, [...vrts.keys()]);
          for (const [id, vrt] of vrts) {
            const hidden = ofVrt(vrt).flatMap(([source, raster]) => (sees(actorOf(vrt.owner), raster) ? [] : [source]));
            assert.deepEqual(lost.get(id) ?? [], hidden, `${what}: hidden from the owner of ${id}`);
            const [reader] = users as [Actor];
            const exposed = await findExposedSources(db, reader, id, { user: reader });
            const open = ofVrt(vrt).filter(([source, raster]) => !vrt.confirmed.has(source) && !sees(reader, raster));
            assert.equal(exposed?.count ?? 0, open.length, `${what}: exposed by ${id}`);
          }
        }
      });
    }

    it('are right where a source is hidden while a build of it is published', async () => {
      const [{ userId: owner }] = users as [Actor];
      for (const hideFirst of [true, false]) {
        const [source, other] = [await addDataset(owner, 'public'), await addDataset(owner, 'public')];
        const vrt = await addDataset(owner, 'public', true);
        await publish(vrt, owner, [other]);
        const hide = (on: pg.ClientBase | pg.Pool): Promise<unknown> =>
          on.query(`UPDATE datasets SET visibility = 'private' WHERE id = $1`, [source]);
        const generation = randomUUID();
        const show = async (on: pg.ClientBase | pg.Pool): Promise<void> => {
          await on.query(
            `INSERT INTO vrt_generations (id, dataset_id, number, source_ids, source_versions, object_key, started_at, completed_at,
               change, resolution_strategy, width, height, layout_id, size_bytes)
             VALUES ($1, $2, 2, $3, '{1}', 'x', now(), now(), 'sources_set', 'finest', 1, 1, $4, 1)`,
            [generation, vrt, [source], layout],
          );
          await on.query('UPDATE vrts SET generation_id = $1 WHERE dataset_id = $2', [generation, vrt]);
        };
        const client = await open.pool.connect();
        await client.query('BEGIN');
        await (hideFirst ? hide(client) : show(client));
        // The other one begins before the first has ended, and must not miss it.
        const second = hideFirst ? show(open.pool) : hide(open.pool);
        await client.query('SELECT pg_sleep(0.05)');
        await client.query('COMMIT');
        client.release();
        await second;
        const rows = await db.selectFrom('vrt_hidden_sources').selectAll().where('dataset_id', '=', vrt).execute();
        assert.deepEqual(
          rows,
          [{ dataset_id: vrt, confirmed: false, named: 1, internal: 0 }],
          `hide first: ${hideFirst}`,
        );
      }
    });

    it('let a list cost what it shows, however many sources that is made of', async () => {
      const [{ userId: owner }, reader] = users as [Actor, Actor];
      await db.deleteFrom('datasets').where('record_type', '=', 'vrt_dataset').execute();
      const touched = async (sourcesEach: number): Promise<{ queries: number; rows: number }> => {
        const sources: string[] = [];
        for (let index = 0; index < sourcesEach; index += 1) sources.push(randomUUID());
        await sql`
          INSERT INTO datasets (id, record_type, title, visibility, created_by)
          SELECT id, 'raster_dataset', 'source', 'internal', ${owner} FROM unnest(${sources}::uuid[]) AS s (id)`.execute(
          db,
        );
        const title = `of ${sourcesEach}`;
        for (let index = 0; index < 20; index += 1) {
          const vrt = await addDataset(owner, 'internal', true);
          await db.updateTable('datasets').set({ title }).where('id', '=', vrt).execute();
          await publish(vrt, owner, sources);
        }
        const asked: { sql: string; parameters: readonly unknown[] }[] = [];
        const watched = new Kysely<Tables>({
          dialect: new PostgresDialect({ pool: open.pool }),
          log: ({ query }) => {
            asked.push(query);
          },
        });
        const page = { sort: { by: 'created_at', order: 'desc' }, limit: 100, skip: 0 } as const;
        const { rows } = await listDatasets(watched, reader, { ...page, q: title, recordType: 'vrt_dataset' });
        assert.equal(rows.length, 20);
        let read = 0;
        for (const query of asked) {
          const explained = await open.pool.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${query.sql}`, [...query.parameters]);
          read += rowsOfSources((explained.rows[0] as { 'QUERY PLAN': [{ Plan: PlanNode }] })['QUERY PLAN'][0].Plan);
        }
        return { queries: asked.length, rows: read };
      };
      const few = await touched(10);
      const many = await touched(2000);
      assert.equal(many.queries, few.queries);
      // What is read to decide grows with the virtual rasters, of which there are 40 then, not with their 40,000 sources.
      assert.ok(few.rows > 0 && many.rows < 2000, JSON.stringify({ few, many }));
    });
  });
}

interface PlanNode {
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly Plans?: readonly PlanNode[];
}

/** Rows read of the tables that tell who sees sources. */
function rowsOfSources(node: PlanNode): number {
  const isCounted = ['vrt_hidden_sources', 'vrt_source_readers', 'vrt_generations', 'dataset_grants'].includes(
    node['Relation Name'] ?? '',
  );
  const own = isCounted ? node['Actual Rows'] * node['Actual Loops'] : 0;
  return own + (node.Plans ?? []).reduce((sum, child) => sum + rowsOfSources(child), 0);
}
