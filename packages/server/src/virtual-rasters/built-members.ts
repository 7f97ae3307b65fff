import type { BandSources, VrtPlan } from '@inlay/vrt';
import type { Selectable, SelectQueryBuilder } from 'kysely';
import { actorOfUser } from '../auth/user-store.ts';
import type { RastersTable, Tables } from '../db/tables.ts';
import { planVrt } from './plan.ts';
import { loadLikeGeneration, type MemoryDeps, sourceListsOf } from './source-memory.ts';
import { asBuilt, type BuiltSource } from './source-table.ts';

// What a build of a virtual raster is made of, for what is made of it afterwards.

export type MembersDeps = MemoryDeps;

/** A build's sources, and how they are put together. */
export interface BuiltMembers {
  readonly sources: readonly BuiltSource[];
  /** Null where the sources that are left no longer fit together. */
  readonly plan: VrtPlan | null;
}

/** Null for a build that is not kept any more. */
export async function loadBuiltMembers(deps: MembersDeps, generationId: string): Promise<BuiltMembers | null> {
  const { db, definitions } = deps;
  const lists = await sourceListsOf(deps, generationId);
  const generation = await db
    .selectFrom('vrt_generations')
    .innerJoin('datasets', 'datasets.id', 'vrt_generations.dataset_id')
    .innerJoin('vrts', 'vrts.dataset_id', 'vrt_generations.dataset_id')
    .select(['created_by', 'vrt_type', 'options', 'vrt_generations.resolution_strategy'])
    .where('vrt_generations.id', '=', generationId)
    .executeTakeFirst();
  if (generation === undefined || lists === undefined) return null;
  const owner = await actorOfUser(db, generation.created_by);
  const { source_ids: ids } = lists;
  const now = await loadLikeGeneration(deps, owner, { id: generationId, source_ids: ids }, ids, 'as_given');
  const sources = await asBuilt(db, definitions, now.sources, lists);
  const { plan } = await planVrt(sources, {
    vrtType: generation.vrt_type,
    resolutionStrategy: generation.resolution_strategy,
    options: generation.options,
    paintOrder: lists.paint_order,
  });
  return { sources, plan };
}

/** A placement and the source that lies there. */
export interface PlacedMember {
  readonly placement: number;
  readonly source: BuiltSource;
}

/** Members looked up at a time. */
const PAGE = 500;

/** The members of a plan in the order they are painted, page by page. */
export function* memberPages({ placements }: VrtPlan, sources: readonly BuiltSource[]): Generator<PlacedMember[]> {
  for (let start = 0; start < placements.count; start += PAGE) {
    yield Array.from({ length: Math.min(PAGE, placements.count - start) }, (_, offset): PlacedMember => {
      const placement = start + offset;
      return { placement, source: sources[placements.sourceIndex[placement] as number] as BuiltSource };
    });
  }
}

/** What is stored of a member. */
type StoredMember = Pick<
  Selectable<RastersTable>,
  'dataset_id' | 'version' | 'statistics' | 'quicklook_key' | 'quicklook'
>;

/** What is stored of members, as they are now or in the version of then that is kept: name the columns that are wanted. */
export function selectMembers(
  db: MembersDeps['db'],
  members: readonly PlacedMember[],
): SelectQueryBuilder<Tables & { member: StoredMember }, 'member', object> {
  const idsOf = (isFormer: boolean): string[] =>
    members.flatMap(({ source }) => (source.isFormer === isFormer ? [source.id] : []));
  const columns = ['dataset_id', 'version', 'statistics', 'quicklook_key', 'quicklook'] as const;
  const stored = db
    .selectFrom('rasters')
    .select(columns)
    .where((eb) => eb('dataset_id', '=', eb.fn.any(eb.val(idsOf(false)))))
    .unionAll(
      db
        .selectFrom('raster_versions')
        .select(columns)
        .where((eb) => eb('dataset_id', '=', eb.fn.any(eb.val(idsOf(true))))),
    );
  return db.selectFrom(stored.as('member'));
}

/** The rows of members whose version is the one that the build was made of, by id. */
export function rowsOfVersion<T extends { readonly dataset_id: string; readonly version: number }>(
  members: readonly PlacedMember[],
  rows: readonly T[],
): ReadonlyMap<string, T> {
  const versions = new Map(members.map(({ source }) => [source.id, source.version]));
  return new Map(rows.flatMap((row) => (row.version === versions.get(row.dataset_id) ? [[row.dataset_id, row]] : [])));
}

/** The band of the source (1-based) that a band takes from a placement; null for masks, and for what is made up. */
export function sourceBandOf({ placements }: VrtPlan, band: BandSources, placement: number): number | null {
  if (placement < band.firstPlacement || placement >= band.firstPlacement + band.placementCount) return null;
  const read = band.reads[placements.variant[placement] ?? 0];
  return read === undefined || read.sourceBand === 'mask' || read.constant !== null ? null : read.sourceBand;
}
