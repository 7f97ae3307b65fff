import type { JobStatus } from '../db/tables.ts';

/**
 * Terminology
 *
 * - **job**: a row of `jobs`, the API's resource. It alone says what state the work is in.
 * - **delivery**: a pg-boss message that carries a job's id to some worker. May arrive late, twice or not at all:
 *   claiming decides who works, and the sweep delivers again what was lost.
 * - **attempt**: one worker's try at a job. Its number is the **fence**: a write names the attempt it belongs to and
 *   changes nothing when that is no longer the newest, so a worker that was given up for dead cannot publish.
 * - **lease**: how long an attempt may stay silent before it counts as dead. A heartbeat extends it.
 */

export const LEASE_SECONDS = 15;
export const HEARTBEAT_MS = 4000;
/** How often lost work is looked for. */
export const SWEEP_MS = 5000;
/** Tries before a job whose workers die under it is failed. */
export const ATTEMPTS = 5;

/** From which states each state is reached; every UPDATE of a status names the left side in its WHERE. */
export const TRANSITIONS: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  running: ['pending', 'running'],
  complete: ['running'],
  failed: ['pending', 'running'],
  cancelled: ['pending', 'running'],
  pending: ['running', 'failed', 'cancelled'],
};

export function isFinished(status: JobStatus): boolean {
  return status === 'complete' || status === 'failed' || status === 'cancelled';
}

/**
 * The kinds of work, and the queue each waits in: a build never waits behind thousands of thumbnails, and nothing but
 * `long` work and `overviews` behind what may take hours.
 */
export const QUEUE_OF: Readonly<Record<JobKind, QueueName>> = {
  upload: 'rasters',
  register_rasters: 'rasters',
  raster_refresh: 'rasters',
  quicklook: 'thumbnails',
  vrt_create: 'builds',
  vrt_change: 'builds',
  vrt_overviews: 'overviews',
  export: 'long',
};

export type JobKind =
  | 'upload'
  | 'register_rasters'
  | 'raster_refresh'
  | 'quicklook'
  | 'vrt_create'
  | 'vrt_change'
  | 'vrt_overviews'
  | 'export';
export type QueueName = 'rasters' | 'thumbnails' | 'builds' | 'overviews' | 'long';

/** The newest form of each kind's `input` that this program writes and reads: its `v`. */
const INPUT_VERSIONS: Readonly<Record<JobKind, number>> = {
  upload: 1,
  register_rasters: 1,
  raster_refresh: 1,
  quicklook: 1,
  vrt_create: 2,
  vrt_change: 1,
  vrt_overviews: 1,
  export: 1,
};

/** Whether a newer version of this program has written the job: it may ask for what this one would leave out. */
export function isFromNewerProgram({ kind, input }: QueuedWork): boolean {
  const { v } = input as { readonly v?: unknown };
  return typeof v === 'number' && v > INPUT_VERSIONS[kind];
}

/** Every queue once. */
export const QUEUE_NAMES: readonly QueueName[] = [...new Set(Object.values(QUEUE_OF))];

/** What of a job says where it waits. */
export interface QueuedWork {
  readonly kind: JobKind;
  readonly input: unknown;
}

/** The queue that a job waits in: that of its kind, but for uploads that have to be converted, which takes long. */
export function queueOf({ kind, input }: QueuedWork): QueueName {
  const stored = kind === 'upload' ? (input as { stored?: { converts?: boolean } | null }).stored : null;
  return stored?.converts === true ? 'long' : QUEUE_OF[kind];
}

export function isJobKind(kind: string): kind is JobKind {
  return Object.hasOwn(QUEUE_OF, kind);
}

/**
 * Whether trying again can help: an upload also needs its bytes, which are kept for a day, and its commit. What a newer
 * program has accepted is for that to try: this one would write down again only what it knows of it.
 */
export function canRetry(job: { status: JobStatus; kind: string; input: unknown }): boolean {
  if (job.status !== 'failed' && job.status !== 'cancelled') return false;
  if (!isJobKind(job.kind) || isFromNewerProgram({ kind: job.kind, input: job.input })) return false;
  if (job.kind !== 'upload') return true;
  const input = job.input as { stored?: unknown; commit?: unknown };
  return input.stored != null && input.commit != null;
}

/** Progress never falls, stays within 0..1, and is 1 only for a finished job. */
export function advance(previous: number, next: number): number {
  return Math.max(previous, Math.min(0.99, Math.max(0, next)));
}
