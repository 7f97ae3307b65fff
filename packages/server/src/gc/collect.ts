import type { GarbageKind, GarbageReport } from '@inlay/contract';
import type { Kysely } from 'kysely';
import { type Cause, recordChange } from '../audit/audit-store.ts';
import { deleteExpiredTokens } from '../auth/token-store.ts';
import { removeDoomedObjects } from '../catalog/doomed-store.ts';
import { findStaleUploads } from '../catalog/upload-store.ts';
import { expireUploads, UPLOAD_KEPT_HOURS, uploadKey } from '../catalog/uploads.ts';
import { countUnusedVersions, removeUnusedVersions } from '../catalog/version-store.ts';
import type { Tables } from '../db/tables.ts';
import { expireExports, listExpiredExports } from '../exports/export-store.ts';
import type { ListedObject, Storage } from '../storage/storage.ts';
import {
  countExpiredSignIns,
  countOldJobs,
  countSurplusGenerations,
  deleteOldJobs,
  findOrphans,
  forgetSurplusGenerations,
  listDoomed,
} from './gc-store.ts';
import { type JobObject, parseObjectKey } from './object-names.ts';

/**
 * Garbage: what nothing refers to any more. Rows go first, in transactions that doom what they named; objects strictly
 * after these are committed. An interruption at any point leaves what the next collection removes, and nothing else.
 */

export interface CollectDeps {
  readonly db: Kysely<Tables>;
  readonly storage: Storage;
}

/** Objects that nothing names are left for so long: whoever wrote them may be about to name them. */
export const ORPHAN_AGE_HOURS = 24;

const PAGE = 1000;
const BATCH = 500;
const MAX_EXAMPLES = 10;

interface Found {
  count: number;
  bytes: number;
  examples: string[];
}

/** Tells what is garbage; everything stays as it is. */
export async function tellGarbage(deps: CollectDeps, signal: AbortSignal): Promise<GarbageReport> {
  const found = await findInCatalogue(deps);
  for await (const orphans of orphanPages(deps, signal)) addTo(found.orphan_objects, orphans);
  return reportOf(found, true);
}

/** Removes what is garbage. @param cause who has it removed, which is written down before anything goes */
export async function removeGarbage(deps: CollectDeps, cause: Cause, signal: AbortSignal): Promise<GarbageReport> {
  const found = await findInCatalogue(deps);
  await deps.db.transaction().execute(async (trx) => {
    const known = Object.entries(found).filter(([, { count }]) => count > 0);
    const details = Object.fromEntries(known.map(([kind, { count }]) => [kind, count]));
    await recordChange(trx, cause, { action: 'garbage.collect', details });
  });
  await removeRows(deps, signal);
  for await (const orphans of orphanPages(deps, signal)) {
    addTo(found.orphan_objects, orphans);
    for (const { key } of orphans) await deps.storage.delete(key);
  }
  return reportOf(found, false);
}

/** All that the catalogue knows of; objects that it does not are found in the storage. */
async function findInCatalogue(deps: CollectDeps): Promise<Record<GarbageKind, Found>> {
  const { db } = deps;
  return {
    old_generations: rows(await countSurplusGenerations(db)),
    unused_versions: { ...(await countUnusedVersions(db)), examples: [] },
    stale_uploads: await staleUploads(deps),
    expired_exports: await expiredExports(deps),
    expired_sign_ins: rows(await countExpiredSignIns(db)),
    old_jobs: rows(await countOldJobs(db)),
    doomed_objects: await doomedObjects(deps),
    orphan_objects: rows(0),
  };
}

function addTo(found: Found, objects: readonly ListedObject[]): void {
  for (const { key, bytes } of objects) {
    found.count += 1;
    found.bytes += bytes;
    if (found.examples.length < MAX_EXAMPLES) found.examples.push(key);
  }
}

function reportOf(found: Readonly<Record<GarbageKind, Found>>, isDryRun: boolean): GarbageReport {
  return {
    dry_run: isDryRun,
    items: Object.entries(found).map(([kind, item]) => ({ kind: kind as GarbageKind, ...item })),
  };
}

function rows(count: number): Found {
  return { count, bytes: 0, examples: [] };
}

async function removeRows({ db, storage }: CollectDeps, signal: AbortSignal): Promise<void> {
  await expireUploads(db);
  await expireExports(db);
  // Builds before the versions that only they were made of.
  await forgetSurplusGenerations(db);
  await untilFewer(BATCH, signal, () => removeUnusedVersions(db, BATCH));
  await deleteExpiredTokens(db);
  await untilFewer(BATCH, signal, () => deleteOldJobs(db, BATCH));
  await untilFewer(1, signal, () => removeDoomedObjects(db, storage));
}

/** Works batch by batch until one is not full. */
async function untilFewer(full: number, signal: AbortSignal, work: () => Promise<number>): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    if ((await work()) < full) return;
  }
}

async function staleUploads({ db, storage }: CollectDeps): Promise<Found> {
  const stale = await findStaleUploads(db, UPLOAD_KEPT_HOURS);
  return await sized(
    storage,
    stale.map(({ id }) => uploadKey(id)),
    stale.length,
  );
}

async function expiredExports({ db }: CollectDeps): Promise<Found> {
  const { count, bytes, keys } = await listExpiredExports(db, MAX_EXAMPLES);
  return { count, bytes, examples: keys };
}

async function doomedObjects({ db, storage }: CollectDeps): Promise<Found> {
  const { keys, count } = await listDoomed(db, PAGE);
  return await sized(storage, keys, count);
}

/** What some objects take, of those that are there. */
async function sized(storage: Storage, keys: readonly string[], count: number): Promise<Found> {
  let bytes = 0;
  for (const key of keys) bytes += (await storage.stat(key))?.bytes ?? 0;
  return { count, bytes, examples: keys.slice(0, MAX_EXAMPLES) };
}

/** Objects that nothing names, page by page of all there are. */
async function* orphanPages(
  { db, storage }: CollectDeps,
  signal: AbortSignal,
): AsyncGenerator<(JobObject & ListedObject)[]> {
  const youngest = Date.now() - ORPHAN_AGE_HOURS * 3600_000;
  let page: (JobObject & ListedObject)[] = [];
  for await (const object of storage.list('')) {
    signal.throwIfAborted();
    const parsed = parseObjectKey(object.key);
    if (parsed === null || object.modifiedAt.getTime() > youngest) continue;
    page.push({ ...object, ...parsed });
    if (page.length < PAGE) continue;
    yield await findOrphans(db, page);
    page = [];
  }
  yield await findOrphans(db, page);
}
