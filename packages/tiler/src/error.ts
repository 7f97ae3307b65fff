import { CodedError } from '@inlay/geo';

/**
 * Why a picture could not be made.
 *
 * - `malformed-png`: a stored thumbnail is not one that this package wrote, or was damaged since
 */
export type TilerErrorCode = 'tiler/malformed-png';

/** What this package throws of its own; reading errors of `@inlay/geotiff` pass through. */
export class TilerError extends CodedError<TilerErrorCode> {}
