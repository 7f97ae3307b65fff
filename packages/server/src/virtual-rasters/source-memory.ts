import type { VrtOptions } from '@inlay/contract';
import type { RasterLayout } from '@inlay/geo';
import type { Kysely } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Actor } from '../access.ts';
import type { Definitions } from '../catalog/definitions.ts';
import type { Tables } from '../db/tables.ts';
import { findSourceLists, readMemberEpoch, type SourceLists } from './generation-store.ts';
import { type CatalogueSource, differInNodata, loadSources } from './source-table.ts';

/**
 * What generations that were changed lately are made of, so that adding one source to 100,000 loads one.
 */
export interface SourceMemory {
  /** By generation; the same for ever. */
  readonly lists: LRUCache<string, SourceLists>;
  /**
   * The sources themselves, by generation and by who looks at them. They hold as long as the member epoch stays what it was
   * (migration 0004): it grows in the transaction that changes which file a raster is, or who sees it. Titles do not count:
   * messages may name a source by the one that it had.
   */
  readonly sources: LRUCache<string, RememberedSources>;
}

interface RememberedSources {
  readonly epoch: number;
  readonly sources: ReadonlyMap<string, CatalogueSource>;
}

/** Sources that are remembered, of all generations together: some hundred bytes each. */
const MAX_SOURCES = 500_000;
/** Ids and versions alone: some forty bytes each. */
const MAX_LISTED = 1_000_000;

export function createSourceMemory(): SourceMemory {
  return {
    lists: new LRUCache({ maxSize: MAX_LISTED, sizeCalculation: ({ source_ids: ids }) => ids.length + 1 }),
    sources: new LRUCache({ maxSize: MAX_SOURCES, sizeCalculation: ({ sources }) => sources.size + 1 }),
  };
}

export interface MemoryDeps {
  readonly db: Kysely<Tables>;
  readonly definitions: Definitions;
  readonly sourceMemory: SourceMemory;
}

/** What a generation was made of; undefined where it is not kept any more. */
export async function sourceListsOf(
  { db, sourceMemory: { lists } }: Pick<MemoryDeps, 'db' | 'sourceMemory'>,
  generationId: string,
): Promise<SourceLists | undefined> {
  const known = lists.get(generationId);
  if (known !== undefined) return known;
  const found = await findSourceLists(db, generationId);
  if (found !== undefined) lists.set(generationId, found);
  return found;
}

/** A generation and the ids of its sources, in order. */
export interface ListedGeneration {
  readonly id: string;
  readonly source_ids: readonly string[];
}

/** Sources by id, and the member epoch that they are of; null for those that are not to be remembered. */
export interface LoadedSources {
  readonly epoch: number | null;
  readonly sources: Pick<ReadonlyMap<string, CatalogueSource>, 'get' | 'has'>;
}

/**
 * {@link loadSources} of what is mostly a generation's own sources, which are remembered: without places, and with times
 * where the order asks for them. What the owner may not see is not there.
 */
export async function loadLikeGeneration(
  deps: MemoryDeps,
  owner: Actor | null,
  generation: ListedGeneration,
  ids: readonly string[],
  order: VrtOptions['source_order'],
): Promise<LoadedSources> {
  const { db, definitions, sourceMemory } = deps;
  if (owner === null) return { epoch: null, sources: new Map() };
  if (order === 'datetime' || order === 'cloud_cover') {
    return { epoch: null, sources: await loadSources(db, definitions, owner, ids, { withTimes: true }) };
  }
  // Read before the sources: one that changes in between is loaded anew the next time.
  const epoch = await readMemberEpoch(db);
  const known = sourceMemory.sources.get(keyOf(generation.id, owner));
  const remembered = known?.epoch === epoch ? known.sources : NO_SOURCES;
  const others = ids.filter((id) => !remembered.has(id));
  const loaded = others.length === 0 ? NO_SOURCES : await loadSources(db, definitions, owner, others);
  const sources = {
    get: (id: string) => remembered.get(id) ?? loaded.get(id),
    has: (id: string) => remembered.has(id) || loaded.has(id),
  };
  if (differInNodata(layoutsOf(sources, ids))) {
    // Then a plan asks for their statistics, which change without the epoch, and which only a load of all of them brings.
    const isWhole = others.length === ids.length;
    return { epoch: null, sources: isWhole ? loaded : await loadSources(db, definitions, owner, ids) };
  }
  // A raster that is no source yet could be deleted, which the epoch does not tell either.
  if (remembered === NO_SOURCES) rememberSources(deps, owner, generation, { epoch, sources });
  return { epoch, sources };
}

const NO_SOURCES: ReadonlyMap<string, CatalogueSource> = new Map();

function layoutsOf(sources: LoadedSources['sources'], ids: readonly string[]): Set<RasterLayout> {
  const layouts = new Set<RasterLayout>();
  for (const id of ids) {
    const layout = sources.get(id)?.profile.layout;
    if (layout !== undefined) layouts.add(layout);
  }
  return layouts;
}

/** To be called for a generation that is shown: its sources cannot be deleted as long as it is. */
export function rememberSources(
  { sourceMemory }: Pick<MemoryDeps, 'sourceMemory'>,
  owner: Actor,
  generation: ListedGeneration,
  { epoch, sources }: LoadedSources,
): void {
  if (epoch === null) return;
  const own = new Map<string, CatalogueSource>();
  for (const id of generation.source_ids) {
    const source = sources.get(id);
    if (source !== undefined) own.set(id, source);
  }
  sourceMemory.sources.set(keyOf(generation.id, owner), { epoch, sources: own });
}

/** What an owner sees depends on the role as well, which may change without the epoch. */
function keyOf(generationId: string, { userId, role }: Actor): string {
  return `${generationId} ${userId} ${role}`;
}
