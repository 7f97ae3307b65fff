import { type Affine, resolution } from '@inlay/geo';
import { sridOf } from '../catalog/dataset-store.ts';
import { ValidationError } from '../error.ts';
import { listBuilds } from '../virtual-rasters/change-store.ts';
import { checkRequest } from '../virtual-rasters/check-request.ts';
import { createVrtJob, type CreateVrtDeps } from '../virtual-rasters/create.ts';
import { exposureWarning } from '../virtual-rasters/exposure.ts';
import { signedIn } from './auth.ts';
import type { Handlers } from './bind.ts';
import { queueing } from './queueing.ts';
import { findVrt, membersInOrder, vrtStatus } from './vrt-status.ts';
import { refusalJson, validationJson } from './vrt-validation-json.ts';

type VrtHandlers = Pick<
  Handlers,
  'createVrt' | 'validateVrt' | 'listVrtSources' | 'getVrtStatus' | 'listVrtGenerations'
>;

export function vrtHandlers(deps: CreateVrtDeps): VrtHandlers {
  const { db, definitions } = deps;

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
        return validationJson(
          checked,
          exposureWarning(body.visibility, checked.sources, body.confirm_public_sources === true),
        );
      } catch (error) {
        if (!(error instanceof ValidationError)) throw error;
        return refusalJson(error.items);
      }
    },

    listVrtSources: async ({ actor, params }) => {
      const vrt = await findVrt(db, actor, params.id);
      const members = await membersInOrder(db, actor, vrt.generation_id);
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

    getVrtStatus: async ({ actor, params, query }) =>
      await vrtStatus(db, await findVrt(db, actor, params.id), actor, query),

    listVrtGenerations: async ({ actor, params, query }) => {
      const vrt = await findVrt(db, actor, params.id);
      const { builds, total } = await listBuilds(db, vrt.id, query);
      return {
        generations: builds.map((build) => ({
          id: build.id,
          number: build.number,
          status: build.status,
          change: build.change,
          is_current: build.id === vrt.generation_id,
          job_id: build.job_id,
          started_at: build.started_at?.toISOString() ?? null,
          completed_at: build.completed_at?.toISOString() ?? null,
          duration_seconds:
            build.started_at === null || build.completed_at === null
              ? null
              : (build.completed_at.getTime() - build.started_at.getTime()) / 1000,
          error_message: build.error_message,
          source_count: build.source_count,
          options: build.options,
          requires_gdal: build.requires_gdal,
          triggered_by: build.triggered_by,
        })),
        total,
        limit: query.limit,
        skip: query.skip,
      };
    },
  };
}
