import type { VrtOptions } from '@inlay/contract';
import type { Kysely } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Actor } from '../access.ts';
import type { Definitions } from '../catalog/definitions.ts';
import type { Tables } from '../db/tables.ts';
import { readMemberEpoch } from './generation-store.ts';
import { type CatalogueSource, differInNodata, loadSources } from './source-table.ts';

/**
 * The sources of generations that were changed lately, so that adding one to 100,000 loads one. They hold as long as the
 * member epoch stays what it was (migration 0004): it grows in the transaction that changes which file a raster is, or who
 * sees it. Titles do not count: messages may name a source by the one that it had.
 */
export type SourceMemory = LRUCache<string, RememberedSources>;

interface RememberedSources {
  readonly epoch: number;
  readonly sources: ReadonlyMap<string, CatalogueSource>;
}

/** Sources that are remembered, of all generations together: some hundred bytes each. */
const MAX_SOURCES = 500_000;

export function createSourceMemory(): SourceMemory {
  return new LRUCache({ maxSize: MAX_SOURCES, sizeCalculation: ({ sources }) => sources.size + 1 });
}

export interface MemoryDeps {
  readonly db: Kysely<Tables>;
  readonly definitions: Definitions;
  readonly sourceMemory: SourceMemory;
}

/** Sources by id, and the member epoch that they are of; null for those that are not to be remembered. */
export interface LoadedSources {
  readonly epoch: number | null;
  readonly sources: ReadonlyMap<string, CatalogueSource>;
}

/**
 * {@link loadSources} of what is mostly a generation's own sources, which are remembered: without places, and with times
 * where the order asks for them. What the owner may not see is not there.
 */
export async function loadLikeGeneration(
  deps: MemoryDeps,
  owner: Actor | null,
  generation: { readonly id: string; readonly source_ids: readonly string[] },
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
  const known = sourceMemory.get(keyOf(generation.id, owner));
  const remembered = known?.epoch === epoch ? known.sources : new Map<string, CatalogueSource>();
  const others = ids.filter((id) => !remembered.has(id));
  const loaded = await loadSources(db, definitions, owner, others);
  const sources = new Map(ids.flatMap((id) => pairOf(id, remembered.get(id) ?? loaded.get(id))));
  const layouts = new Set(Array.from(sources.values(), ({ profile }) => profile.layout));
  if (differInNodata(layouts)) {
    // Then a plan asks for their statistics, which change without the epoch, and which only a load of all of them brings.
    const isWhole = others.length === ids.length;
    return { epoch: null, sources: isWhole ? loaded : await loadSources(db, definitions, owner, ids) };
  }
  // A raster that is no source yet could be deleted, which the epoch does not tell either.
  const own = generation.source_ids.flatMap((id) => pairOf(id, sources.get(id) ?? remembered.get(id)));
  rememberSources(deps, owner, generation.id, { epoch, sources: new Map(own) });
  return { epoch, sources };
}

function pairOf(id: string, source: CatalogueSource | undefined): [id: string, source: CatalogueSource][] {
  return source === undefined ? [] : [[id, source]];
}

/** To be called for a generation that was just published: its sources cannot be deleted while it is shown. */
export function rememberSources(
  { sourceMemory }: Pick<MemoryDeps, 'sourceMemory'>,
  owner: Actor,
  generationId: string,
  { epoch, sources }: LoadedSources,
): void {
  if (epoch !== null) sourceMemory.set(keyOf(generationId, owner), { epoch, sources });
}

/** What an owner sees depends on the role as well, which may change without the epoch. */
function keyOf(generationId: string, { userId, role }: Actor): string {
  return `${generationId} ${userId} ${role}`;
}
