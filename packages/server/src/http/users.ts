import type { UserPatch } from '@inlay/contract';
import type { Kysely } from 'kysely';
import type { Actor } from '../access.ts';
import { recordChange } from '../audit/audit-store.ts';
import { hashPassword, verifyPassword } from '../auth/passwords.ts';
import type { SignInThrottle } from '../auth/sign-in-throttle.ts';
import { deleteSessions } from '../auth/token-store.ts';
import {
  deleteUser,
  findCredentials,
  findUser,
  insertUser,
  listUsers,
  lockAdministrators,
  setPassword,
  transferBelongings,
  updateUser,
  type UserRow,
} from '../auth/user-store.ts';
import type { Tables } from '../db/tables.ts';
import { notFound, ServerError, ValidationError } from '../error.ts';
import type { Worker } from '../jobs/worker.ts';
import { signedIn, userJson } from './auth.ts';
import type { Handlers } from './bind.ts';
import { faultOf } from './pixel-calls.ts';

type UserHandlers = Pick<
  Handlers,
  'listUsers' | 'createUser' | 'getUser' | 'patchUser' | 'setUserPassword' | 'deleteUser' | 'changePassword'
>;

export interface UsersDeps {
  readonly db: Kysely<Tables>;
  /** Null in a process that only answers requests. */
  readonly worker: Worker | null;
  readonly signInThrottle: SignInThrottle;
}

export function userHandlers({ db, worker, signInThrottle }: UsersDeps): UserHandlers {
  return {
    listUsers: async ({ query }) => {
      const { users, total } = await listUsers(db, query);
      return { users: users.map(userJson), total, limit: query.limit, skip: query.skip };
    },

    createUser: async ({ actor, body, requestId }) => {
      const passwordHash = await hashPassword(body.password);
      const user = await db.transaction().execute(async (trx) => {
        const added = await insertUser(trx, { username: body.username, passwordHash, role: body.role });
        if (added === null) return null;
        const about = { subjectId: added.id, subjectName: added.username, details: { role: added.role } };
        await recordChange(trx, { actor, requestId }, { action: 'user.create', ...about });
        return added;
      });
      if (user === null)
        throw new ServerError('username_taken', `There is already a user "${body.username}". Choose another name.`);
      return userJson(user);
    },

    getUser: async ({ params }) => userJson(await knownUser(db, params.id)),

    patchUser: async ({ actor, params, body, requestId }) => {
      await db.transaction().execute(async (trx) => {
        const administrators = await lockAdministrators(trx);
        const user = await knownUser(trx, params.id);
        if (losesAdministrator(user, body)) requireAnother(administrators, user);
        await updateUser(trx, user.id, body);
        const about = { subjectId: user.id, subjectName: user.username, details: { ...body } };
        await recordChange(trx, { actor, requestId }, { action: 'user.change', ...about });
      });
      return userJson(await knownUser(db, params.id));
    },

    setUserPassword: async ({ actor, params, body, requestId }) => {
      const passwordHash = await hashPassword(body.password);
      await db.transaction().execute(async (trx) => {
        const user = await knownUser(trx, params.id);
        await setPassword(trx, user.id, passwordHash);
        await deleteSessions(trx, user.id, null);
        const about = { subjectId: user.id, subjectName: user.username };
        await recordChange(trx, { actor, requestId }, { action: 'user.password', ...about });
      });
      return undefined;
    },

    deleteUser: async ({ actor, params, body, requestId }) => {
      const caller = signedIn(actor);
      const heirId = (body.transfer_to ?? caller.userId).toLowerCase();
      const { datasets, failed } = await db.transaction().execute(async (trx) => {
        const administrators = await lockAdministrators(trx);
        const user = await knownUser(trx, params.id);
        const heir = await findUser(trx, heirId);
        if (heir === undefined || heir.id === user.id) {
          const error = heir === undefined ? 'there is no such user' : 'must be another user';
          throw new ValidationError([faultOf(['body', 'transfer_to'], error, body.transfer_to ?? null)]);
        }
        if (user.role === 'admin') requireAnother(administrators, user);
        const transferred = await transferBelongings(trx, user, heir);
        await deleteUser(trx, user.id);
        const details = { transferred_to: heir.id, transferred_datasets: transferred.datasets };
        const about = { subjectId: user.id, subjectName: user.username, details };
        await recordChange(trx, { actor: caller, requestId }, { action: 'user.delete', ...about });
        return transferred;
      });
      for (const jobId of failed) worker?.interrupt(jobId);
      return { transferred_datasets: datasets };
    },

    changePassword: async ({ actor, body, request, requestId }) => {
      const caller = signedIn(actor);
      await signInThrottle.check(caller.username, request.ip);
      const found = await findCredentials(db, caller.username);
      if (!(await verifyPassword(body.current_password, found?.password_hash ?? null))) {
        await signInThrottle.failed(caller.username, request.ip);
        throw new ValidationError([faultOf(['body', 'current_password'], 'this is not your password', null)]);
      }
      await signInThrottle.succeeded(caller.username, request.ip);
      const passwordHash = await hashPassword(body.password);
      await db.transaction().execute(async (trx) => {
        await setPassword(trx, caller.userId, passwordHash);
        await deleteSessions(trx, caller.userId, caller.tokenId);
        await recordChange(trx, { actor: caller, requestId }, aboutOneself(caller));
      });
      return undefined;
    },
  };
}

function aboutOneself({ userId, username }: Actor) {
  return { action: 'user.password', subjectId: userId, subjectName: username } as const;
}

async function knownUser(db: Kysely<Tables>, id: string): Promise<UserRow> {
  const user = await findUser(db, id);
  if (user === undefined) throw notFound('user');
  return user;
}

function losesAdministrator({ role }: UserRow, change: UserPatch): boolean {
  return role === 'admin' && ((change.role ?? role) !== 'admin' || change.disabled === true);
}

/** @throws ServerError `last_administrator` where nobody else could undo what is to be done to this one */
function requireAnother(administrators: readonly string[], user: UserRow): void {
  if (administrators.some((id) => id !== user.id)) return;
  throw new ServerError(
    'last_administrator',
    `"${user.username}" is the last administrator who may sign in. Make somebody else one first.`,
  );
}
