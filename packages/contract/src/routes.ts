import type { Operation } from './operation.ts';
import * as audit from './operations/audit.ts';
import * as auth from './operations/auth.ts';
import * as crs from './operations/crs.ts';
import * as datasets from './operations/datasets.ts';
import * as downloads from './operations/downloads.ts';
import * as exports from './operations/exports.ts';
import * as footprints from './operations/footprints.ts';
import * as garbage from './operations/garbage.ts';
import * as general from './operations/general.ts';
import * as ingest from './operations/ingest.ts';
import * as jobs from './operations/jobs.ts';
import * as overviews from './operations/overviews.ts';
import * as pictures from './operations/pictures.ts';
import * as pixelValues from './operations/pixel-values.ts';
import * as sessions from './operations/sessions.ts';
import * as settings from './operations/settings.ts';
import * as replacement from './operations/replacement.ts';
import * as sourceHealth from './operations/source-health.ts';
import * as sharing from './operations/sharing.ts';
import * as tiles from './operations/tiles.ts';
import * as users from './operations/users.ts';
import * as virtualRasters from './operations/virtual-rasters.ts';
import * as vrtLife from './operations/vrt-life.ts';

/**
 * Every operation of the API, by id, in the order in which the API is described: the single truth that the server
 * registers, the client calls and the OpenAPI document shows.
 */
