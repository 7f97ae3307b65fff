import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import type { AuditAction } from '@inlay/contract';
import type { Actor } from '../access.ts';
import type { AuditLogTable, Tables } from '../db/tables.ts';

type Db = Kysely<Tables>;

/** On whose behalf something changes. */
export interface Cause {
  /** Null for nobody who is signed in. */
  readonly actor: Actor | null;
  /** Of the request that asks for it. */
  readonly requestId: string | null;
}

/** What changed. */
export interface AuditFacts {
  readonly action: AuditAction;
  readonly datasetId?: string;
  /** The user, token or share that it is about. */
  readonly subjectId?: string;
  /** How that, or the dataset, is called now: it may be gone when somebody reads this. */
  readonly subjectName?: string | null;
  /** What of it changed, in few words; never a secret. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * Writes down what changes. Only in the transaction that changes it: neither is there without the other. (That a dataset
 * was added, a trigger writes down, whichever way it came.)
 */
export async function recordChange(
  trx: Transaction<Tables>,
  { actor, requestId }: Cause,
  facts: AuditFacts,
): Promise<void> {
  await trx
    .insertInto('audit_log')
    .values({
      action: facts.action,
      actor_id: actor?.userId ?? null,
      actor_name: actor?.username ?? null,
      token_id: actor === null || actor.tokenId === '' ? null : actor.tokenId,
      request_id: requestId,
      dataset_id: facts.datasetId ?? null,
      subject_id: facts.subjectId ?? null,
      subject_name: facts.subjectName ?? null,
      details: JSON.stringify(facts.details ?? {}),
    })
    .execute();
}

export type AuditRow = Selectable<AuditLogTable>;

export interface AuditFilter {
  readonly datasetId?: string | undefined;
  readonly actorId?: string | undefined;
  readonly action?: AuditAction | undefined;
  readonly limit: number;
  readonly skip: number;
}

/** What was changed, the latest first. */
export async function listChanges(db: Db, filter: AuditFilter): Promise<{ rows: AuditRow[]; total: number }> {
  let matching = db.selectFrom('audit_log');
  if (filter.datasetId !== undefined) matching = matching.where('dataset_id', '=', filter.datasetId);
  if (filter.actorId !== undefined) matching = matching.where('actor_id', '=', filter.actorId);
  if (filter.action !== undefined) matching = matching.where('action', '=', filter.action);
  const rows = await matching.selectAll().orderBy('id', 'desc').limit(filter.limit).offset(filter.skip).execute();
  const { total } = await matching.select(sql<number>`count(*)::int`.as('total')).executeTakeFirstOrThrow();
  return { rows, total };
}
