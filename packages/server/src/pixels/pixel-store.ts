import { type Kysely, sql } from 'kysely';
import { type Actor, pixelsVisibleTo } from '../access.ts';
import { selectTokenUser, type TokenUserRow } from '../auth/token-store.ts';
import { PREPARED } from '../db/prepared-statements.ts';
import type { RecordType, SourceState, StoredStatistics, Tables, Visibility } from '../db/tables.ts';

type Db = Kysely<Tables>;

/** The transaction that wrote the row as it is (PostgreSQL, 5.6, "System Columns"): no two states of it have the same. */
const STAMP = sql<string>`rasters.xmin::text`.as('stamp');

/** What every request for pixels looks up: whose they are, and which version of them there is. */
export interface PixelRow {
  id: string;
  record_type: RecordType;
  visibility: Visibility;
  version: number;
  /** Another whenever anything that is known of the raster changes, its statistics included. */
  stamp: string;
  /** The build that a virtual raster shows; null for others. */
  generation_id: string | null;
  /** What that is read by; null where this version cannot read it. */
  mosaic_key: string | null;
  /** Of the levels that were rendered of it; null without any. */
  overviews_id: string | null;
  /** Grows with every change of whose any raster is, and of where its bytes are. */
  member_epoch: number;
}

/** A dataset whose pixels the actor may have, or undefined. */
export async function findPixels(db: Db, actor: Actor | null, id: string): Promise<PixelRow | undefined> {
  return await selectVisible(db, actor, id).modifyFront(PREPARED).executeTakeFirst();
}

/** Who somebody is, as far as what they may see depends on it. */
export type Eyes = Pick<Actor, 'userId' | 'role'>;

/** A token's user as they are, and what those who are `expected` to be that user may see. */
export interface TokenUserAndPixels {
  readonly user: TokenUserRow;
  readonly row: PixelRow | undefined;
}

/**
 * `selectTokenUser` and {@link findPixels} in one statement, for whom the token is expected to stand. Whether it does is
 * the caller's to look at. Undefined where the token does not hold.
 */
export async function findTokenUserAndPixels(
  db: Db,
  token: string,
  expected: Eyes,
  id: string,
): Promise<TokenUserAndPixels | undefined> {
  const found = await db
    .selectFrom(selectTokenUser(db, token).as('token_user'))
    .leftJoin(selectVisible(db, expected, id).as('shown'), (join) => join.onTrue())
    .selectAll()
    .modifyFront(PREPARED)
    .executeTakeFirst();
  if (found === undefined) return undefined;
  const { tokenId, scope, userId, username, role, idle, ...row } = found;
  return {
    user: { tokenId, scope, userId, username, role, idle },
    row: row.id === null ? undefined : (row as PixelRow),
  };
}

/** The same without looking at who asks: for what is made of the pixels once for all who may have it. */
export async function findAnyPixels(db: Db, id: string): Promise<PixelRow | undefined> {
  return await selectPixels(db, id).modifyFront(PREPARED).executeTakeFirst();
}

function selectVisible(db: Db, eyes: Eyes | null, id: string) {
  return selectPixels(db, id).where((eb) => pixelsVisibleTo(eyes)(eb as never));
}

function selectPixels(db: Db, id: string) {
  return db
    .selectFrom('datasets')
    .innerJoin('rasters', 'rasters.dataset_id', 'datasets.id')
    .leftJoin('vrts', 'vrts.dataset_id', 'datasets.id')
    .leftJoin('vrt_generations', 'vrt_generations.id', 'vrts.generation_id')
    .innerJoin('member_epoch', (join) => join.onTrue())
    .select([
      'datasets.id',
      'datasets.record_type',
      'datasets.visibility',
      'rasters.version',
      STAMP,
      'vrts.generation_id',
      'vrt_generations.mosaic_key',
      'member_epoch.epoch as member_epoch',
      sql<string | null>`vrt_generations.overviews ->> 'id'`.as('overviews_id'),
    ])
    .where('datasets.id', '=', id);
}

/** What `PixelRow.member_epoch` is now. */
export async function findEpoch(db: Db): Promise<number> {
  const { epoch } = await db.selectFrom('member_epoch').select('epoch').executeTakeFirstOrThrow();
  return epoch;
}

