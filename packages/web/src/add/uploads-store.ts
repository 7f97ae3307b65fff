import type { Visibility } from '@inlay/contract';
import { createClient } from '@inlay/sdk';
import { useSyncExternalStore } from 'react';
import { client, refreshDatasets } from '../api.ts';
import { SERVER_URL } from '../base.ts';
import { describeError } from '../describe-error.ts';
import { refreshJobs } from '../jobs/use-jobs.ts';
import { refusedFile } from './refused-file.ts';
import { commitOf, newItem, type UploadItem, type UploadState, withJob } from './upload-item.ts';
import { xhrFetch } from './xhr-fetch.ts';

// Files on their way go on being sent while people look at other pages, so they are kept here and not by the page.

/** Files sent at a time: browsers hold six connections to a server, and the others are for looking around. */
const AT_A_TIME = 3;
const POLL_MS = 1200;
/** Jobs asked for at a time while files are catalogued. */
const JOBS = 1000;

let items: readonly UploadItem[] = [];
const listeners = new Set<() => void>();
const sending = new Map<string, AbortController>();
let polling: ReturnType<typeof setTimeout> | null = null;

/** All files, in the order they were added. */
export function useUploads(): readonly UploadItem[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => items,
  );
}

function set(next: readonly UploadItem[]): void {
  items = next;
  for (const listener of listeners) listener();
}

/** Changes one item, as long as it is there. */
export function updateItem(key: string, change: Partial<UploadItem>): void {
  set(items.map((item) => (item.key === key ? { ...item, ...change } : item)));
}

/** Takes files in and begins to send them; files that are there already are left out. */
export function addFiles(files: Iterable<File>, maxBytes: number | null): void {
  const known = new Set(items.map(({ key }) => key));
  const added = [...files].map(newItem).filter(({ key }) => !known.has(key) && known.add(key));
  set([
    ...items,
    ...added.map((item): UploadItem => {
      const problem = refusedFile(item.file, maxBytes);
      return problem === null ? item : { ...item, state: 'refused', problem };
    }),
  ]);
  sendNext();
}

/** Drops an item: what is being sent is given up, what was sent and not committed expires on the server by itself. */
export function removeItem(key: string): void {
  sending.get(key)?.abort(new DOMException('Removed', 'AbortError'));
  set(items.filter((item) => item.key !== key));
}

/** Drops all items in one of these states. */
export function dropItems(states: readonly UploadState[]): void {
  for (const { key } of items.filter(({ state }) => states.includes(state))) removeItem(key);
}

/** Sends a file again, or has its job tried again where it was sent. */
export async function retryItem({ key, state, jobId }: UploadItem): Promise<void> {
  if (state !== 'failed' || jobId === null) {
    updateItem(key, { state: 'waiting', problem: null, progress: 0 });
    sendNext();
    return;
  }
  try {
    await client.retryJob(jobId);
    updateItem(key, { state: 'working', problem: null, progress: 0, step: null });
    poll();
  } catch (error) {
    updateItem(key, { problem: describeError(error).detail });
  }
}

/** Has the job of an item cancelled that is being catalogued. */
export async function cancelItem({ key, jobId }: UploadItem): Promise<void> {
  if (jobId === null) return;
  try {
    await client.cancelJob(jobId);
  } catch (error) {
    // It may have come to its end meanwhile, which is seen next.
    if (describeError(error).code !== 'job_not_cancellable') updateItem(key, { problem: describeError(error).detail });
  }
}

/** Catalogues all that are ready. */
export async function commitReady(visibility: Visibility): Promise<void> {
  const ready = items.filter(({ state, jobId }) => state === 'ready' && jobId !== null);
  const keys = new Set(ready.map(({ key }) => key));
  set(items.map((item) => (keys.has(item.key) ? { ...item, state: 'working', progress: 0, step: null } : item)));
  const queue = ready.values();
  // A few at a time, all taken from one list.
  await Promise.all(
    Array.from({ length: AT_A_TIME }, async () => {
      for (const item of queue) {
        try {
          await client.commitUpload(item.jobId ?? '', commitOf(item, visibility));
        } catch (error) {
          updateItem(item.key, { state: 'ready', problem: describeError(error).detail });
        }
      }
    }),
  );
  void refreshJobs();
  poll();
}

function sendNext(): void {
  for (const item of items) {
    if (sending.size >= AT_A_TIME) return;
    if (item.state === 'waiting' && !sending.has(item.key)) void send(item);
  }
}

async function send({ key, file }: UploadItem): Promise<void> {
  const ending = new AbortController();
  sending.set(key, ending);
  updateItem(key, { state: 'sending', progress: 0 });
  try {
    const uploader = createClient(SERVER_URL, { fetch: xhrFetch((progress) => updateItem(key, { progress })) });
    const { job_id: jobId } = await uploader.uploadRaster(file, { filename: file.name, signal: ending.signal });
    updateItem(key, { state: 'looking', progress: 1, jobId });
    const preview = await client.previewUpload(jobId, { signal: ending.signal });
    updateItem(key, { state: 'ready', preview });
  } catch (error) {
    const { detail: problem, canRetry } = describeError(error);
    if (!ending.signal.aborted) updateItem(key, { state: 'refused', problem, canRetry });
  } finally {
    sending.delete(key);
    sendNext();
  }
}

/** Asks how the jobs are, in one request for all, until none is at work. */
function poll(): void {
  if (polling !== null) return;
  const ask = async (): Promise<void> => {
    try {
      const { jobs } = await client.listJobs({ kind: 'upload', limit: JOBS });
      const byId = new Map(jobs.map((job) => [job.id, job]));
      set(
        items.map((item) => {
          const job = item.state === 'working' && item.jobId !== null ? byId.get(item.jobId) : undefined;
          return job === undefined ? item : withJob(item, job);
        }),
      );
    } catch (error) {
      // The server may be away for a moment; the next question comes soon.
      console.debug(error);
    }
    const isWorking = items.some(({ state }) => state === 'working');
    polling = isWorking ? setTimeout(() => void ask(), POLL_MS) : null;
    if (!isWorking) void refreshDatasets();
  };
  polling = setTimeout(() => void ask(), POLL_MS / 4);
}

addEventListener('beforeunload', (event) => {
  // Browsers ask whether to leave (HTML standard, "beforeunload"): files half sent would have to be sent again.
  if (sending.size > 0) event.preventDefault();
});
