/**
 * Titles of the public error codes (RFC 9457 `title`): the same words for every occurrence of a code. The codes are
 * stable; clients may branch on them. Which HTTP status each is answered with, the server's one table says.
 */
export const ERROR_TITLES = {
  bad_request: 'The request is malformed',
  too_expensive: 'The answer would take too much reading',
  title_mismatch: 'The title given as confirmation is not the title of the dataset',
  unauthorized: 'Sign in first',
  invalid_token: 'The credential is not valid',
  invalid_credentials: 'Wrong user name or password',
  forbidden: 'You may not do this',
  read_only_token: 'The token is for reading only',
  cross_site_request: 'The request comes from a page of another site',
  not_found: 'There is nothing here that you can see',
  method_not_allowed: 'The method is not allowed here',
  not_acceptable: 'The answer cannot be given in the form asked for',
  dataset_in_use: 'The dataset is a source of other datasets',
  regenerating: 'The virtual raster is being built',
  already_linked: 'The raster is a source of the virtual raster already',
  generation_incomplete: 'This build of the virtual raster can no longer be shown',
  dataset_busy: 'The dataset is being changed',
  not_replaceable: 'The dataset does not change in this way',
  username_taken: 'The user name is taken',
  last_administrator: 'There would be no administrator left',
  job_not_cancellable: 'The job has ended and cannot be cancelled',
  job_not_retryable: 'The job cannot be tried again',
  upload_already_committed: 'The upload has been committed already',
  upload_not_ready: 'The upload is not ready',
  result_not_ready: 'The job has no file to download',
  result_gone: 'The file that the job made is no longer kept',
  version_gone: 'This version of the raster is not kept',
  generation_gone: 'This build of the virtual raster is not kept',
  request_timeout: 'The request took too long to arrive',
  not_georeferenced: 'The dataset has no place on the map',
  source_changed: 'A file is no longer the one that was catalogued',
  precondition_failed: 'It is no longer the version that was asked for',
  payload_too_large: 'The request is too large',
  unsupported_media_type: 'The content type is not supported',
  range_not_satisfiable: 'The range asked for is outside of the file',
  too_many_requests: 'Too many requests',
  source_unavailable: 'A file that the answer needs cannot be read',
  internal: 'Something went wrong on the server',
  not_implemented: 'This version cannot do this yet',
  service_unavailable: 'The server cannot answer now',
  storage_full: 'There is no room left to store this',
} as const;

/** A stable public error code. */
export type PublicErrorCode = keyof typeof ERROR_TITLES;

/** All public error codes. */
export const PUBLIC_ERROR_CODES = Object.keys(ERROR_TITLES) as readonly PublicErrorCode[];

/** Whether a text, from an answer of any version, is a code this version knows. */
export function isPublicErrorCode(text: unknown): text is PublicErrorCode {
  return typeof text === 'string' && Object.hasOwn(ERROR_TITLES, text);
}
