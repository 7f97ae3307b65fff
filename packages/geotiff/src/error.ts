import { CodedError } from '@inlay/geo';

/**
 * Why a raster could not be opened or read.
 *
 * - `not-a-tiff`: the bytes are something else (XML, a picture, nothing at all)
 * - `truncated`: the file ends before what it declares; usually an interrupted copy
 * - `malformed`: the file contradicts itself or the TIFF specification
 * - `unsupported`: a valid file with a feature that is not implemented
 * - `too-large`: the file asks for more memory or work than the limits allow
 * - `source-unavailable`: the bytes could not be read (missing file, refused request, server without ranges)
 * - `source-changed`: the bytes were replaced while they were being read
 * - `unsupported-compression`: the pixels are compressed in a way that is not implemented; the message names it
 * - `damaged-block`: one tile or strip does not decode; the rest of the file may be fine
 * - `too-expensive`: a reduced picture would take more reading than the budget allows; overviews cure it
 */
export type GeoTiffErrorCode =
  | 'geotiff/not-a-tiff'
  | 'geotiff/truncated'
  | 'geotiff/malformed'
  | 'geotiff/unsupported'
  | 'geotiff/too-large'
  | 'geotiff/source-unavailable'
  | 'geotiff/source-changed'
  | 'geotiff/unsupported-compression'
  | 'geotiff/damaged-block'
  | 'geotiff/too-expensive';

/** What this package throws; `details.source` names the source as its user does. */
export class GeoTiffError extends CodedError<GeoTiffErrorCode> {}

export function notATiff(name: string, reason: string): GeoTiffError {
  return new GeoTiffError('geotiff/not-a-tiff', `${name} is not a TIFF: ${reason}`, { details: { source: name } });
}

/** `what` is what should have come after the end. */
export function truncated(name: string, what: string): GeoTiffError {
  const message = `${name} ends before ${what}: the file is incomplete; copy or upload it again`;
  return new GeoTiffError('geotiff/truncated', message, { details: { source: name } });
}

export function malformed(name: string, reason: string): GeoTiffError {
  return new GeoTiffError('geotiff/malformed', `${name} is damaged: ${reason}`, { details: { source: name } });
}

export function unsupported(name: string, reason: string): GeoTiffError {
  return new GeoTiffError('geotiff/unsupported', `${name} ${reason}`, { details: { source: name } });
}
