import type { CommitUpload, ValidationItem } from '@inlay/contract';
import { isCodedError } from '@inlay/geo';
import { crsFromEpsg, type GeoTiffRaster, openRaster } from '@inlay/geotiff';
import type { Kysely, Transaction } from 'kysely';
import type { Actor } from '../access.ts';
import { type ConvertedFormat, formatName, formatOf, type UploadFormat } from '../conversion/formats.ts';
import { PICTURE_HEADER_BYTES, type PictureHeader, readPictureHeader } from '../conversion/picture-header.ts';
import { isHollow, pictureBytes, planConversion } from '../conversion/plan.ts';
import type { Tables } from '../db/tables.ts';
import { notFound, ServerError, ValidationError } from '../error.ts';
import { findJob, insertJob, type Job, queueWaitingJob } from '../jobs/job-store.ts';
import { queueOf } from '../jobs/job.ts';
import type { Queue } from '../jobs/queue.ts';
import type { Storage } from '../storage/storage.ts';
import { refusalOf } from './raster-checks.ts';
import { storedRasterFiles } from './raster-files.ts';
import { SNIFF_BYTES, sniffRefusal } from './sniff.ts';
import { expireUpload, findStaleUploads, forgetUpload, markReceived } from './upload-store.ts';

export interface UploadDeps {
  readonly db: Kysely<Tables>;
  readonly queue: Queue;
  readonly storage: Storage;
  readonly maxUploadBytes: number;
}

/** The `input` of an `upload` job: what arrived and, once committed, what it is to become. */
export interface UploadInput {
  readonly v: 1;
  readonly filename: string;
  /** Null until all bytes have arrived, and again when they were removed. */
  readonly stored: StoredUpload | null;
  readonly commit: CommitFields | null;
  /** The dataset whose raster it takes the place of; left out: it becomes a new one. */
  readonly replaces?: string;
}

/** An uploaded file in our storage. */
export interface StoredUpload {
  readonly key: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Left out: `GTiff`. */
  readonly format?: UploadFormat;
  /** Its header says that it has to be converted before it is catalogued, which takes long. */
  readonly converts?: boolean;
}

export type CommitFields = Required<Pick<CommitUpload, 'title'>> & Omit<CommitUpload, 'title'>;

/** How long an upload that nobody commits, or whose job failed, is kept. */
export const UPLOAD_KEPT_HOURS = 24;

const MAX_NAME_LENGTH = 255;

export function uploadKey(jobId: string): string {
  return `rasters/${jobId}/data.tif`;
}

/**
 * Streams a file into storage and checks that it is a raster that can be catalogued, by its header. The job row is
 * there before the first byte, so that what a crash leaves behind is found and removed.
 *
 * @throws ValidationError where the file is not one to catalogue; nothing of it is kept
 */
export async function receiveUpload(
  deps: UploadDeps,
  actor: Actor,
  file: { filename: string; bytes: AsyncIterable<Uint8Array> },
  context: { requestId: string; signal: AbortSignal; replaces?: string },
): Promise<Job> {
  const filename = cleanFilename(file.filename);
  const { replaces } = context;
  const input: UploadInput = {
    v: 1,
    filename,
    stored: null,
    commit: null,
    ...(replaces === undefined ? {} : { replaces }),
  };
  const id = await insertJob(deps.db, {
    kind: 'upload',
    input,
    owner: actor.userId,
    requestId: context.requestId,
    sourceFilename: filename,
    ...(replaces === undefined ? {} : { datasetId: replaces }),
    queued: false,
  });
  const key = uploadKey(id);
  let received: Job | undefined;
  try {
    const sniffed: { format: UploadFormat } = { format: 'GTiff' };
    const bytes = refuseEarly(file.bytes, filename, (format) => (sniffed.format = format));
    const { bytes: size, sha256 } = await deps.storage.put(key, bytes, {
      signal: context.signal,
      maxBytes: deps.maxUploadBytes,
    });
    const stored: StoredUpload = { key, bytes: size, sha256, format: sniffed.format };
    const { refusal, converts } = await judgeUpload(deps.storage, stored, filename, context.signal);
    if (refusal !== null) throw new ValidationError([fileItem('unreadable_raster', refusal)]);
    received = await markReceived(deps.db, id, { ...input, stored: { ...stored, converts } });
  } catch (error) {
    await deps.storage.delete(key);
    await forgetUpload(deps.db, id);
    throw error;
  }
  if (received !== undefined) return received;
  await deps.storage.delete(key);
  throw new ServerError('upload_already_committed', `The upload of "${filename}" was cancelled while it arrived.`);
}

