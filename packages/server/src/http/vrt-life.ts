import type { JobAccepted } from '@inlay/contract';
import type { FastifyRequest } from 'fastify';
import { type Actor, mayChange } from '../access.ts';
import { ServerError } from '../error.ts';
import type { SourceChange } from '../virtual-rasters/change.ts';
import { type ChangeDeps, type ChangeRequest, requestChange } from '../virtual-rasters/request-change.ts';
import { rollBack, type RollBackDeps } from '../virtual-rasters/roll-back.ts';
import { signedIn } from './auth.ts';
import { admitting, type Handlers } from './bind.ts';
import { queueing } from './queueing.ts';
import { findVrt, vrtStatus } from './vrt-status.ts';

type VrtLifeHandlers = Pick<
  Handlers,
  'addVrtSources' | 'setVrtSources' | 'removeVrtSource' | 'regenerateVrt' | 'rollBackVrt'
>;

/** Changes to virtual rasters. Who may not change one is told so before anything is said of the rest of the request. */
export function vrtLifeHandlers(deps: ChangeDeps & RollBackDeps): VrtLifeHandlers {
  const { db } = deps;

  async function admit({ actor, params }: { actor: Actor | null; params: { id: string } }): Promise<void> {
    const vrt = await findVrt(db, actor, params.id);
    if (mayChange(signedIn(actor), vrt)) return;
    throw new ServerError(
      'forbidden',
      'Only its owner, administrators and those to whom it was granted may change this virtual raster.',
    );
  }

  async function accept(
    { actor, params, request, requestId }: ChangeCall,
    change: SourceChange,
    asked: Pick<ChangeRequest, 'options' | 'resolutionStrategy' | 'field'> & { readonly expected?: string | undefined },
  ): Promise<JobAccepted> {
    const { expected, ...rest } = asked;
    const accepted = await queueing(() =>
      requestChange(deps, {
        ...rest,
        vrtId: params.id.toLowerCase(),
        change,
        triggeredBy: signedIn(actor).userId,
        requestId,
        expectedId: expectedGeneration(request, expected),
      }),
    );
    return {
      job_id: accepted.jobId,
      status: 'accepted',
      message: `Building "${accepted.title}" of ${accepted.sourceCount} sources`,
    };
  }

  return {
    addVrtSources: admitting(admit, async (call) => {
      const { source_dataset_id: id, source_dataset_ids: ids, position, expected_generation: expected } = call.body;
      const change: SourceChange = {
        kind: 'add',
        ids: id === undefined ? (ids ?? []) : [id],
        position: position ?? null,
      };
      const field = id === undefined ? 'source_dataset_ids' : 'source_dataset_id';
      return await accept(call, change, { field, expected });
    }),

    setVrtSources: admitting(admit, async (call) => {
      const { source_dataset_ids: ids, expected_generation: expected } = call.body;
      return await accept(call, { kind: 'set', ids }, { field: 'source_dataset_ids', expected });
    }),

    removeVrtSource: admitting(admit, async (call) => {
      return await accept(call, { kind: 'remove', id: call.params.source_id }, {});
    }),

    regenerateVrt: admitting(admit, async (call) => {
      const { options, resolution_strategy: resolutionStrategy, expected_generation: expected } = call.body;
      return await accept(call, { kind: 'keep' }, { options, resolutionStrategy, expected });
    }),

    rollBackVrt: admitting(admit, async ({ actor, params, body, request, requestId }) => {
      await queueing(() =>
        rollBack(deps, {
          vrtId: params.id.toLowerCase(),
          generationId: body.generation_id.toLowerCase(),
          actor: signedIn(actor),
          requestId,
          expectedId: expectedGeneration(request, body.expected_generation),
        }),
      );
      return await vrtStatus(db, await findVrt(db, actor, params.id), actor, { limit: 1000, skip: 0 });
    }),
  };
}

interface ChangeCall {
  readonly actor: Actor | null;
  readonly params: { readonly id: string };
  readonly request: FastifyRequest;
  readonly requestId: string;
}

/**
 * The generation that a caller takes to be shown, as the body or `If-Match` (RFC 9110, 13.1.1) says it. Nothing where neither
 * does, and for `*`: there always is one.
 *
 * @throws ServerError `precondition_failed` where the two differ: one of them is not what is shown
 */
function expectedGeneration({ headers }: FastifyRequest, inBody: string | undefined): string | undefined {
  const sent = headers['if-match']?.trim();
  const inHeader = sent === undefined || sent === '*' ? undefined : sent.replaceAll('"', '');
  if (inBody !== undefined && inHeader !== undefined && inBody.toLowerCase() !== inHeader.toLowerCase()) {
    throw new ServerError('precondition_failed', 'If-Match and expected_generation name two builds. Send one of them.');
  }
  return inBody ?? inHeader;
}
