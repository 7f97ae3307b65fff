import {
  type CommitUpload,
  type JobAccepted,
  type Operation,
  type RegisterRasters,
  SourceRootList,
  type ReplaceFields,
  type ResponseOf,
  routes,
  type UploadAccepted,
  type UploadFields,
  type UploadPreview,
} from '@inlay/contract';
import { ClientError } from './error.ts';
import { type AnyInput, call, type CallOptions, type Endpoint, type SendBody, textFields } from './request.ts';

/** The bytes of a file: a browser's File, Node's `fs.openAsBlob`, or anything that yields them piece by piece. */
export type UploadBytes = Blob | AsyncIterable<Uint8Array>;

export interface UploadOptions extends CallOptions {
  /** Name of the file, without folders; a `File` brings its own. */
  readonly filename?: string | undefined;
  /** Catalogues the file at once, as these fields say; left out, the upload waits for `commitUpload`. */
  readonly commit?: UploadFields | undefined;
  /**
   * Called with the bytes sent so far. Bytes that come piece by piece are reported piece by piece; of a Blob, which
   * fetch sends on its own, only the end is known. `blob.stream()` turns one into the other, where fetch can send
   * streams: in Node, not in every browser.
   */
  readonly onProgress?: ((sentBytes: number) => void) | undefined;
}

/** As for an upload, which is committed at once. */
export interface ReplaceOptions extends Omit<UploadOptions, 'commit'> {
  readonly fields?: ReplaceFields | undefined;
}

/** How rasters come into the catalogue. */
export interface IngestCalls {
  /** Uploads a raster: `pending` until it is committed, `accepted` with `commit`. */
  uploadRaster(bytes: UploadBytes, options?: UploadOptions): Promise<UploadAccepted | JobAccepted>;
  previewUpload(jobId: string, options?: CallOptions): Promise<UploadPreview>;
  commitUpload(jobId: string, body: CommitUpload, options?: CallOptions): Promise<JobAccepted>;
  registerRasters(body: RegisterRasters, options?: CallOptions): Promise<JobAccepted>;
  /** Where rasters may be registered from. */
  sourceRoots(options?: CallOptions): Promise<SourceRootList>;
  /** Puts another file in the place of an uploaded raster. */
  replaceRaster(id: string, bytes: UploadBytes, options?: ReplaceOptions): Promise<JobAccepted>;
  /** Reads the file behind a registered raster again. */
  refreshRaster(id: string, options?: CallOptions): Promise<JobAccepted>;
}

export function ingestCalls(endpoint: Endpoint): IngestCalls {
  return {
    uploadRaster: (bytes, options) => uploadRaster(endpoint, bytes, options),
    previewUpload: (jobId, options) => call(endpoint, routes.previewUpload, { params: { job_id: jobId }, ...options }),
    commitUpload: (jobId, body, options) =>
      call(endpoint, routes.commitUpload, { params: { job_id: jobId }, body, ...options }),
    registerRasters: (body, options) => call(endpoint, routes.registerRasters, { body, ...options }),
    sourceRoots: (options) => call(endpoint, routes.listSourceRoots, { ...options }),
    replaceRaster: (id, bytes, { fields, ...options } = {}) =>
      sendFile(endpoint, routes.replaceRaster, { params: { id } }, bytes, fields ?? {}, options),
    refreshRaster: (id, options) => call(endpoint, routes.refreshRaster, { params: { id }, ...options }),
  };
}

async function uploadRaster(
  endpoint: Endpoint,
  bytes: UploadBytes,
  { commit, ...options }: UploadOptions = {},
): Promise<UploadAccepted | JobAccepted> {
  const query = { commit: commit !== undefined };
  return await sendFile(endpoint, routes.uploadRaster, { query }, bytes, commit ?? {}, options);
}

/** Sends a form with some fields and a file, which may come piece by piece. */
async function sendFile<O extends Operation>(
  endpoint: Endpoint,
  operation: O,
  input: Pick<AnyInput, 'params' | 'query'>,
  bytes: UploadBytes,
  fields: object,
  options: Omit<UploadOptions, 'commit'>,
): Promise<ResponseOf<O>> {
  const { onProgress, signal } = options;
  const filename = options.filename ?? (bytes as Partial<File>).name;
  if (filename === undefined) throw new ClientError('sdk/bad-argument', 'An upload needs a filename.');
  if (bytes instanceof Blob) {
    const body = { ...fields, file: new File([bytes], filename) };
    const accepted = await call(endpoint, operation, { ...input, body, signal });
    onProgress?.(bytes.size);
    return accepted;
  }
  const form = multipart(textFields(Object.entries(fields)), filename);
  const reading: Reading = { failed: false, error: undefined };
  const pieces = joined(form.head, noticing(bytes, reading), form.tail, onProgress);
  try {
    const send: SendBody = { body: streamFrom(pieces), mediaType: form.mediaType, duplex: 'half' };
    return await call(endpoint, operation, { ...input, signal }, send);
  } catch (error) {
    // A file that cannot be read is no trouble of the network, though fetch makes it look like some.
    throw reading.failed ? reading.error : error;
  } finally {
    // Node's fetch reads on after an abort, and after an answer that came early. How the upload went is known by now:
    // a source that cannot be closed, or is still waiting for bytes, does not change it.
    pieces.return().catch(() => {});
  }
}

/** A multipart form (RFC 7578) around the bytes of a file, for bytes that no FormData takes. */
function multipart(fields: readonly (readonly [name: string, text: string])[], filename: string) {
  const boundary = `inlay-${crypto.randomUUID()}`;
  const part = (disposition: string, rest: string): string =>
    `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n${rest}`;
  const file = part(`name="file"; filename="${quotable(filename)}"`, 'Content-Type: application/octet-stream\r\n\r\n');
  return {
    mediaType: `multipart/form-data; boundary=${boundary}`,
    head: fields.map(([name, text]) => part(`name="${name}"`, `\r\n${text}\r\n`)).join('') + file,
    tail: `\r\n--${boundary}--\r\n`,
  };
}

/** How reading the caller's bytes went. */
interface Reading {
  failed: boolean;
  error: unknown;
}

async function* noticing(
  bytes: AsyncIterable<Uint8Array>,
  reading: Reading,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* bytes;
  } catch (error) {
    reading.failed = true;
    reading.error = error;
    throw error;
  }
}

async function* joined(
  head: string,
  bytes: AsyncIterable<Uint8Array>,
  tail: string,
  onProgress: UploadOptions['onProgress'],
): AsyncGenerator<Uint8Array, void, undefined> {
  const encoder = new TextEncoder();
  yield encoder.encode(head);
  let sent = 0;
  for await (const piece of bytes) {
    yield piece;
    // The consumer asks for more only when this piece has gone out.
    sent += piece.byteLength;
    onProgress?.(sent);
  }
  yield encoder.encode(tail);
}

/** A stream that pulls; `ReadableStream.from` is not in every browser. */
function streamFrom(pieces: AsyncGenerator<Uint8Array, void, undefined>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await pieces.return();
    },
  });
}

/** As the HTML standard escapes names in form data ("multipart/form-data encoding algorithm"). */
function quotable(filename: string): string {
  return filename.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
