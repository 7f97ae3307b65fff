import type { VrtValidation } from '@inlay/contract';
import { type Affine, bboxOfGrid, type Crs, isCodedError, nodataToJson, resolution } from '@inlay/geo';
import { coverageWarnings, type PlanResult, type VrtPlan } from '@inlay/vrt';
import type { Actor } from '../access.ts';
import { type DatasetRow, findDataset, sridOf } from '../catalog/dataset-store.ts';
import { notFound, ServerError } from '../error.ts';
import { checkSources, createVrtJob, type CreateVrtDeps, planItems } from '../virtual-rasters/create.ts';
import { exposureWarning } from '../virtual-rasters/exposure.ts';
import { findGeneration, listGenerations, type Member, visibleMembers } from '../virtual-rasters/generation-store.ts';
import { problemItem } from '../virtual-rasters/plan.ts';
import { ValidationError } from '../error.ts';
import { signedIn } from './auth.ts';
import type { Handlers } from './bind.ts';

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
    return ids.flatMap((id, position) => {
      const member = visible.get(id);
      return member === undefined ? [] : [{ member, position, version: generation?.source_versions[position] ?? 0 }];
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
        const { sources, result } = await checkSources(deps, signedIn(actor), body);
        const exposed = exposureWarning(body.visibility ?? 'private', sources);
        const json = validationJson(result, body.source_dataset_ids);
        if (exposed === null) return json;
        const warning = { loc: ['body', 'visibility'], type: 'wider_than_sources', msg: exposed };
        return { ...json, warnings: [warning, ...json.warnings] };
      } catch (error) {
        if (!(error instanceof ValidationError)) throw error;
        return { valid: false, problems: [...error.items], warnings: [], plan: null };
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

function validationJson(result: PlanResult, sentIds: readonly string[]): VrtValidation {
  return {
    valid: result.plan !== null,
    problems: result.problems.length === 0 ? [] : [...new ValidationError(planItems(result, sentIds)).items],
    warnings: [...result.warnings, ...(result.plan === null ? [] : coverageWarnings(result.plan))]
      .slice(0, MAX_WARNINGS)
      .map((warning) => {
        const { loc, type, msg, ctx } = problemItem(warning, sentIds);
        return { loc, type, msg, ...(ctx === undefined ? {} : { ctx }) };
      }),
    plan: result.plan === null ? null : planJson(result.plan, sentIds.length),
  };
}

/** Warnings are read by people; thousands of sources can have one each. */
const MAX_WARNINGS = 1000;

/** Bytes of XML per source and band, and beside the sources: measured on written artifacts. */
const BYTES_PER_READ = 430;
const BYTES_BESIDE = 1000;

function planJson(plan: VrtPlan, sourceCount: number): NonNullable<VrtValidation['plan']> {
  const [resX, resY] = resolution(plan.grid.affine);
  const crs: Crs = plan.crs;
  const reads = plan.bands.reduce((sum, band) => sum + band.placementCount, plan.mask?.placementCount ?? 0);
  return {
    source_count: sourceCount,
    width: plan.grid.width,
    height: plan.grid.height,
    bounds: [...bboxOfGrid(plan.grid)],
    resolution: [resX, resY],
    crs: { code: crs.code, name: crs.name },
    bands: plan.bands.map((band, bandOffset) => ({
      index: bandOffset + 1,
      dtype: band.dataType,
      nodata: band.nodata === null ? null : nodataToJson(band.nodata),
      color_interp: band.colorInterp ?? 'Undefined',
    })),
    estimated_vrt_bytes: BYTES_BESIDE + reads * BYTES_PER_READ,
  };
}
