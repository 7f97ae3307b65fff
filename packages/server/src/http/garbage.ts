import { type CollectDeps, removeGarbage, tellGarbage } from '../gc/collect.ts';
import type { Handlers } from './bind.ts';

export function garbageHandlers(deps: CollectDeps): Pick<Handlers, 'collectGarbage'> {
  return {
    collectGarbage: async ({ actor, requestId, body, signal }) =>
      body.delete ? await removeGarbage(deps, { actor, requestId }, signal) : await tellGarbage(deps, signal),
  };
}
