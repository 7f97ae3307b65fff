import { CodedError } from '@inlay/geo';

/**
 * Why a picture could not be made.
 *
 * - `malformed-png`: a stored thumbnail is not one that this package wrote, or was damaged since
 * - `too-expensive`: a picture would take more reading than is done for one; overviews cure it
 * - `overloaded`: more pictures wait to be rendered than a pool takes
 * - `worker-crashed`: the thread that worked on a picture ended; another takes its place
 * - `closed`: the pool was closed before the picture was finished
 */
export type TilerErrorCode =
  | 'tiler/malformed-png'
  | 'tiler/too-expensive'
  | 'tiler/overloaded'
  | 'tiler/worker-crashed'
  | 'tiler/closed';

/** What this package throws of its own; reading errors of `@inlay/geotiff` pass through. */
export class TilerError extends CodedError<TilerErrorCode> {}