/** A source of a build, as reading it goes. */
export interface MemberRow {
  id: string;
  title: string;
  version: number;
  /** The version that it was built of. */
  built_version: number;
  width: number;
  height: number;
  layout_id: number;
  object_key: string | null;
  location: string | null;
  source_state: Record<string, SourceState> | null;
}

/** Sources, and the version that a build was made of each. */
export interface BuiltOf {
  readonly ids: readonly string[];
  readonly versions: readonly number[];
}

/**
 * Sources of a build, all or some, in its order; they cannot be deleted as long as there is one of them. Of one that was
 * replaced since, the version that it was built of, where the bytes of that are kept.
 */
export async function loadMembers(db: Db, built: { readonly generationId: string } | BuiltOf): Promise<MemberRow[]> {
  const place = sql`WITH ORDINALITY AS m (id, version, place)`;
  const members = (
    'generationId' in built
      ? sql<MemberPlace>`(SELECT m.id, m.version, m.place FROM vrt_generations g,
          unnest(g.source_ids, g.source_versions) ${place} WHERE g.id = ${built.generationId})`
      : sql<MemberPlace>`(SELECT m.id, m.version, m.place FROM
          unnest(${[...built.ids]}::uuid[], ${[...built.versions]}::integer[]) ${place})`
  ).as<'members'>(sql.ref('members'));
  const now = await db
    .selectFrom(members)
    .innerJoin('datasets', 'datasets.id', 'members.id')
    .innerJoin('rasters', 'rasters.dataset_id', 'datasets.id')
    .select([
      'datasets.id',
      'datasets.title',
      'rasters.version',
      'members.version as built_version',
      'rasters.width',
      'rasters.height',
      'rasters.layout_id',
      'rasters.object_key',
      'rasters.location',
      'rasters.source_state',
    ])
    .orderBy('members.place')
    .execute();
  if (now.every((member) => member.version === member.built_version)) return now;
  const kept = await db
    .selectFrom(members)
    .innerJoin('raster_versions as v', (join) =>
      join.onRef('v.dataset_id', '=', 'members.id').onRef('v.version', '=', 'members.version'),
    )
    .select(['v.dataset_id', 'v.version', 'v.width', 'v.height', 'v.layout_id', 'v.object_key', 'v.location'])
    .select('v.source_state')
    .where('v.object_key', 'is not', null)
    .execute();
  const keptById = new Map(kept.map(({ dataset_id: id, ...version }) => [id, version]));
  return now.map((member) => ({ ...member, ...keptById.get(member.id) }));
}

interface MemberPlace {
  readonly id: string;
  readonly version: number;
  readonly place: number;
}

/** What rendering a raster starts from. */
export interface RasterFactsRow {
  /** The build that a virtual raster shows; null for others. */
  generation_id: string | null;
  version: number;
  stamp: string;
  title: string;
  width: number;
  height: number;
  affine: number[] | null;
  georeference: 'affine' | 'gcp' | 'rpc' | 'none';
  crs_id: number | null;
  layout_id: number;
  statistics: (StoredStatistics | null)[];
  bbox: number[] | null;
  object_key: string | null;
  location: string | null;
  source_state: Record<string, SourceState> | null;
}

/** The facts of a dataset's raster, without looking at who asks. */
export async function loadRasterFacts(db: Db, id: string): Promise<RasterFactsRow | undefined> {
  return await db
    .selectFrom('rasters')
    .innerJoin('datasets', 'datasets.id', 'rasters.dataset_id')
    .leftJoin('vrts', 'vrts.dataset_id', 'rasters.dataset_id')
    .select([
      'vrts.generation_id',
      'rasters.version',
      STAMP,
      'datasets.title',
      'rasters.width',
      'rasters.height',
      'rasters.affine',
      'rasters.georeference',
      'rasters.crs_id',
      'rasters.layout_id',
      'rasters.statistics',
      'datasets.bbox',
      'rasters.object_key',
      'rasters.location',
      'rasters.source_state',
    ])
    .where('rasters.dataset_id', '=', id)
    .executeTakeFirst();
}

/** How a dataset is called, for documents that name it. */
export async function loadTitle(db: Db, id: string): Promise<{ title: string; summary: string | null } | undefined> {
  return await db.selectFrom('datasets').select(['title', 'summary']).where('id', '=', id).executeTakeFirst();
}
