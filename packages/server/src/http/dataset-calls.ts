import type { Kysely } from 'kysely';
import { type Actor, mayChange, mayManage } from '../access.ts';
import { type DatasetRow, findDataset } from '../catalog/dataset-store.ts';
import type { Tables } from '../db/tables.ts';
import { notFound, ServerError } from '../error.ts';
import { signedIn } from './auth.ts';

// What handlers of one dataset begin with.

type Db = Kysely<Tables>;

/** @throws ServerError `not_found` where it is not there, or not for the actor to see */
export async function shownDataset(db: Db, actor: Actor | null, id: string): Promise<DatasetRow> {
  const row = await findDataset(db, actor, id);
  if (row === undefined) throw notFound('dataset');
  return row;
}

/** @throws ServerError `not_found`; `forbidden` where the actor sees it and may not change it */
export async function changeableDataset(db: Db, actor: Actor | null, id: string): Promise<DatasetRow> {
  const row = await shownDataset(db, actor, id);
  if (mayChange(signedIn(actor), row)) return row;
  throw new ServerError(
    'forbidden',
    'Only its owner, administrators and those to whom it was granted may change this dataset.',
  );
}

/** @throws ServerError `not_found`; `forbidden` where the actor sees it and does not decide on it */
export async function managedDataset(db: Db, actor: Actor | null, id: string): Promise<DatasetRow> {
  const row = await shownDataset(db, actor, id);
  requireManager(signedIn(actor), row);
  return row;
}

/** @throws ServerError `forbidden` */
export function requireManager(actor: Actor, row: DatasetRow): void {
  if (mayManage(actor, row)) return;
  throw new ServerError('forbidden', 'Only its owner and administrators decide on this dataset.');
}
