import type { Visibility } from '@inlay/contract';
import { createClient } from '@inlay/sdk';
import { useSyncExternalStore } from 'react';
import { client, refreshDatasets } from '../api.ts';
import { SERVER_URL } from '../base.ts';
import { describeError } from '../describe-error.ts';
import { formatBytes } from '../format.ts';
import { refreshJobs } from '../jobs/use-jobs.ts';
import { commitOf, newItem, type UploadItem, withJob } from './upload-item.ts';
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
  set([...items, ...added.map((item) => ({ ...item, ...tooLarge(item.file, maxBytes) }))]);
  sendNext();
}

/** Drops an item: what is being sent is given up, what was sent and not committed expires on the server by itself. */
export function removeItem(key: string): void {
  sending.get(key)?.abort(new DOMException('Removed', 'AbortError'));
  set(items.filter((item) => item.key !== key));
}

/** Drops all that need nothing more. */
export function clearFinished(): void {
  set(items.filter(({ state }) => state !== 'done'));
}

/** Sends a refused file again. */
export function retryItem(key: string): void {
  updateItem(key, { state: 'waiting', problem: null, progress: 0 });
  sendNext();
}

/** Catalogues all that are ready. */
export async function commitReady(visibility: Visibility): Promise<void> {
  const ready = items.filter(({ state }) => state === 'ready');
  for (const item of ready) {
    if (item.jobId === null) continue;
    updateItem(item.key, { state: 'working', progress: 0, step: null });
    try {
      await client.commitUpload(item.jobId, commitOf(item, visibility));
    } catch (error) {
      updateItem(item.key, { state: 'ready', problem: describeError(error).detail });
    }
  }
  void refreshJobs();
  poll();
}

function tooLarge(file: File, maxBytes: number | null): Partial<UploadItem> {
  if (file.size === 0) return { state: 'refused', problem: 'The file is empty.' };
  if (maxBytes === null || file.size <= maxBytes) return {};
  return {
    state: 'refused',
    problem: `The server takes files of up to ${formatBytes(maxBytes)}. Register it in place instead.`,
  };
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
    if (!ending.signal.aborted) updateItem(key, { state: 'refused', problem: describeError(error).detail });
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
