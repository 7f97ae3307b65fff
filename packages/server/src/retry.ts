import type { RetryJob, ValidationItem, VrtCreate } from '@inlay/contract';
import { actorOfUser } from './auth/user-store.ts';
import { checkCommit, type UploadInput } from './catalog/uploads.ts';
import { ServerError, ValidationError } from './error.ts';
import type { Job } from './jobs/job-store.ts';
import { checkRequest } from './virtual-rasters/check-request.ts';
import { createInput, type CreateVrtDeps, type CreateVrtInput, readCreateInput } from './virtual-rasters/create.ts';
import { type ChangeDeps, correctedChange } from './virtual-rasters/request-change.ts';

export type RetryDeps = CreateVrtDeps & ChangeDeps;

type Field = keyof RetryJob;

const UPLOAD_FIELDS: readonly Field[] = [
  'title',
  'summary',
  'visibility',
  'datetime',
  'cloud_cover',
  'srid_override',
  'nodata_override',
];
const REPLACEMENT_FIELDS: readonly Field[] = ['srid_override', 'nodata_override'];
const CHANGE_FIELDS: readonly Field[] = ['resolution_strategy', 'options'];
const CREATE_FIELDS: readonly Field[] = ['title', 'summary', 'visibility', 'resolution_strategy', 'options'];

/**
 * The input that a job is tried again with: what it had, corrected. A virtual raster is checked as its request was, against
 * the sources as they are now, so that a build that failed because one was replaced meanwhile can be tried again.
 *
 * @returns undefined where it stays what it was
 * @throws ValidationError for corrections of what such a job does not have, and where it would be refused as a request
 */
export async function correctedInput(deps: RetryDeps, job: Job, correction: RetryJob): Promise<unknown> {
  if (job.kind === 'upload') {
    const input = job.input as UploadInput;
    const isReplacement = input.replaces !== undefined;
    refuseOthers(correction, isReplacement ? REPLACEMENT_FIELDS : UPLOAD_FIELDS);
    if (input.commit === null || Object.keys(correction).length === 0) return undefined;
    await checkCommit(correction);
    const { options: _none, resolution_strategy: _neither, ...fields } = correction;
    return { ...input, commit: { ...input.commit, ...fields } } satisfies UploadInput;
  }
  if (job.kind === 'vrt_create') {
    refuseOthers(correction, CREATE_FIELDS);
    return await checkedAnew(deps, job, readCreateInput(job.input), correction);
  }
  if (job.kind === 'vrt_change') {
    refuseOthers(correction, CHANGE_FIELDS);
    if (Object.keys(correction).length === 0) return undefined;
    const { options, resolution_strategy: resolutionStrategy } = correction;
    return await correctedChange(deps, job, { options, resolutionStrategy });
  }
  refuseOthers(correction, []);
  return undefined;
}

async function checkedAnew(
  deps: CreateVrtDeps,
  job: Job,
  former: CreateVrtInput,
  correction: RetryJob,
): Promise<CreateVrtInput> {
  const owner = await actorOfUser(deps.db, job.owner);
  if (owner === null) throw new ServerError('job_not_retryable', 'Whoever asked for it is no user any more.');
  const { options = former.options, ...fields } = correction;
  const request: VrtCreate = {
    title: former.title,
    summary: former.summary,
    visibility: former.visibility,
    vrt_type: former.vrtType,
    resolution_strategy: former.resolutionStrategy,
    ...fields,
    ...options,
    source_dataset_ids: [...(job.source_ids ?? [])],
  };
  const checked = await checkRequest(deps, owner, request);
  if (checked.problems.length > 0) throw new ValidationError(checked.problems);
  return createInput(request, checked);
}

function refuseOthers(correction: RetryJob, allowed: readonly Field[]): void {
  const items = (Object.keys(correction) as Field[])
    .filter((field) => !allowed.includes(field))
    .map((field): ValidationItem => ({
      loc: ['body', field],
      msg: allowed.length === 0 ? 'Nothing of this job can be corrected' : `This job has ${allowed.join(', ')}`,
      type: 'extra_forbidden',
      input: null,
    }));
  if (items.length > 0) throw new ValidationError(items);
}
