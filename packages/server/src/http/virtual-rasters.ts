import { type Affine, isCodedError, resolution } from '@inlay/geo';
import type { Actor } from '../access.ts';
import { type DatasetRow, findDataset, sridOf } from '../catalog/dataset-store.ts';
import { notFound, ServerError, ValidationError } from '../error.ts';
import { checkRequest } from '../virtual-rasters/check-request.ts';
import { createVrtJob, type CreateVrtDeps } from '../virtual-rasters/create.ts';
import { exposureWarning } from '../virtual-rasters/exposure.ts';
import { findGeneration, listGenerations, type Member, visibleMembers } from '../virtual-rasters/generation-store.ts';
import { signedIn } from './auth.ts';
import type { Handlers } from './bind.ts';
import { refusalJson, validationJson } from './vrt-validation-json.ts';

type VrtHandlers = Pick<
  Handlers,
  'createVrt' | 'validateVrt' | 'listVrtSources' | 'getVrtStatus' | 'listVrtGenerations'
>;

export function vrtHandlers(deps: CreateVrtDeps): VrtHandlers {
  const { db, definitions } = deps;

  async function findVrt(actor: Actor | null, id: string): Promise<DatasetRow & { generation_id: string }> {
    const row = await findDataset(db, actor, id);
    if (row === undefined || row.generation_id === null) throw notFound('virtual raster');
    return { ...row, generation_id: row.generation_id };
  }

  async function membersInOrder(
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

  return {
    createVrt: async ({ actor, body, requestId }) => {
      const { jobId, sourceCount } = await queueing(() => createVrtJob(deps, signedIn(actor), body, requestId));
      const kind = body.vrt_type === 'mosaic' ? 'mosaic' : 'band stack';
      return {
        job_id: jobId,
        status: 'accepted',
        message: `Building the ${kind} "${body.title}" of ${sourceCount} sources`,
      };
    },

    validateVrt: async ({ actor, body }) => {
      try {
        const checked = await checkRequest(deps, signedIn(actor), body);
        return validationJson(checked, exposureWarning(body.visibility, checked.sources));
      } catch (error) {
        if (!(error instanceof ValidationError)) throw error;
        return refusalJson(error.items);
      }
    },

    listVrtSources: async ({ actor, params }) => {
      const vrt = await findVrt(actor, params.id);
      const members = await membersInOrder(actor, vrt.generation_id);
      const crs = await definitions.crs(
        db,
        members.flatMap(({ member }) => (member.crs_id === null ? [] : [member.crs_id])),
      );
      const layouts = await definitions.layouts(
        db,
        members.map(({ member }) => member.layout_id),
      );
      return {
        sources: members.map(({ member, position }) => {
          const [x, y] = member.affine === null ? [null, null] : resolution(member.affine as unknown as Affine);
          return {
            dataset_id: member.id,
            title: member.title,
            position,
            band_count: layouts.get(member.layout_id)?.bands.length ?? 0,
            resolution_x: x,
            resolution_y: y,
            crs_epsg: sridOf(member.crs_id === null ? undefined : crs.get(member.crs_id)),
            extent_bbox: member.bbox as [number, number, number, number] | null,
          };
        }),
      };
    },

    getVrtStatus: async ({ actor, params }) => {
      const vrt = await findVrt(actor, params.id);
      const members = await membersInOrder(actor, vrt.generation_id);
      return {
        status: 'ready',
        last_generation_at: vrt.last_generation_at?.toISOString() ?? null,
        source_count: vrt.source_count ?? 0,
        active_generation: null,
        source_health: members.map(({ member, version }) => ({
          dataset_id: member.id,
          title: member.title,
          status: member.version === version ? 'healthy' : 'stale',
        })),
      };
    },

    listVrtGenerations: async ({ actor, params, query }) => {
      const vrt = await findVrt(actor, params.id);
      const { generations, total } = await listGenerations(db, vrt.id, query);
      return {
        generations: generations.map((generation) => ({
          id: generation.id,
          status: 'completed' as const,
          started_at: generation.started_at.toISOString(),
          completed_at: generation.completed_at.toISOString(),
          duration_seconds: (generation.completed_at.getTime() - generation.started_at.getTime()) / 1000,
          error_message: null,
          source_count: generation.source_count,
          options: generation.options,
          requires_gdal: generation.requires_gdal,
          triggered_by: generation.triggered_by,
        })),
        total,
        limit: query.limit,
        skip: query.skip,
      };
    },
  };
}

/** What stops a job from being queued is not the caller's fault: nothing was kept, and later may be better. */
async function queueing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ValidationError || isCodedError(error)) throw error;
    throw new ServerError(
      'service_unavailable',
      'The job could not be queued and nothing was created. Try again in a moment.',
      { cause: error },
    );
  }
}