/** Why a file that arrived is not one to catalogue, null for almost all; and whether it has to be converted. */
async function judgeUpload(
  storage: Storage,
  { key, bytes, format = 'GTiff' }: StoredUpload,
  filename: string,
  signal: AbortSignal,
): Promise<{ refusal: string | null; converts: boolean }> {
  if (format === 'GTiff') {
    const raster = await openUpload(storage, key, filename, signal);
    await raster.close();
    return { refusal: refusalOf(raster), converts: planConversion(filename, raster.profile, bytes).convert };
  }
  const header = await readStoredHeader(storage, key, format, signal);
  const refusal =
    header === null
      ? `${filename} is damaged: its header does not say what a ${formatName(format)} holds.`
      : isHollow(pictureBytes(header), bytes)
        ? `${filename} declares ${header.width} x ${header.height} pixels in ${bytes} bytes, which cannot be more than empty ones.`
        : null;
  return { refusal, converts: true };
}

/** The facts at the start of a stored picture; null where it is none. */
export async function readStoredHeader(
  storage: Storage,
  key: string,
  format: ConvertedFormat,
  signal: AbortSignal,
): Promise<PictureHeader | null> {
  const bytes = (await storage.stat(key))?.bytes ?? 0;
  if (bytes === 0) return null;
  const chunks: Uint8Array[] = [];
  const end = Math.min(bytes, PICTURE_HEADER_BYTES) - 1;
  for await (const chunk of await storage.get(key, { start: 0, end, signal })) chunks.push(chunk as Uint8Array);
  return readPictureHeader(format, Buffer.concat(chunks));
}

/** Opens an uploaded file's header; what is wrong with the file becomes an item about it. */
export async function openUpload(
  storage: Storage,
  key: string,
  filename: string,
  signal: AbortSignal,
): Promise<GeoTiffRaster> {
  try {
    return await openRaster(await storedRasterFiles(storage, key, filename), { signal });
  } catch (error) {
    if (isCodedError(error) && error.code.startsWith('geotiff/')) {
      throw new ValidationError([fileItem('unreadable_raster', error.message, { reason: error.code })]);
    }
    throw error;
  }
}

/** The caller's own upload that still waits for its commit. */
export async function findUpload(
  deps: Pick<UploadDeps, 'db'>,
  actor: Actor,
  jobId: string,
): Promise<{ job: Job; input: UploadInput }> {
  const job = await findJob(deps.db, jobId);
  if (job === undefined || job.kind !== 'upload' || (job.owner !== actor.userId && actor.role !== 'admin')) {
    throw notFound('upload');
  }
  return { job, input: job.input as UploadInput };
}

/** @throws ValidationError where a field says what no raster can have */
export async function checkCommit(fields: Pick<CommitFields, 'srid_override'>): Promise<void> {
  const { srid_override: srid } = fields;
  if (srid == null || (await crsFromEpsg(srid)) !== null) return;
  throw new ValidationError([
    {
      loc: ['body', 'srid_override'],
      msg: `There is no EPSG:${srid} that a raster can have. Send the code of a projected or geographic CRS`,
      type: 'unknown_epsg',
      input: srid,
    },
  ]);
}

