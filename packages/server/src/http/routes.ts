import { auditHandlers } from './audit.ts';
import { authHandlers } from './auth.ts';
import type { Handlers } from './bind.ts';
import { crsHandlers } from './crs.ts';
import { datasetHandlers, type DatasetsDeps } from './datasets.ts';
import { downloadHandlers, type DownloadsDeps } from './downloads.ts';
import { exportHandlers, type ExportsDeps } from './exports.ts';
import { footprintHandlers } from './footprints.ts';
import { garbageHandlers } from './garbage.ts';
import { generalHandlers, type GeneralDeps } from './general.ts';
import { ingestHandlers } from './ingest.ts';
import { jobHandlers, type JobsDeps } from './jobs.ts';
import { pictureHandlers } from './pictures.ts';
import { pixelValueHandlers, type PixelValuesDeps } from './pixel-values.ts';
import { sessionHandlers, type SessionsDeps } from './sessions.ts';
import { type ReplacementDeps, replacementHandlers } from './replacement.ts';
import { sourceHealthHandlers } from './source-health.ts';
import { sharingHandlers, type SharingDeps } from './sharing.ts';
import { tileHandlers } from './tiles.ts';
import { userHandlers, type UsersDeps } from './users.ts';
import { vrtHandlers } from './virtual-rasters.ts';
import { vrtLifeHandlers } from './vrt-life.ts';
import type { UploadDeps } from '../catalog/uploads.ts';
import type { RegisterDeps } from '../catalog/register.ts';
import type { CreateVrtDeps } from '../virtual-rasters/create.ts';
import type { ChangeDeps } from '../virtual-rasters/request-change.ts';

export type RouteDeps = CreateVrtDeps &
  ChangeDeps &
  UploadDeps &
  RegisterDeps &
  ReplacementDeps &
  JobsDeps &
  DatasetsDeps &
  PixelValuesDeps &
  DownloadsDeps &
  ExportsDeps &
  SessionsDeps &
  UsersDeps &
  SharingDeps &
  GeneralDeps;

/**
 * Every operation of the contract and where it is handled. Paths, methods and who may call stand in the contract's
 * own table (contract: routes.ts); a handler that is missing here does not compile. `/api/docs` is a page of its own.
 */
export function createHandlers(deps: RouteDeps): Omit<Handlers, 'docs'> {
  return {
    ...vrtHandlers(deps), //      /api/ingest/vrt/*, /api/datasets/{id}/vrt*
    ...vrtLifeHandlers(deps), //  /api/ingest/vrt/{id}/sources*, /api/datasets/{id}/vrt/{regenerate,rollback}
    ...ingestHandlers(deps), //   /api/ingest/*
    ...replacementHandlers(deps), // /api/datasets/{id}/replace, /refresh, /versions
    ...sourceHealthHandlers(deps), // /api/datasets/{id}/check-files
    ...jobHandlers(deps), //      /api/jobs*
    ...datasetHandlers(deps), //  /api/datasets*
    ...footprintHandlers(deps), //  /api/datasets/footprints
    ...tileHandlers(deps), //       /api/datasets/{id}/tiles/*, /api/tiles/*
    ...pictureHandlers(deps), //    /api/datasets/{id}/preview, /bbox, /feature
    ...pixelValueHandlers(deps), // /api/datasets/{id}/point, /statistics, /histogram, /legend
    ...downloadHandlers(deps), // /api/datasets/{id}/download/*
    ...exportHandlers(deps), //   /api/datasets/{id}/export, /api/jobs/{id}/result
    ...sessionHandlers(deps), //  /api/auth/login, /one-time, /sign-in-links, /logout, /me
    ...authHandlers(deps), //     /api/auth/api-keys/
    ...userHandlers(deps), //     /api/users/*, /api/auth/password
    ...sharingHandlers(deps), //  /api/datasets/{id}/grants/, /shares/
    ...auditHandlers(deps), //    /api/audit, /api/datasets/{id}/history/
    ...crsHandlers(), //          /api/crs/*
    ...garbageHandlers(deps), //  /api/gc
    ...generalHandlers(deps), //  /api/health, /api/ready, /api/openapi.json
  };
}
