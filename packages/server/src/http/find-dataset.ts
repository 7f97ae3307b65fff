import type { Kysely } from 'kysely';
import { type Actor, mayChange } from '../access.ts';
import { type DatasetRow, findDataset } from '../catalog/dataset-store.ts';
import type { Tables } from '../db/tables.ts';
import { notFound, ServerError } from '../error.ts';
import { signedIn } from './auth.ts';

/** The dataset. @throws ServerError `not_found` where there is none that the actor may see */
export async function visibleDataset(db: Kysely<Tables>, actor: Actor | null, id: string): Promise<DatasetRow> {
  const row = await findDataset(db, actor, id);
  if (row === undefined) throw notFound('dataset');
  return row;
}

/** The dataset, to be changed. @throws ServerError `not_found` as above, `forbidden` where the actor only sees it */
export async function changeableDataset(db: Kysely<Tables>, actor: Actor | null, id: string): Promise<DatasetRow> {
  const row = await visibleDataset(db, actor, id);
  if (!mayChange(signedIn(actor), row)) {
    throw new ServerError('forbidden', 'Only its owner and administrators may change this dataset.');
  }
  return row;
}
