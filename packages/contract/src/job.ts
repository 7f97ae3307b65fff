import { type Static, Type } from 'typebox';
import { answer, nullable, request } from './schema.ts';
import { pageAnswer, pageQuery } from './paging.ts';
import { timestamp, uuidOf } from './scalars.ts';

export const JOB_STATUSES = ['pending', 'running', 'complete', 'failed', 'cancelled'] as const;
export const JOB_KINDS = [
  'upload',
  'register_rasters',
  'raster_refresh',
  'vrt_create',
  'vrt_change',
  'vrt_overviews',
  'quicklook',
  'export',
] as const;

export const JobStatus = Type.Enum(JOB_STATUSES, {
  description:
    '`complete`, `failed` and `cancelled` are final, except that a failed or cancelled job may be tried again.',
});
export type JobStatus = Static<typeof JobStatus>;

export const JobKind = Type.Enum(JOB_KINDS, { description: 'What the job does.' });
export type JobKind = Static<typeof JobKind>;

/** The file that a job has made. */
export const JobResult = answer(
  {
    href: Type.String({ description: 'Where its owner downloads it: a path on this server.' }),
    filename: Type.String({ description: 'What it is called.' }),
    bytes: Type.Integer({ minimum: 0, description: 'Its size.' }),
    sha256: Type.String({ description: 'Its SHA-256 in hexadecimal.' }),
    expires_at: timestamp('When it is removed.'),
  },
  { title: 'JobResult' },
);
export type JobResult = Static<typeof JobResult>;

/** Work that goes on after the request that asked for it was answered. */
export const Job = answer(
  {
    id: uuidOf('Identifier of the job.'),
    kind: JobKind,
    status: JobStatus,
    dataset_id: nullable(
      uuidOf('The dataset.'),
      'The dataset the job makes, once it exists, or changes; null before, and for jobs that make many.',
    ),
    source_dataset_id: nullable(uuidOf('The dataset.'), 'The dataset that an export is made of; null for other jobs.'),
    title: nullable(
      Type.String(),
      'What it makes was to be called when it was asked for; null for jobs that make nothing with a title.',
    ),
    owner_name: Type.String({ description: 'Who asked for it.' }),
    source_filename: nullable(Type.String(), 'Name of the uploaded file; null for jobs without one.'),
    result: nullable(JobResult, 'The file that the job has made, as long as it is kept; null for jobs that make none.'),
    error_message: nullable(Type.String(), 'Why the job failed; null unless it has.'),
    can_retry: Type.Boolean({ description: 'Whether `POST /api/jobs/{id}/retry` may help.' }),
    warnings: Type.Array(Type.String(), { description: 'What went differently than one may expect, in words.' }),
    progress: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'Share of the work done, 0 to 1; never falls within one attempt.',
    }),
    current_step: nullable(Type.String(), 'What is being done now, in words; null before the start and after the end.'),
    request_id: nullable(Type.String(), 'X-Request-Id of the request that asked for the job.'),
    created_at: timestamp('When the job was asked for.'),
    started_at: nullable(timestamp('Start.'), 'When the last attempt started; null before the first.'),
    completed_at: nullable(timestamp('End.'), 'When the job ended, in whatever way; null before.'),
  },
  { title: 'Job' },
);
export type Job = Static<typeof Job>;

/** What a call that starts a job is answered with. */
export const JobAccepted = answer(
  {
    job_id: uuidOf('Identifier of the asynchronous job: poll `GET /api/jobs/{id}`, or follow its events.'),
    status: Type.Enum(['accepted'], { description: 'Initial job status. Always `accepted`.' }),
    message: Type.String({ description: 'Human-readable acceptance message.' }),
  },
  { title: 'JobAccepted' },
);
export type JobAccepted = Static<typeof JobAccepted>;

export const JobParams = request({ id: uuidOf('The job.') });

export const JobListQuery = request({
  ...pageQuery,
  status: Type.Optional(JobStatus),
  kind: Type.Optional(JobKind),
  source_dataset_id: Type.Optional(uuidOf('Exports of this dataset.')),
});

export const JobList = answer({ jobs: Type.Array(Job), ...pageAnswer }, { title: 'JobList' });
export type JobList = Static<typeof JobList>;

/** The name of the server-sent event whose `data` is a {@link Job}. */
export const JOB_EVENT = 'job';

/** Whether a job in this state has ended. */
export function isFinalJobStatus(status: JobStatus): boolean {
  return status === 'complete' || status === 'failed' || status === 'cancelled';
}
