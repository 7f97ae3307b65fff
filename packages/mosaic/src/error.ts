import { CodedError } from '@inlay/geo';

/**
 * - `mosaic/malformed-bytes`: bytes are no compiled mosaic, end too early, or contradict themselves;
 * - `mosaic/unsupported-version`: bytes are a compiled mosaic of another version of the format, or of a machine with
 *   another byte order; compile the plan again;
 * - `mosaic/invalid-request`: a window, a size or a band that nothing can be read for;
 * - `mosaic/too-large`: more pixels were asked for at once than is allowed;
 * - `mosaic/unsupported`: a plan with a pixel function that is not computed here;
 * - `mosaic/source-failed`: a source could not be opened or read; `details` has its `sourceId` and `sourceIndex`.
 */
export type MosaicErrorCode =
  | 'mosaic/malformed-bytes'
  | 'mosaic/unsupported-version'
  | 'mosaic/invalid-request'
  | 'mosaic/too-large'
  | 'mosaic/unsupported'
  | 'mosaic/source-failed';

/** What this package throws. */
export class MosaicError extends CodedError<MosaicErrorCode> {}

export function malformedBytes(reason: string): MosaicError {
  return new MosaicError('mosaic/malformed-bytes', `not a compiled mosaic: ${reason}; compile it again`);
}
