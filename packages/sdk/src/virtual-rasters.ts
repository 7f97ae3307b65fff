import {
  type JobAccepted,
  type QueryOf,
  type Routes,
  routes,
  type VrtCreate,
  type VrtGenerationList,
  type VrtSourceList,
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
  listVrtSources(id: string, options?: CallOptions): Promise<VrtSourceList>;
  getVrtStatus(id: string, options?: CallOptions): Promise<VrtStatus>;
  listVrtGenerations(
    id: string,
    query?: QueryOf<Routes['listVrtGenerations']>,
    options?: CallOptions,
  ): Promise<VrtGenerationList>;
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

export function virtualRasterCalls(endpoint: Endpoint): VirtualRasterCalls {
  return {
    createVrt: (body, options) => call(endpoint, routes.createVrt, { body, ...options }),
    validateVrt: (body, options) => call(endpoint, routes.validateVrt, { body, ...options }),
    listVrtSources: (id, options) => call(endpoint, routes.listVrtSources, { params: { id }, ...options }),
    getVrtStatus: (id, options) => call(endpoint, routes.getVrtStatus, { params: { id }, ...options }),
    listVrtGenerations: (id, query, options) =>
      call(endpoint, routes.listVrtGenerations, { params: { id }, query, ...options }),
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
