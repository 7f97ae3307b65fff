import { CodedError } from '@inlay/geo';
import type { PublicErrorCode, ValidationItem } from '@inlay/contract';

/** A refusal or failure that the caller is told about; `http/problem.ts` maps its code to a status. */
export class ServerError extends CodedError<PublicErrorCode> {}

/** Why a job failed, where its owner can do something about it; its message is shown as the job's `error_message`. */
export type JobErrorCode =
  | 'rights_lost'
  | 'sources_changed'
  | 'vrt_changed'
  | 'upload_missing'
  | 'dataset_gone'
  | 'unreadable_raster'
  | 'nothing_registered'
  | 'conversion_failed'
  | 'overviews_failed'
  | 'export_refused'
  | 'export_unreadable';
export class JobError extends CodedError<JobErrorCode> {}

/** Most items one answer lists. */
const MAX_ITEMS = 1000;

/** Everything that is wrong with a request, as the items of a 422 answer; cut where there are too many to read. */
export class ValidationError extends Error {
  override readonly name = 'ValidationError';
  readonly items: readonly ValidationItem[];

  constructor(items: readonly ValidationItem[]) {
    super(items[0]?.msg ?? 'invalid request');
    const last = items[MAX_ITEMS - 1];
    this.items =
      items.length <= MAX_ITEMS || last === undefined
        ? items
        : [...items.slice(0, MAX_ITEMS - 1), { ...last, ctx: { ...last.ctx, total: items.length } }];
  }
}

/** The same answer for what does not exist and for what the caller may not see. */
export function notFound(what: string): ServerError {
  return new ServerError('not_found', `There is no such ${what}, or it is not visible to you.`);
}
