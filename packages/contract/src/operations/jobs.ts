import { Job, JobList, JobListQuery, JobParams } from '../job.ts';
import { operation } from '../operation.ts';
import { RetryJob } from '../retry-job.ts';

const tags = ['Jobs'];
const notFound = 'There is no such job, or it is another user’s.';

export const listJobs = operation({
  id: 'listJobs',
  method: 'GET',
  path: '/api/jobs',
  summary: 'List jobs',
  description: 'The caller’s jobs, newest first; everyone’s for administrators.',
  tags,
  access: 'signed_in',
  query: JobListQuery,
  responses: { 200: { description: 'One page of jobs.', schema: JobList } },
});

export const getJob = operation({
  id: 'getJob',
  method: 'GET',
  path: '/api/jobs/{id}',
  summary: 'Get a job',
  description: 'State, progress and result of a job.',
  tags,
  access: 'signed_in',
  params: JobParams,
  responses: { 200: { description: 'The job.', schema: Job } },
  problems: { 404: notFound },
});

export const cancelJob = operation({
  id: 'cancelJob',
  method: 'POST',
  path: '/api/jobs/{id}/cancel',
  summary: 'Cancel a job',
  description: 'Ends a pending or running job. What it has made so far is removed.',
  tags,
  access: 'signed_in',
  params: JobParams,
  responses: { 200: { description: 'The job, cancelled.', schema: Job } },
  problems: { 404: notFound, 409: 'The job has ended already.' },
});

export const retryJob = operation({
  id: 'retryJob',
  method: 'POST',
  path: '/api/jobs/{id}/retry',
  summary: 'Try a job again',
  description:
    'Queues a failed or cancelled job again: as it was asked for, or with what the body corrects of it. Its `can_retry` says ' +
    'whether that is possible. A virtual raster is checked anew, against its sources as they are now.',
  tags,
  access: 'signed_in',
  params: JobParams,
  body: { mediaType: 'application/json', schema: RetryJob, isOptional: true, example: { srid_override: 32633 } },
  responses: { 202: { description: 'The job, pending again.', schema: Job } },
  problems: { 404: notFound, 409: 'The job has neither failed nor been cancelled, or cannot be tried again.' },
});

export const jobEvents = operation({
  id: 'jobEvents',
  method: 'GET',
  path: '/api/jobs/{id}/events',
  summary: 'Follow a job',
  description:
    'Server-sent events named `job`, with the job as `GET /api/jobs/{id}` gives it as their data: one at once, one at each ' +
    'change, and the last when the job has ended, after which the stream closes.',
  tags,
  access: 'signed_in',
  params: JobParams,
  responses: { 200: { description: 'The events.', mediaType: 'text/event-stream' } },
  problems: { 404: notFound },
});
