import type { CommitUpload, Job, UploadPreview, Visibility } from '@inlay/contract';

// Terminology: an item is one file on its way into the catalogue. It is sent, looked at by the server (`ready` tells what was
// recognised), committed by its owner, and catalogued by a job.

export type UploadState = 'waiting' | 'sending' | 'looking' | 'ready' | 'refused' | 'working' | 'done' | 'failed';

export interface UploadItem {
  readonly key: string;
  readonly file: File;
  readonly state: UploadState;
  /** Share that was sent while `sending`, of the job while `working`; 0 to 1. */
  readonly progress: number;
  /** What the job does now. */
  readonly step: string | null;
  readonly jobId: string | null;
  readonly preview: UploadPreview | null;
  /** Why it was refused, or failed. */
  readonly problem: string | null;
  /** Whether the same may go well another time. */
  readonly canRetry: boolean;
  readonly datasetId: string | null;
  readonly warnings: readonly string[];
  /** What its owner says of it. */
  readonly title: string;
  /** EPSG code to use instead of the file's CRS, as typed; empty for the file's own. */
  readonly srid: string;
  /** Nodata value to use instead of the file's, as typed; empty for the file's own. */
  readonly nodata: string;
}

/** The file's name without its ending, as a title. */
export function titleOf(filename: string): string {
  return filename.replace(/\.[A-Za-z0-9]{1,5}$/, '').slice(0, 500) || filename;
}

export function newItem(file: File): UploadItem {
  return {
    key: `${file.name}/${file.size}/${file.lastModified}`,
    file,
    state: 'waiting',
    progress: 0,
    step: null,
    jobId: null,
    preview: null,
    problem: null,
    canRetry: false,
    datasetId: null,
    warnings: [],
    title: titleOf(file.name),
    srid: '',
    nodata: '',
  };
}

/** How many items there are of each kind, as people count them. */
export interface UploadTally {
  /** On their way: to the server, or into the catalogue. */
  readonly underWay: number;
  readonly ready: number;
  readonly refused: number;
  readonly done: number;
  /** Share of the bytes of all items that were sent, 0 to 1; those refused do not count. */
  readonly sent: number;
}

export function tallyOf(items: readonly UploadItem[]): UploadTally {
  const count = (...states: readonly UploadState[]): number =>
    items.filter(({ state }) => states.includes(state)).length;
  let [bytes, sent] = [0, 0];
  for (const { state, file, progress } of items) {
    if (state === 'refused') continue;
    bytes += file.size;
    sent += state === 'waiting' ? 0 : state === 'sending' ? progress * file.size : file.size;
  }
  return {
    underWay: count('waiting', 'sending', 'looking', 'working'),
    ready: count('ready'),
    refused: count('refused', 'failed'),
    done: count('done'),
    sent: bytes === 0 ? 1 : sent / bytes,
  };
}

/** What is wrong with what its owner says of an item; null for nothing. */
export function faultOf({ title, srid, nodata }: Pick<UploadItem, 'title' | 'srid' | 'nodata'>): string | null {
  if (title.trim() === '') return 'Give it a title.';
  if (srid !== '' && !(/^\d{1,6}$/.test(srid) && Number(srid) >= 1 && Number(srid) <= 998_999)) {
    return 'An EPSG code is a whole number, 32633 for example.';
  }
  if (nodata !== '' && !/^(nan|-?inf)$/.test(nodata) && !Number.isFinite(Number(nodata))) {
    return 'A nodata value is a number, or “nan”.';
  }
  return null;
}

/** The request that catalogues an item. */
export function commitOf({ title, srid, nodata }: UploadItem, visibility: Visibility): CommitUpload {
  return {
    title: title.trim(),
    visibility,
    ...(srid === '' ? {} : { srid_override: Number(srid) }),
    ...(nodata === '' ? {} : { nodata_override: /^(nan|-?inf)$/.test(nodata) ? nodata : Number(nodata) }),
  };
}

/** The item as its job is now. */
export function withJob(item: UploadItem, job: Job): UploadItem {
  const { progress, current_step: step, warnings, dataset_id: datasetId } = job;
  const common = { ...item, progress, step, warnings, datasetId };
  if (job.status === 'complete') return { ...common, state: 'done' };
  const ended = { ...common, state: 'failed', canRetry: job.can_retry } as const;
  if (job.status === 'failed') return { ...ended, problem: job.error_message ?? 'It failed.' };
  if (job.status === 'cancelled') return { ...ended, problem: 'It was cancelled.' };
  return { ...common, state: 'working' };
}
