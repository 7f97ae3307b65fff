import { CodedError } from '@inlay/geo';

/** `vrt/unwritable-file-name`: a source's file name is empty or holds a character that XML 1.0 cannot. */
export type VrtErrorCode = 'vrt/unwritable-file-name';

/** A promise to this package that was broken. Sources that do not fit together are values instead: see `Problem`. */
export class VrtError extends CodedError<VrtErrorCode> {}
