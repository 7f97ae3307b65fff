import type { OperationId } from '@inlay/contract';

// One request for each operation, for access-matrix.test.ts. It is one that changes nothing, so that it can be sent by
// everybody in any order: what is refused for its content, or finds nothing, has been let through by the rules of access.

/** What a request is about. */
export interface Subject {
  readonly raster: string;
  readonly mosaic: string;
  /** The build that the mosaic shows. */
  readonly generation: string;
  /** The finished job that made the mosaic, of its owner. */
  readonly job: string;
  /** The finished upload that made the raster. */
  readonly upload: string;
}

export interface AccessRequest {
  readonly params?: Readonly<Record<string, string | number>>;
  readonly query?: string;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  /** The status of who is let through. */
  readonly passes: number;
  /** Where that is 404: what is missing then, which is not the subject itself. */
  readonly missing?: RegExp;
}

const NOBODY = '00000000-0000-4000-8000-0000000000ff';
const SQUARE = {
  type: 'Polygon',
  coordinates: [
    [
      [11, 48],
      [12, 48],
      [12, 49],
      [11, 48],
    ],
  ],
};
const tile = { z: 8, x: 136, y: 88, format: 'png' } as const;
const square = { tile_matrix_set: 'WorldCRS84Quad', z: 8, x: 272, y: 59, format: 'png' } as const;

type RequestOf = (subject: Subject) => AccessRequest;

const onRaster =
  (request: Omit<AccessRequest, 'passes'> & { readonly passes?: number } = {}): RequestOf =>
  ({ raster }) => ({ passes: 200, ...request, params: { id: raster, ...request.params } });
const onMosaic =
  (request: Omit<AccessRequest, 'passes'> & { readonly passes?: number } = {}): RequestOf =>
  ({ mosaic }) => ({ passes: 200, ...request, params: { id: mosaic, ...request.params } });
const onJob =
  (passes: number): RequestOf =>
  ({ job }) => ({ params: { id: job }, passes });
const plain =
  (request: AccessRequest): RequestOf =>
  () =>
    request;
/** Its content is refused, once its sender was not. */
const refused: RequestOf = plain({ json: { unknown: true }, passes: 422 });
const changeRefused: RequestOf = onMosaic({ json: { unknown: true }, passes: 422 });
const chunk: RequestOf = ({ mosaic, generation }) => ({
  params: { id: mosaic, generation_id: generation, number: 1 },
  passes: 404,
  missing: /chunk/,
});
const overview: RequestOf = ({ mosaic, generation }) => ({
  params: { id: mosaic, generation_id: generation, number: 1 },
  passes: 404,
  missing: /rendered levels/,
});
const jobFile: RequestOf = ({ job }) => ({ params: { id: job }, passes: 404, missing: /file of that job/ });

