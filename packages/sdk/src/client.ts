import type { Operation, ResponseOf } from '@inlay/contract';
import { datasetCalls, type DatasetCalls } from './datasets.ts';
import { exportCalls, type ExportCalls } from './exports.ts';
import { jobCalls, type JobCalls } from './jobs.ts';
import { pixelCalls, type PixelCalls } from './pixels.ts';
import { type AnyInput, call, type CallArguments, type Endpoint, request } from './request.ts';
import { sharingCalls, type SharingCalls } from './sharing.ts';
import { signInCalls, type SignInCalls } from './sign-in.ts';
import { ingestCalls, type IngestCalls } from './uploads.ts';
import { virtualRasterCalls, type VirtualRasterCalls } from './virtual-rasters.ts';

export interface ClientOptions {
  /** An access token or an API key; null or left out: anonymous. */
  readonly token?: string | null | undefined;
  /** Instead of the global fetch. */
  readonly fetch?: typeof fetch | undefined;
}

/**
 * The API, as one catalogue's server at one address offers it. Refusals are {@link ApiError}s, the lack of a usable
 * answer is a {@link ClientError}; an aborted call rejects with the reason of its signal.
 */
export interface Client
  extends SharingCalls, VirtualRasterCalls, IngestCalls, JobCalls, DatasetCalls, PixelCalls, ExportCalls, SignInCalls {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  /** Calls any operation of the contract's route table with what it asks for. */
  call<O extends Operation>(operation: O, ...input: CallArguments<O>): Promise<ResponseOf<O>>;
  /** The same, with the answer unread: for bytes, text, headers. */
  request<O extends Operation>(operation: O, ...input: CallArguments<O>): Promise<Response>;
  /** A client of the same server on behalf of someone else; null: of nobody. */
  withToken(token: string | null): Client;
}

/** A client of the server at `baseUrl`, `http://127.0.0.1:8080`; the API's `/api` is not part of it. */
export function createClient(baseUrl: string, options: ClientOptions = {}): Client {
  // A browser's fetch refuses to be called as a method of anything but the window.
  const fetcher: typeof fetch = options.fetch ?? ((...args) => globalThis.fetch(...args));
  const endpoint: Endpoint = { baseUrl: baseUrl.replace(/\/+$/, ''), token: options.token ?? null, fetch: fetcher };
  return {
    baseUrl: endpoint.baseUrl,
    call: (operation, ...[input]) => call(endpoint, operation, (input ?? {}) as AnyInput),
    request: (operation, ...[input]) => request(endpoint, operation, input ?? {}),
    withToken: (token) => createClient(baseUrl, { ...options, token }),
    ...virtualRasterCalls(endpoint),
    ...ingestCalls(endpoint),
    ...jobCalls(endpoint),
    ...datasetCalls(endpoint),
    ...pixelCalls(endpoint),
    ...sharingCalls(endpoint),
    ...exportCalls(endpoint),
    ...signInCalls(endpoint),
  };
}
