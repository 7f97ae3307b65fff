import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Client } from '@inlay/sdk';
import type { Dataset, Visibility } from './client.ts';
import { describeFailure } from './failure.ts';
import { followJob } from './follow-job.ts';
import { formatCount } from './format.ts';
import { mapConcurrently } from './map-concurrently.ts';
import type { Step } from './progress.ts';

/** One file to upload and catalogue. */
export interface Upload {
  readonly path: string;
  readonly title: string;
  readonly summary?: string;
  readonly visibility: Visibility;
}

/** What became of an upload: the dataset, or why there is none. */
export interface UploadOutcome {
  readonly path: string;
  readonly dataset: Dataset | null;
  /** Null where there is a dataset. */
  readonly error: string | null;
}

const UPLOADS_AT_A_TIME = 3;
const PIECE_BYTES = 256 * 1024;

/** Uploads and catalogues the files. One that is refused does not stop the others; an interruption does. */
export async function uploadRasters(
  client: Client,
  uploads: readonly Upload[],
  step: Pick<Step, 'update'>,
  signal: AbortSignal,
): Promise<UploadOutcome[]> {
  // Half of a file's work is sending it, half is what the server does with it.
  const shares = uploads.map(() => 0);
  let finished = 0;
  const show = (index: number, share: number, name: string): void => {
    shares[index] = share;
    const total = shares.reduce((sum, value) => sum + value, 0) / uploads.length;
    step.update(total, `${formatCount(finished)} of ${formatCount(uploads.length)}  ${name}`);
  };

  return mapConcurrently(uploads, UPLOADS_AT_A_TIME, async (upload, index): Promise<UploadOutcome> => {
    const { path } = upload;
    const name = basename(path);
    try {
      const dataset = await uploadOne(client, upload, (share) => show(index, share, name), signal);
      return { path, dataset, error: null };
    } catch (error) {
      signal.throwIfAborted();
      return { path, dataset: null, error: describeFailure(error).message };
    } finally {
      finished += 1;
      show(index, 1, name);
    }
  });
}

async function uploadOne(
  client: Client,
  { path, title, summary, visibility }: Upload,
  onShare: (share: number) => void,
  signal: AbortSignal,
): Promise<Dataset> {
  const { size } = await stat(path);
  const accepted = await client.uploadRaster(piecesOf(path), {
    filename: basename(path),
    commit: { title, visibility, ...(summary === undefined ? {} : { summary }) },
    onProgress: (sentBytes) => onShare((0.5 * sentBytes) / Math.max(1, size)),
    signal,
  });
  const job = await followJob(client, accepted.job_id, { update: (done) => onShare(0.5 + 0.5 * done) }, signal);
  return await client.getDataset(job.dataset_id ?? '', { signal });
}

/** Opened when the first piece is asked for, so that an upload that never begins leaves nothing open. */
async function* piecesOf(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  yield* createReadStream(path, { highWaterMark: PIECE_BYTES });
}

/** The title a file has where none is given: its name without its ending, as the server does it. */
export function titleOfFile(path: string): string {
  return basename(path).replace(/\.[^.]+$/, '') || basename(path);
}