/** An operation that is missing here does not compile. */
export const ACCESS_REQUESTS: Readonly<Record<OperationId, RequestOf>> = {
  createVrt: refused,
  validateVrt: refused,
  listVrtSources: onMosaic(),
  getVrtStatus: onMosaic(),
  listVrtGenerations: onMosaic(),
  addVrtSources: changeRefused,
  setVrtSources: changeRefused,
  // Of its two sources none can go.
  removeVrtSource: onMosaic({ params: { source_id: NOBODY }, passes: 422 }),
  regenerateVrt: changeRefused,
  rollBackVrt: changeRefused,

  uploadRaster: plain({ passes: 415 }),
  replaceRaster: onRaster({ passes: 415 }),
  refreshRaster: onMosaic({ passes: 409 }),
  listRasterVersions: onRaster(),
  checkFiles: onMosaic({ passes: 202 }),
  previewUpload: ({ upload }) => ({ params: { job_id: upload }, passes: 200 }),
  commitUpload: ({ upload }) => ({ params: { job_id: upload }, json: { title: 'again' }, passes: 409 }),
  registerRasters: refused,
  listSourceRoots: plain({ passes: 200 }),

  listJobs: plain({ passes: 200 }),
  getJob: onJob(200),
  cancelJob: onJob(409),
  retryJob: onJob(409),
  jobEvents: onJob(200),

  listDatasets: plain({ passes: 200 }),
  listFootprints: plain({ passes: 200 }),
  getDataset: onRaster(),
  patchDataset: onMosaic({ json: {} }),
  deleteDataset: onRaster({ json: { confirm_title: 'not its title' }, passes: 400 }),
  quicklook: onRaster(),
  datasetHistory: onMosaic(),

  listGrants: onRaster(),
  putGrant: onMosaic({ json: { user: 'nobody' }, passes: 422 }),
  deleteGrant: onRaster({ params: { user: 'nobody' }, passes: 404, missing: /grant/ }),
  listShares: onMosaic(),
  createShare: onRaster({ json: {}, passes: 201 }),
  revokeShare: onMosaic({ params: { share_id: NOBODY }, passes: 404, missing: /share/ }),

  getTile: onMosaic({ params: tile }),
  getTileScaled: onRaster({ params: { ...tile, scale: 2 } }),
  getMatrixTile: onMosaic({ params: square }),
  getMatrixTileScaled: onRaster({ params: { ...square, scale: 2 } }),
  tileJson: onMosaic(),
  wmtsCapabilities: onMosaic(),
  tileToken: onMosaic(),

  preview: onMosaic(),
  bboxPicture: onRaster({ params: { minx: 11, miny: 48, maxx: 12, maxy: 49, format: 'png' } }),
  featurePicture: onMosaic({ json: SQUARE }),
  pointValue: onMosaic({ params: { lon: 11.6, lat: 48.16 } }),
  pointValues: onRaster({ json: { points: [[11.6, 48.16]] } }),
  statistics: onMosaic(),
  histogram: onRaster(),
  legend: onMosaic(),

  downloadVrt: onMosaic(),
  headVrt: onMosaic(),
  downloadVrtChunk: chunk,
  headVrtChunk: chunk,
  downloadVrtOverview: overview,
  headVrtOverview: overview,
  downloadCog: onRaster(),
  headCog: onRaster(),
  downloadMask: onRaster({ passes: 404, missing: /\.msk/ }),
  headMask: onRaster({ passes: 404 }),
  downloadOverviews: onRaster({ passes: 404, missing: /\.ovr/ }),
  headOverviews: onRaster({ passes: 404 }),
  downloadCogVersion: onRaster({ params: { version: 1 } }),
  headCogVersion: onRaster({ params: { version: 1 } }),
  downloadMaskVersion: onRaster({ params: { version: 1 }, passes: 404, missing: /\.msk/ }),
  headMaskVersion: onRaster({ params: { version: 1 }, passes: 404 }),
  downloadOverviewsVersion: onRaster({ params: { version: 1 }, passes: 404, missing: /\.ovr/ }),
  headOverviewsVersion: onRaster({ params: { version: 1 }, passes: 404 }),
  downloadOriginal: onRaster({ passes: 404, missing: /original/ }),
  headOriginal: onRaster({ passes: 404 }),

  // A box beside the raster: refused for what it is, once its sender was let through.
  exportDataset: onRaster({ json: { bbox: [100, 10, 101, 11] }, passes: 422 }),
  planExport: onRaster({ json: {} }),
  downloadJobResult: jobFile,
  headJobResult: jobFile,

  login: plain({ form: {}, passes: 422 }),
  oneTimeSignIn: refused,
  createSignInLink: plain({ passes: 201 }),
  logout: plain({ passes: 204 }),
  me: plain({ passes: 200 }),
  listApiKeys: plain({ passes: 200 }),
  createApiKey: refused,
  deleteApiKey: plain({ params: { id: NOBODY }, passes: 404 }),
  changePassword: refused,
  listUsers: plain({ passes: 200 }),
  createUser: refused,
  getUser: plain({ params: { id: NOBODY }, passes: 404 }),
  patchUser: plain({ params: { id: NOBODY }, json: {}, passes: 404 }),
  setUserPassword: plain({ params: { id: NOBODY }, json: { password: 'long enough' }, passes: 404 }),
  deleteUser: plain({ params: { id: NOBODY }, json: {}, passes: 404 }),
  listAudit: plain({ passes: 200 }),

  collectGarbage: refused,
  getSettings: plain({ passes: 200 }),
  crsBounds: plain({ passes: 422 }),
  health: plain({ passes: 200 }),
  ready: plain({ passes: 200 }),
  openapiDocument: plain({ passes: 200 }),
  docs: plain({ passes: 200 }),
};
