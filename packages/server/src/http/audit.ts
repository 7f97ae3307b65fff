import type { AuditAction, AuditEntry } from '@inlay/contract';
import type { Kysely } from 'kysely';
import { type AuditRow, listChanges } from '../audit/audit-store.ts';
import type { Tables } from '../db/tables.ts';
import type { Handlers } from './bind.ts';
import { managedDataset } from './dataset-calls.ts';

export function auditHandlers({ db }: { readonly db: Kysely<Tables> }): Pick<Handlers, 'listAudit' | 'datasetHistory'> {
  return {
    listAudit: async ({ query }) => {
      const { dataset_id: datasetId, actor_id: actorId, ...rest } = query;
      const { rows, total } = await listChanges(db, { datasetId, actorId, ...rest });
      return { entries: rows.map(entryJson), total, limit: query.limit, skip: query.skip };
    },

    datasetHistory: async ({ actor, params, query }) => {
      const { id } = await managedDataset(db, actor, params.id);
      const { rows, total } = await listChanges(db, { datasetId: id, ...query });
      return { entries: rows.map(entryJson), total, limit: query.limit, skip: query.skip };
    },
  };
}

function entryJson(row: AuditRow): AuditEntry {
  return { ...row, action: row.action as AuditAction, at: row.at.toISOString(), details: { ...row.details } };
}
