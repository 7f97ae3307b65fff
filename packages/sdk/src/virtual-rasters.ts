import {
  type CrsBounds,
  type JobAccepted,
  type QueryOf,
  type Routes,
  routes,
  type VrtCreate,
  type VrtGenerationList,
  type VrtRegenerate,
  type VrtRollback,
  type VrtSourceList,
  type VrtSourcesAdd,
  type VrtSourcesSet,
  type VrtStatus,
  type VrtValidation,
} from '@inlay/contract';
import { call, type CallOptions, type Endpoint, request } from './request.ts';

/** What can be done with virtual rasters, beside what can be done with every dataset. */
export interface VirtualRasterCalls {
  /** Starts the job that builds one; `waitForJob` follows it. */
  createVrt(body: VrtCreate, options?: CallOptions): Promise<JobAccepted>;
  /** What create would do: every problem, every warning, the plan. */
  validateVrt(body: VrtCreate, options?: CallOptions): Promise<VrtValidation>;
  /** A box in degrees, `[west, south, east, north]`, as `bounds` of a virtual raster in a CRS. */
  crsBounds(query: QueryOf<Routes['crsBounds']>, options?: CallOptions): Promise<CrsBounds>;
  listVrtSources(id: string, options?: CallOptions): Promise<VrtSourceList>;
  getVrtStatus(id: string, options?: CallOptions): Promise<VrtStatus>;
  listVrtGenerations(
    id: string,
    query?: QueryOf<Routes['listVrtGenerations']>,
    options?: CallOptions,
  ): Promise<VrtGenerationList>;
  /** Adds one raster, or several, to the sources; starts the job that builds it anew, as the next three calls do. */
  addVrtSources(id: string, body: VrtSourcesAdd, options?: ChangeOptions): Promise<JobAccepted>;
  /** The whole list of sources, in order: to reorder, to add and to remove in one go. */
  setVrtSources(id: string, body: VrtSourcesSet, options?: ChangeOptions): Promise<JobAccepted>;
  removeVrtSource(id: string, sourceId: string, options?: ChangeOptions): Promise<JobAccepted>;
  /** Builds it of the same sources as they are now; with other options where they are given. */
  regenerateVrt(id: string, body?: VrtRegenerate, options?: ChangeOptions): Promise<JobAccepted>;
  /** Shows an earlier build again, at once. */
  rollBackVrt(id: string, body: VrtRollback, options?: ChangeOptions): Promise<VrtStatus>;
  /** The VRT document; of a large mosaic the root, unless it is asked for in one piece (`flat`). */
  downloadVrt(id: string, query?: QueryOf<Routes['downloadVrt']>, options?: CallOptions): Promise<string>;
  /** A chunk of a large mosaic, as its root names it: of one build, the first having the number 1. */
  downloadVrtChunk(
    id: string,
    generationId: string,
    number: number,
    query?: QueryOf<Routes['downloadVrtChunk']>,
    options?: CallOptions,
  ): Promise<string>;
}

/** What calls that change a virtual raster take. */
export interface ChangeOptions extends CallOptions {
  /** The build that the caller knows (`generation_id` of the state): refused with 412 where another one is shown by now. */
  readonly ifMatch?: string | undefined;
}

/** The options of a call with what is expected as a header. */
function changing({ ifMatch, ...options }: ChangeOptions = {}) {
  return { ...options, ...(ifMatch === undefined ? {} : { headers: { 'if-match': `"${ifMatch}"` } }) };
}

export function virtualRasterCalls(endpoint: Endpoint): VirtualRasterCalls {
  return {
    createVrt: (body, options) => call(endpoint, routes.createVrt, { body, ...options }),
    validateVrt: (body, options) => call(endpoint, routes.validateVrt, { body, ...options }),
    crsBounds: (query, options) => call(endpoint, routes.crsBounds, { query, ...options }),
    listVrtSources: (id, options) => call(endpoint, routes.listVrtSources, { params: { id }, ...options }),
    getVrtStatus: (id, options) => call(endpoint, routes.getVrtStatus, { params: { id }, ...options }),
    listVrtGenerations: (id, query, options) =>
      call(endpoint, routes.listVrtGenerations, { params: { id }, query, ...options }),
    addVrtSources: (id, body, options) =>
      call(endpoint, routes.addVrtSources, { params: { id }, body, ...changing(options) }),
    setVrtSources: (id, body, options) =>
      call(endpoint, routes.setVrtSources, { params: { id }, body, ...changing(options) }),
    removeVrtSource: (id, sourceId, options) =>
      call(endpoint, routes.removeVrtSource, { params: { id, source_id: sourceId }, ...changing(options) }),
    regenerateVrt: (id, body, options) =>
      call(endpoint, routes.regenerateVrt, { params: { id }, body, ...changing(options) }),
    rollBackVrt: (id, body, options) =>
      call(endpoint, routes.rollBackVrt, { params: { id }, body, ...changing(options) }),
    downloadVrt: async (id, query, options) => {
      const response = await request(endpoint, routes.downloadVrt, { params: { id }, query, ...options });
      return await response.text();
    },
    downloadVrtChunk: async (id, generationId, number, query, options) => {
      const params = { id, generation_id: generationId, number };
      const response = await request(endpoint, routes.downloadVrtChunk, { params, query, ...options });
      return await response.text();
    },
  };
}
