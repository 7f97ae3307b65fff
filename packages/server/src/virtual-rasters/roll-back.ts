import type { Kysely } from 'kysely';
import type { Actor } from '../access.ts';
import { recordChange } from '../audit/audit-store.ts';
import { actorOfUser } from '../auth/user-store.ts';
import { lockDataset, lockLinks } from '../catalog/dataset-store.ts';
import type { Definitions } from '../catalog/definitions.ts';
import { replaceRaster } from '../catalog/version-store.ts';
import type { Tables } from '../db/tables.ts';
import { notFound, ServerError, ValidationError } from '../error.ts';
import type { Queue } from '../jobs/queue.ts';
import type { Storage } from '../storage/storage.ts';
import { rasterOf } from './build-artifact.ts';
import { findActiveBuild, findOwnGeneration, findShownVrt, regenerating } from './change-store.ts';
import {
  findHiddenSources,
  type Generation,
  type GenerationFacts,
  lockShownGeneration,
  showGeneration,
} from './generation-store.ts';
import { sendQuicklook } from './quicklook-request.ts';
import { checkExpected } from './request-change.ts';

export interface RollBackDeps {
  readonly db: Kysely<Tables>;
  readonly definitions: Definitions;
  readonly queue: Queue;
  readonly storage: Storage;
}

export interface RollBackRequest {
  readonly vrtId: string;
  readonly generationId: string;
  readonly actor: Actor;
  readonly requestId: string;
  readonly expectedId?: string | undefined;
}

/**
 * Shows an earlier generation again: its artifact still stands, so that nothing has to be built. Links, facts and the
 * version of tiles change in one transaction, as they do when a build is published.
 *
 * @throws ServerError `not_found`, `precondition_failed`, `regenerating`, `generation_incomplete`
 * @throws ValidationError for a generation that the virtual raster has not, or no longer
 */
export async function rollBack(deps: RollBackDeps, request: RollBackRequest): Promise<void> {
  const { db, definitions, storage, queue } = deps;
  const { vrtId, generationId, actor, requestId } = request;
  const vrt = await findShownVrt(db, vrtId);
  if (vrt === undefined) throw notFound('virtual raster');
  const generation = await findOwnGeneration(db, vrtId, generationId);
  if (generation === undefined) throw unknownGeneration(generationId);
  await checkObjects(storage, generation);
  const layouts = await definitions.layouts(db, [generation.layout_id]);
  const bandCount = layouts.get(generation.layout_id)?.bands.length ?? 0;
  const sourcesOwner = await actorOfUser(db, vrt.createdBy);

  const isShown = await db.transaction().execute(async (trx) => {
    // Its sources become links again: not while one of them is being deleted.
    await lockLinks(trx, 'link');
    await lockDataset(trx, vrtId);
    const shownId = await lockShownGeneration(trx, vrtId);
    if (shownId === undefined) throw notFound('virtual raster');
    checkExpected(shownId, request.expectedId);
    const active = await findActiveBuild(trx, vrtId);
    if (active !== undefined) throw regenerating(active);
    if (shownId === generation.id) return false;
    if ((await findOwnGeneration(trx, vrtId, generation.id)) === undefined) throw unknownGeneration(generationId);
    const hidden = await findHiddenSources(trx, sourcesOwner, generation.id);
    if (hidden.count > 0) throw incomplete(hidden);
    await showGeneration(trx, vrtId, { id: generation.id, resolutionStrategy: generation.resolution_strategy });
    const facts = factsOf(generation);
    await replaceRaster(trx, vrtId, {
      place: facts.place,
      raster: rasterOf(facts, generation.object_key, bandCount),
    });
    await sendQuicklook(trx, queue, { datasetId: vrtId, owner: actor.userId, requestId });
    const details = { change: 'rolled_back', generation_id: generation.id };
    await recordChange(trx, { actor, requestId }, { action: 'vrt.change', datasetId: vrtId, details });
    return true;
  });
  if (isShown) queue.wake('quicklook');
}

function unknownGeneration(id: string): ValidationError {
  const msg = 'This virtual raster has no such generation, or no longer: choose one that is listed as completed';
  return new ValidationError([
    { loc: ['body', 'generation_id'], msg, type: 'generation_not_found', input: id, ctx: { field: 'generation_id' } },
  ]);
}

async function checkObjects(storage: Storage, generation: Generation): Promise<void> {
  for (const key of [generation.object_key, generation.chunks_key, generation.mosaic_key]) {
    if (key === null || (await storage.stat(key)) !== null) continue;
    throw new ServerError(
      'generation_incomplete',
      'What was stored of this build is no longer there. Set its sources instead (PUT .../sources/), which builds it anew.',
      { details: { missing_sources: [] } },
    );
  }
}

function incomplete({ ids, count }: { readonly ids: readonly string[]; readonly count: number }): ServerError {
  return new ServerError(
    'generation_incomplete',
    count === 1
      ? `A source of this build, ${ids[0]}, was deleted or is no longer visible to the owner of the virtual raster.`
      : `${count} sources of this build were deleted or are no longer visible to the owner of the virtual raster.`,
    { details: { missing_sources: ids, missing_source_count: count } },
  );
}

function factsOf(generation: Generation): GenerationFacts {
  return {
    width: generation.width,
    height: generation.height,
    affine: generation.affine,
    crsId: generation.crs_id,
    layoutId: generation.layout_id,
    sizeBytes: generation.size_bytes,
    checksum: generation.checksum,
    place: {
      bbox: generation.bbox as GenerationFacts['place']['bbox'],
      footprint: generation.footprint,
    },
  };
}
