import type { VrtStatus } from '@inlay/contract';
import type { Kysely } from 'kysely';
import { type Actor, mayChange } from '../access.ts';
import { type DatasetRow, findDataset } from '../catalog/dataset-store.ts';
import type { Tables } from '../db/tables.ts';
import { notFound } from '../error.ts';
import {
  type ActiveBuild,
  type FailedBuild,
  findActiveBuild,
  findLastFailure,
} from '../virtual-rasters/change-store.ts';
import { findGeneration, type Member, visibleMembers } from '../virtual-rasters/generation-store.ts';
import { sourceHealthJson } from './source-health.ts';

type Db = Kysely<Tables>;

/** A virtual raster that the actor may see. @throws ServerError `not_found` */
export async function findVrt(
  db: Db,
  actor: Actor | null,
  id: string,
): Promise<DatasetRow & { readonly generation_id: string }> {
  const row = await findDataset(db, actor, id);
  if (row === undefined || row.generation_id === null) throw notFound('virtual raster');
  return { ...row, generation_id: row.generation_id };
}

/** The sources of a generation that the actor may see, lowest first. */
export async function membersInOrder(
  db: Db,
  actor: Actor | null,
  generationId: string,
): Promise<{ member: Member; position: number; version: number }[]> {
  const generation = await findGeneration(db, generationId);
  const ids = generation?.source_ids ?? [];
  const visible = await visibleMembers(db, actor, ids);
  const order = generation?.paint_order ?? ids.keys();
  return Array.from(order, (index, position) => ({ index, position })).flatMap(({ index, position }) => {
    const member = visible.get(ids[index] ?? '');
    return member === undefined ? [] : [{ member, position, version: generation?.source_versions[index] ?? 0 }];
  });
}

/** Whether a virtual raster can be used, what is being built, and how its sources are. */
export async function vrtStatus(
  db: Db,
  vrt: DatasetRow & { readonly generation_id: string },
  actor: Actor | null,
  page: { readonly limit: number; readonly skip: number },
): Promise<VrtStatus> {
  const active = await findActiveBuild(db, vrt.id);
  const failure = active === undefined ? await findLastFailure(db, vrt.id) : undefined;
  return {
    status: active !== undefined ? 'regenerating' : failure !== undefined ? 'failed' : 'ready',
    generation_id: vrt.generation_id,
    last_generation_at: vrt.last_generation_at?.toISOString() ?? null,
    source_count: vrt.source_count ?? 0,
    active_generation: active === undefined ? null : activeJson(active),
    // Its message names sources, which others may not see.
    last_failure: failure === undefined || actor === null || !mayChange(actor, vrt) ? null : failureJson(failure),
    ...(await sourceHealthJson(db, actor, vrt, page)),
  };
}

function activeJson(build: ActiveBuild): NonNullable<VrtStatus['active_generation']> {
  return {
    generation_id: build.generationId,
    started_at: build.startedAt.toISOString(),
    elapsed_seconds: build.elapsedSeconds,
    change: build.change,
    job_id: build.jobId,
    progress: build.progress,
    current_step: build.step,
  };
}

function failureJson(build: FailedBuild): NonNullable<VrtStatus['last_failure']> {
  return {
    generation_id: build.generationId,
    change: build.change,
    job_id: build.jobId,
    error_message: build.message,
    failed_at: build.failedAt.toISOString(),
  };
}
