/** Why something a file says was not used, or what is wrong with it that does not stop it from being read. */
export type RasterWarningCode =
  | 'beyond-end'
  | 'block-list-too-short'
  | 'ignored-metadata'
  | 'ignored-sidecar'
  | 'per-band-mask'
  | 'unknown-crs'
  | 'unusable-georeference';

/** Something a user should know of a raster that was opened all the same. */
export interface RasterWarning {
  readonly code: RasterWarningCode;
  /** A sentence with the file's name and what to do. */
  readonly message: string;
}
