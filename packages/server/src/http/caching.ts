import type { FastifyRequest } from 'fastify';
import type { Visibility } from '../db/tables.ts';

/** Shared caches may keep public data only; whoever keeps anything asks again (ETag) before using it. */
export function cacheFor(visibility: Visibility): string {
  return visibility === 'public' ? 'public, no-cache' : 'private, no-cache';
}

/** What links to this server begin with: as the operator says, else as the caller reached it. */
export function baseUrlOf(request: FastifyRequest, publicUrl: string | null): string {
  return publicUrl ?? `${request.protocol}://${request.host}`;
}
