import { CodedError } from '@inlay/geo';

/**
 * - `vrt/unwritable-file-name`: a source's file name is empty or holds a character that XML 1.0 cannot;
 * - `vrt/invalid-option`: an option has a value that no virtual raster can be planned with;
 * - `vrt/malformed-xml`: a document is not well-formed XML, or has a document type declaration; `details` has `line`
 *   and `column`, both 1-based;
 * - `vrt/not-a-vrt`: a document is XML, but no virtual raster;
 * - `vrt/too-large`: a document goes beyond a limit of `ParseLimits`, which `details` names.
 */
export type VrtErrorCode =
  | 'vrt/unwritable-file-name'
  | 'vrt/invalid-option'
  | 'vrt/malformed-xml'
  | 'vrt/not-a-vrt'
  | 'vrt/too-large';

/** A promise to this package that was broken. Sources that do not fit together are values instead: see `Problem`. */
export class VrtError extends CodedError<VrtErrorCode> {}
