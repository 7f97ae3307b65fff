import type { Grant as GrantJson, Share as ShareJson } from '@inlay/contract';
import type { FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
import { recordChange } from '../audit/audit-store.ts';
import { actorOfUser, findUserByName, type UserRow } from '../auth/user-store.ts';
import { lockDataset } from '../catalog/dataset-store.ts';
import type { Tables } from '../db/tables.ts';
import { notFound, ValidationError } from '../error.ts';
import { linkSearch, signLink } from '../pixels/signed-links.ts';
import { deleteGrant, findGrant, type Grant, listGrants, putGrant } from '../sharing/grant-store.ts';
import { insertShare, listShares, revokeShare, type Share } from '../sharing/share-store.ts';
import { confirmSources, findExposedSources } from '../virtual-rasters/confirmation-store.ts';
import { confirmationRequired } from '../virtual-rasters/exposure.ts';
import { signedIn } from './auth.ts';
import type { Handlers } from './bind.ts';
import { baseUrlOf } from './caching.ts';
import { managedDataset, requireManager, shownDataset } from './dataset-calls.ts';

type SharingHandlers = Pick<
  Handlers,
  'listGrants' | 'putGrant' | 'deleteGrant' | 'listShares' | 'createShare' | 'revokeShare'
>;

export interface SharingDeps {
  readonly db: Kysely<Tables>;
  /** What links are signed with. */
  readonly linkSecret: string;
  readonly publicUrl: string | null;
}

const DAY_SECONDS = 24 * 3600;

export function sharingHandlers({ db, linkSecret, publicUrl }: SharingDeps): SharingHandlers {
  function shareJson(share: Share, request: FastifyRequest): ShareJson {
    const { id, dataset_id: datasetId } = share;
    const exp = Math.floor(share.expires_at.getTime() / 1000);
    const link = signLink(linkSecret, { datasetId, bearer: { kind: 'share', id }, right: 'pixels' }, exp);
    return {
      id,
      name: share.name,
      downloads: share.downloads,
      url: `${baseUrlOf(request, publicUrl)}/datasets/${datasetId}${linkSearch(link)}`,
      ...link,
      created_by: share.created_by,
      created_at: share.created_at.toISOString(),
      expires_at: share.expires_at.toISOString(),
      revoked_at: share.revoked_at?.toISOString() ?? null,
    };
  }

  return {
    listGrants: async ({ actor, params, query }) => {
      const row = await managedDataset(db, actor, params.id);
      const { grants, total } = await listGrants(db, row.id, query);
      return { grants: grants.map(grantJson), total, limit: query.limit, skip: query.skip };
    },

    putGrant: async ({ actor, params, body, requestId }) => {
      const row = await managedDataset(db, actor, params.id);
      const caller = signedIn(actor);
      const user = await findUserByName(db, body.user);
      if (user === undefined) throw userNotFound(body.user);
      if (user.id === row.created_by) throw isOwner(body.user);
      await db.transaction().execute(async (trx) => {
        await lockDataset(trx, row.id);
        await putGrant(trx, { datasetId: row.id, userId: user.id, level: body.level, grantedBy: caller.userId });
        const details = { level: body.level };
        const about = { datasetId: row.id, subjectId: user.id, subjectName: user.username, details };
        await recordChange(trx, { actor: caller, requestId }, { action: 'dataset.grant', ...about });
        if (row.generation_id === null) return;
        if (body.confirm_public_sources === true) {
          const owner = await actorOfUser(trx, row.created_by);
          if (owner !== null) await confirmSources(trx, { datasetId: row.id, owner, confirmedBy: caller.userId });
          const confirmation = { datasetId: row.id, subjectName: row.title };
          await recordChange(trx, { actor: caller, requestId }, { action: 'vrt.confirm_sources', ...confirmation });
          return;
        }
        const reader = await actorOfUser(trx, user.id);
        const exposed = reader === null ? null : await findExposedSources(trx, caller, row.id, { user: reader });
        if (exposed !== null) {
          throw new ValidationError([confirmationRequired(exposed, `it is granted to ${user.username}`)]);
        }
      });
      return grantJson((await findGrant(db, row.id, user.id)) ?? gone());
    },

    deleteGrant: async ({ actor, params, requestId }) => {
      const caller = signedIn(actor);
      const row = await shownDataset(db, actor, params.id);
      const user = await findUserByName(db, params.user);
      if (user?.id !== caller.userId) requireManager(caller, row);
      if (user === undefined) throw notFound('grant');
      await db.transaction().execute(async (trx) => {
        await lockDataset(trx, row.id);
        if (!(await deleteGrant(trx, row.id, user.id))) throw notFound('grant');
        const about = { datasetId: row.id, subjectId: user.id, subjectName: user.username };
        await recordChange(trx, { actor: caller, requestId }, { action: 'dataset.revoke', ...about });
      });
      return undefined;
    },

    listShares: async ({ actor, params, query, request }) => {
      const row = await managedDataset(db, actor, params.id);
      const { shares, total } = await listShares(db, row.id, query);
      const shown = shares.map((share) => shareJson(share, request));
      return { shares: shown, total, limit: query.limit, skip: query.skip };
    },

    createShare: async ({ actor, params, body, request, requestId }) => {
      const row = await managedDataset(db, actor, params.id);
      const caller = signedIn(actor);
      // In whole seconds, as the link says it.
      const exp = Math.floor(Date.now() / 1000) + body.expires_in_days * DAY_SECONDS;
      const { name = null, downloads } = body;
      const share = await db.transaction().execute(async (trx) => {
        await lockDataset(trx, row.id);
        const made = await insertShare(trx, {
          dataset_id: row.id,
          created_by: caller.userId,
          name,
          downloads,
          expires_at: new Date(exp * 1000),
        });
        const details = { downloads, expires_at: made.expires_at.toISOString() };
        const about = { datasetId: row.id, subjectId: made.id, subjectName: name, details };
        await recordChange(trx, { actor: caller, requestId }, { action: 'dataset.share', ...about });
        return made;
      });
      return shareJson(share, request);
    },

    revokeShare: async ({ actor, params, requestId }) => {
      const row = await managedDataset(db, actor, params.id);
      await db.transaction().execute(async (trx) => {
        await lockDataset(trx, row.id);
        const share = await revokeShare(trx, row.id, params.share_id);
        if (share === undefined) throw notFound('share');
        const about = { datasetId: row.id, subjectId: share.id, subjectName: share.name };
        await recordChange(trx, { actor, requestId }, { action: 'dataset.unshare', ...about });
      });
      return undefined;
    },
  };
}

function grantJson(grant: Grant): GrantJson {
  return { ...grant, granted_at: grant.granted_at.toISOString() };
}

/** Taken back by somebody else meanwhile. */
function gone(): never {
  throw notFound('grant');
}

function userNotFound(user: string): ValidationError {
  return new ValidationError([
    {
      loc: ['body', 'user'],
      msg: `There is no user "${user}": check the name, or ask an administrator to add them`,
      type: 'user_not_found',
      input: user,
    },
  ]);
}

function isOwner(user: UserRow['username']): ValidationError {
  const error = 'the owner needs no grant';
  return new ValidationError([
    { loc: ['body', 'user'], msg: `Value error, ${error}`, type: 'value_error', input: user, ctx: { error } },
  ]);
}
