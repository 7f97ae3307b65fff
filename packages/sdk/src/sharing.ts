import {
  type AuditList,
  type CreateShare,
  type Grant,
  type GrantList,
  type PutGrant,
  type QueryOf,
  type Routes,
  routes,
  type Share,
  type ShareList,
} from '@inlay/contract';
import { call, type CallOptions, type Endpoint } from './request.ts';

/** Who else sees a dataset, and what was done to it; for its owner and administrators. */
export interface SharingCalls {
  listGrants(id: string, query?: QueryOf<Routes['listGrants']>, options?: CallOptions): Promise<GrantList>;
  /** Lets a user, by name or id, see it while it is restricted, or also change it. */
  putGrant(id: string, grant: PutGrant, options?: CallOptions): Promise<Grant>;
  deleteGrant(id: string, user: string, options?: CallOptions): Promise<void>;
  listShares(id: string, query?: QueryOf<Routes['listShares']>, options?: CallOptions): Promise<ShareList>;
  /** A link that opens it to whoever holds it. */
  createShare(id: string, share?: CreateShare, options?: CallOptions): Promise<Share>;
  revokeShare(id: string, shareId: string, options?: CallOptions): Promise<void>;
  datasetHistory(id: string, query?: QueryOf<Routes['datasetHistory']>, options?: CallOptions): Promise<AuditList>;
}

export function sharingCalls(endpoint: Endpoint): SharingCalls {
  return {
    listGrants: (id, query, options) => call(endpoint, routes.listGrants, { params: { id }, query, ...options }),
    putGrant: (id, body, options) => call(endpoint, routes.putGrant, { params: { id }, body, ...options }),
    deleteGrant: (id, user, options) => call(endpoint, routes.deleteGrant, { params: { id, user }, ...options }),
    listShares: (id, query, options) => call(endpoint, routes.listShares, { params: { id }, query, ...options }),
    createShare: (id, body = {}, options) => call(endpoint, routes.createShare, { params: { id }, body, ...options }),
    revokeShare: (id, shareId, options) =>
      call(endpoint, routes.revokeShare, { params: { id, share_id: shareId }, ...options }),
    datasetHistory: (id, query, options) =>
      call(endpoint, routes.datasetHistory, { params: { id }, query, ...options }),
  };
}
