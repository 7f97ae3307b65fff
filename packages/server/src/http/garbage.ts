import { collectGarbage, type CollectDeps } from '../gc/collect.ts';
import type { Handlers } from './bind.ts';

export function garbageHandlers(deps: CollectDeps): Pick<Handlers, 'collectGarbage'> {
  return {
    collectGarbage: async ({ body, signal }) => await collectGarbage(deps, { isDryRun: !body.delete }, signal),
  };
}
