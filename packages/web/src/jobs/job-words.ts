import type { Job, JobKind, JobStatus } from '@inlay/contract';
import type { Tone } from '../ui/badge.tsx';
import { isUnderWay, WAITING_FOR_COMMIT } from './use-jobs.ts';

const KINDS: Readonly<Record<JobKind, string>> = {
  upload: 'Upload',
  register_rasters: 'Registration in place',
  vrt_create: 'New virtual raster',
  vrt_change: 'Change of a virtual raster',
  vrt_overviews: 'Overviews',
  raster_refresh: 'Reading a file again',
  export: 'Export',
  quicklook: 'Thumbnail',
};

/** What a job does, in words. */
export function kindLabel(kind: JobKind): string {
  return KINDS[kind];
}

/** What a job does now, in words. */
export function stepText({ status, current_step: step }: Pick<Job, 'status' | 'current_step'>): string {
  if (status !== 'pending' && status !== 'running') return STATUSES[status].label;
  const text = step ?? (status === 'pending' ? 'waits for its turn' : 'at work');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const STATUSES: Readonly<Record<JobStatus, { readonly label: string; readonly tone: Tone }>> = {
  pending: { label: 'Waiting', tone: 'neutral' },
  running: { label: 'Running', tone: 'accent' },
  complete: { label: 'Done', tone: 'good' },
  failed: { label: 'Failed', tone: 'danger' },
  cancelled: { label: 'Cancelled', tone: 'warn' },
};

/** How a job is, in a word and its tone. */
export function statusLabel(job: Pick<Job, 'status' | 'current_step'>): {
  readonly label: string;
  readonly tone: Tone;
} {
  if (job.current_step === WAITING_FOR_COMMIT && !isUnderWay(job)) return { label: 'Not added yet', tone: 'neutral' };
  return STATUSES[job.status];
}

/** Seconds that a job took; null where it has not ended, or never started. */
export function secondsOf({ started_at: start, completed_at: end }: Job): number | null {
  return start === null || end === null ? null : Math.max(0, (Date.parse(end) - Date.parse(start)) / 1000);
}