export const routes = {
  // Virtual rasters: the main job
  createVrt: virtualRasters.createVrt, //             POST   /api/ingest/vrt/create
  validateVrt: virtualRasters.validateVrt, //         POST   /api/ingest/vrt/validate
  listVrtSources: datasets.listVrtSources, //         GET    /api/datasets/{id}/vrt-sources/
  getVrtStatus: datasets.getVrtStatus, //             GET    /api/datasets/{id}/vrt/status/
  listVrtGenerations: datasets.listVrtGenerations, // GET    /api/datasets/{id}/vrt/generations/

  // Their life: other sources, built anew, an earlier build again
  addVrtSources: vrtLife.addVrtSources, //            POST   /api/ingest/vrt/{id}/sources/
  setVrtSources: vrtLife.setVrtSources, //            PUT    /api/ingest/vrt/{id}/sources/
  removeVrtSource: vrtLife.removeVrtSource, //        DELETE /api/ingest/vrt/{id}/sources/{source_id}/
  regenerateVrt: vrtLife.regenerateVrt, //            POST   /api/datasets/{id}/vrt/regenerate/
  rollBackVrt: vrtLife.rollBackVrt, //                POST   /api/datasets/{id}/vrt/rollback/

  // Ingest: rasters into the catalogue
  uploadRaster: ingest.uploadRaster, //               POST   /api/ingest/upload
  previewUpload: ingest.previewUpload, //             POST   /api/ingest/preview/{job_id}
  commitUpload: ingest.commitUpload, //               POST   /api/ingest/commit/{job_id}
  registerRasters: ingest.registerRasters, //         POST   /api/ingest/register-rasters
  listSourceRoots: ingest.listSourceRoots, //         GET    /api/ingest/source-roots
  replaceRaster: replacement.replaceRaster, //        POST   /api/datasets/{id}/replace
  refreshRaster: replacement.refreshRaster, //        POST   /api/datasets/{id}/refresh

  // Jobs: what goes on after a 202
  listJobs: jobs.listJobs, //                         GET    /api/jobs
  getJob: jobs.getJob, //                             GET    /api/jobs/{id}
  cancelJob: jobs.cancelJob, //                       POST   /api/jobs/{id}/cancel
  retryJob: jobs.retryJob, //                         POST   /api/jobs/{id}/retry
  jobEvents: jobs.jobEvents, //                       GET    /api/jobs/{id}/events

  // Datasets: the catalogue
  listDatasets: datasets.listDatasets, //             GET    /api/datasets/
  listFootprints: footprints.listFootprints, //       GET    /api/datasets/footprints
  getDataset: datasets.getDataset, //                 GET    /api/datasets/{id}
  patchDataset: datasets.patchDataset, //             PATCH  /api/datasets/{id}
  deleteDataset: datasets.deleteDataset, //           DELETE /api/datasets/{id}
  quicklook: datasets.quicklook, //                   GET    /api/datasets/{id}/quicklook
  checkFiles: sourceHealth.checkFiles, //             POST   /api/datasets/{id}/check-files
  listRasterVersions: replacement.listRasterVersions, // GET /api/datasets/{id}/versions

  datasetHistory: audit.datasetHistory, //            GET    /api/datasets/{id}/history/

  // Sharing: who else sees a dataset
  listGrants: sharing.listGrants, //                  GET    /api/datasets/{id}/grants/
  putGrant: sharing.putGrant, //                      PUT    /api/datasets/{id}/grants/
  deleteGrant: sharing.deleteGrant, //                DELETE /api/datasets/{id}/grants/{user}
  listShares: sharing.listShares, //                  GET    /api/datasets/{id}/shares/
  createShare: sharing.createShare, //                POST   /api/datasets/{id}/shares/
  revokeShare: sharing.revokeShare, //                DELETE /api/datasets/{id}/shares/{share_id}

  // Tiles: datasets on a map
  getTile: tiles.getTile, //                          GET    /api/datasets/{id}/tiles/{z}/{x}/{y}.{format}
  getTileScaled: tiles.getTileScaled, //              GET    /api/datasets/{id}/tiles/{z}/{x}/{y}@{scale}x.{format}
  getMatrixTile: tiles.getMatrixTile, //              GET    /api/datasets/{id}/tiles/{tile_matrix_set}/...
  getMatrixTileScaled: tiles.getMatrixTileScaled, //  GET    /api/datasets/{id}/tiles/{tile_matrix_set}/...
  tileJson: tiles.tileJson, //                        GET    /api/datasets/{id}/tilejson.json
  wmtsCapabilities: tiles.wmtsCapabilities, //        GET    /api/datasets/{id}/WMTSCapabilities.xml
  tileToken: tiles.tileToken, //                      GET    /api/tiles/token/{id}/

  // Pictures and values of pixels
  preview: pictures.preview, //                       GET    /api/datasets/{id}/preview
  bboxPicture: pictures.bboxPicture, //               GET    /api/datasets/{id}/bbox/{minx},{miny},{maxx},{maxy}.{format}
  featurePicture: pictures.featurePicture, //         POST   /api/datasets/{id}/feature
  pointValue: pixelValues.pointValue, //              GET    /api/datasets/{id}/point/{lon},{lat}
  pointValues: pixelValues.pointValues, //            POST   /api/datasets/{id}/point
  statistics: pixelValues.statistics, //              GET    /api/datasets/{id}/statistics
  histogram: pixelValues.histogram, //                GET    /api/datasets/{id}/histogram
  legend: pixelValues.legend, //                      GET    /api/datasets/{id}/legend

  // Downloads: what GDAL and QGIS open
  downloadVrt: downloads.downloadVrt, //              GET    /api/datasets/{id}/download/vrt
  headVrt: downloads.headVrt, //                      HEAD   /api/datasets/{id}/download/vrt
  downloadVrtChunk: downloads.downloadVrtChunk, //    GET    /api/datasets/{id}/download/vrt/generations/*/chunks/*.vrt
  headVrtChunk: downloads.headVrtChunk, //            HEAD   /api/datasets/{id}/download/vrt/generations/*/chunks/*.vrt
  downloadVrtOverview: overviews.downloadVrtOverview, // GET .../download/vrt/generations/*/overviews/*.tif
  headVrtOverview: overviews.headVrtOverview, //      HEAD   .../download/vrt/generations/*/overviews/*.tif
  downloadCog: downloads.downloadCog, //              GET    /api/datasets/{id}/download/cog
  headCog: downloads.headCog, //                      HEAD   /api/datasets/{id}/download/cog
  downloadMask: downloads.downloadMask, //            GET    /api/datasets/{id}/download/cog.msk
  headMask: downloads.headMask, //                    HEAD   /api/datasets/{id}/download/cog.msk
  downloadOverviews: downloads.downloadOverviews, //  GET    /api/datasets/{id}/download/cog.ovr
  headOverviews: downloads.headOverviews, //          HEAD   /api/datasets/{id}/download/cog.ovr
  downloadOriginal: downloads.downloadOriginal, //    GET    /api/datasets/{id}/download/original
  headOriginal: downloads.headOriginal, //            HEAD   /api/datasets/{id}/download/original
  downloadCogVersion: downloads.downloadCogVersion, //             GET  /api/datasets/{id}/download/versions/*/cog
  headCogVersion: downloads.headCogVersion, //                     HEAD /api/datasets/{id}/download/versions/*/cog
  downloadMaskVersion: downloads.downloadMaskVersion, //           GET  /api/datasets/{id}/download/versions/*/cog.msk
  headMaskVersion: downloads.headMaskVersion, //                   HEAD /api/datasets/{id}/download/versions/*/cog.msk
  downloadOverviewsVersion: downloads.downloadOverviewsVersion, // GET  /api/datasets/{id}/download/versions/*/cog.ovr
  headOverviewsVersion: downloads.headOverviewsVersion, //         HEAD /api/datasets/{id}/download/versions/*/cog.ovr

  // Exports: what is cut out, reprojected, converted
  exportDataset: exports.exportDataset, //            POST   /api/datasets/{id}/export
  planExport: exports.planExport, //                  POST   /api/datasets/{id}/export/plan
  downloadJobResult: exports.downloadJobResult, //    GET    /api/jobs/{id}/result
  headJobResult: exports.headJobResult, //            HEAD   /api/jobs/{id}/result

  // Sign-in and users
  login: sessions.login, //                           POST   /api/auth/login
  oneTimeSignIn: sessions.oneTimeSignIn, //           POST   /api/auth/one-time
  createSignInLink: sessions.createSignInLink, //     POST   /api/auth/sign-in-links
  logout: sessions.logout, //                         POST   /api/auth/logout
  me: sessions.me, //                                 GET    /api/auth/me/
  listApiKeys: auth.listApiKeys, //                   GET    /api/auth/api-keys/
  createApiKey: auth.createApiKey, //                 POST   /api/auth/api-keys/
  deleteApiKey: auth.deleteApiKey, //                 DELETE /api/auth/api-keys/{id}
  changePassword: users.changePassword, //            POST   /api/auth/password
  listUsers: users.listUsers, //                      GET    /api/users/
  createUser: users.createUser, //                    POST   /api/users/
  getUser: users.getUser, //                          GET    /api/users/{id}
  patchUser: users.patchUser, //                      PATCH  /api/users/{id}
  setUserPassword: users.setUserPassword, //          PUT    /api/users/{id}/password
  deleteUser: users.deleteUser, //                    DELETE /api/users/{id}
  listAudit: audit.listAudit, //                      GET    /api/audit

  // General
  health: general.health, //                          GET    /api/health
  ready: general.ready, //                            GET    /api/ready
  getSettings: settings.getSettings, //                GET    /api/settings
  collectGarbage: garbage.collectGarbage, //          POST   /api/gc
  crsBounds: crs.crsBounds, //                        GET    /api/crs/bounds
  openapiDocument: general.openapiDocument, //        GET    /api/openapi.json
  docs: general.docs, //                              GET    /api/docs
} as const satisfies Readonly<Record<string, Operation>>;

/** All of them, and the name of each. */
export type Routes = typeof routes;
export type OperationId = keyof Routes;

/** The operations as a list, for whoever treats all alike. */
export const operations: readonly Operation[] = Object.values(routes);
