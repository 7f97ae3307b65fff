export { createClient, type Client, type ClientOptions } from './client.ts';
export type { DatasetCalls, DatasetFilter } from './datasets.ts';
export {
  ApiError,
  type ApiErrorCode,
  type ApiErrorFacts,
  ClientError,
  type ClientErrorCode,
  describeItems,
  isApiError,
} from './error.ts';
export type { ExportCalls } from './exports.ts';
export type { JobCalls, WaitOptions } from './jobs.ts';
export type { PixelCalls } from './pixels.ts';
export type { CallArguments, CallInput, CallOptions } from './request.ts';
export { readEvents, type ServerSentEvent } from './server-sent-events.ts';
export type { SharingCalls } from './sharing.ts';
export type { SignInCalls } from './sign-in.ts';
export type { IngestCalls, UploadBytes, UploadOptions } from './uploads.ts';
export type { ChangeOptions, VirtualRasterCalls } from './virtual-rasters.ts';