/** Queues the cataloguing of an upload, as `fields` say. @param check what else must hold, in the same transaction */
export async function commitUpload(
  deps: UploadDeps,
  actor: Actor,
  jobId: string,
  fields: CommitFields,
  check?: (trx: Transaction<Tables>) => Promise<void>,
): Promise<Job> {
  const { job, input } = await findUpload(deps, actor, jobId);
  if (job.queued || job.status !== 'pending') {
    throw new ServerError(
      'upload_already_committed',
      `The upload of "${input.filename}" has been committed or cancelled already.`,
    );
  }
  if (input.stored === null) throw new ServerError('upload_not_ready', `"${input.filename}" is still arriving.`);
  await checkCommit(fields);
  const committed: UploadInput = { ...input, commit: fields };
  const lane = queueOf({ kind: 'upload', input: committed });
  const queued = await deps.db.transaction().execute(async (trx) => {
    await check?.(trx);
    const row = await queueWaitingJob(trx, job.id, committed);
    if (row !== undefined) await deps.queue.send(trx, 'upload', row.id, lane);
    return row;
  });
  if (queued === undefined) {
    throw new ServerError(
      'upload_already_committed',
      `The upload of "${input.filename}" has been committed or cancelled already.`,
    );
  }
  deps.queue.wake('upload', lane);
  return queued;
}

/**
 * Receives a file and queues its cataloguing in one. Where it cannot be queued, nothing of it is kept: nobody has been told
 * by which job it could be committed.
 */
export async function receiveAndCommit(
  deps: UploadDeps,
  actor: Actor,
  file: { filename: string; bytes: AsyncIterable<Uint8Array> },
  fieldsFor: (filename: string) => CommitFields,
  context: { requestId: string; signal: AbortSignal; replaces?: string },
  check?: (trx: Transaction<Tables>) => Promise<void>,
): Promise<Job> {
  const job = await receiveUpload(deps, actor, file, context);
  try {
    return await commitUpload(deps, actor, job.id, fieldsFor(job.source_filename ?? 'unnamed'), check);
  } catch (error) {
    // The row first: what it names is then an orphan at worst.
    await forgetUpload(deps.db, job.id);
    await deps.storage.delete(uploadKey(job.id));
    throw error;
  }
}

/** Gives up the bytes of uploads that nobody committed, or that failed or were cancelled, after a day. */
export async function expireUploads(db: Kysely<Tables>): Promise<void> {
  for (const job of await findStaleUploads(db, UPLOAD_KEPT_HOURS)) await expireUpload(db, job, uploadKey(job.id));
}

/** The name without folders and control characters, so that it can be shown and logged; never used to open anything. */
export function cleanFilename(sent: string): string {
  const name = (sent.split(/[\\/]/).at(-1) ?? '')
    .replaceAll(/\p{Cc}/gu, '')
    .replaceAll(/\p{Cs}/gu, '')
    .trim();
  // Counted in code points, so that no character is cut in half; the ending is kept.
  return name === '' ? 'unnamed' : Array.from(name).slice(-MAX_NAME_LENGTH).join('');
}

export function fileItem(type: string, msg: string, ctx?: Record<string, unknown>): ValidationItem {
  return { loc: ['body', 'file'], msg, type, input: null, ...(ctx === undefined ? {} : { ctx }) };
}

/** Passes the bytes on and tells their format, unless the first of them tell that the file is not one to take. */
async function* refuseEarly(
  bytes: AsyncIterable<Uint8Array>,
  filename: string,
  onFormat: (format: UploadFormat) => void,
): AsyncGenerator<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  let judged = false;
  const judge = (): void => {
    judged = true;
    const start = head.subarray(0, SNIFF_BYTES);
    const refusal = sniffRefusal(start, filename);
    if (refusal !== null) throw new ValidationError([fileItem(refusal.type, refusal.message)]);
    onFormat(formatOf(start) ?? 'GTiff');
  };
  for await (const chunk of bytes) {
    if (judged) {
      yield chunk;
      continue;
    }
    head = head.byteLength === 0 ? chunk : Buffer.concat([head, chunk]);
    if (head.byteLength >= SNIFF_BYTES) {
      judge();
      yield head;
    }
  }
  if (!judged) {
    judge();
    yield head;
  }
}
