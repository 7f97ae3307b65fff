import { basename } from 'node:path';
import { CodedError } from '@inlay/geo';
import type { UploadFormat } from './formats.ts';

/** One conversion: a file of this machine, by its format alone, becomes another file. Paths are absolute. */
export interface ConversionRequest {
  readonly input: string;
  /** What messages call the input. */
  readonly name: string;
  /** The only driver that may open the input. */
  readonly format: UploadFormat;
  /** Ends in `.tif`, in a folder that exists and holds nothing else of worth. */
  readonly output: string;
  /** Arguments of gdal_translate, without files. */
  readonly args: readonly string[];
}

/** GDAL, wherever it runs. It sees one file, writes one folder and reaches no network. */
export interface Converter {
  /** For logs: `GDAL 3.6.2`. */
  readonly name: string;
  /**
   * @param onProgress the share that is done, 0..1; not all converters know it
   * @throws ConversionError; the signal's reason when aborted. What was written by then may remain in the folder.
   */
  convert(
    request: ConversionRequest,
    options: { readonly signal: AbortSignal; onProgress(share: number): void },
  ): Promise<void>;
}

/** GDAL said no; the message is what it said first, without the names of folders and without a full stop. */
export class ConversionError extends CodedError<'conversion/failed'> {}

/** The error of a complaint as GDAL prints it, `ERROR 4: /a/b/data.tif: ...`. @param folders ending in a slash */
export function conversionError(
  complaint: string,
  { input, name }: ConversionRequest,
  folders: string[],
): ConversionError {
  const message = folders
    .reduce((text, folder) => text.replaceAll(folder, ''), complaint.replace(/^ERROR \d+: /, ''))
    .replaceAll(basename(input), name)
    .replace(/\.$/, '');
  return new ConversionError('conversion/failed', message);
}

/**
 * Settings of every conversion (gdal.org, "Configuration options"): no file beside the input is looked for or written,
 * no network is used, CRSs are not looked up online, and the cache is small.
 */
export const GDAL_SETTINGS: Readonly<Record<string, string>> = {
  GDAL_DISABLE_READDIR_ON_OPEN: 'EMPTY_DIR',
  GDAL_PAM_ENABLED: 'NO',
  CPL_VSIL_CURL_ALLOWED_EXTENSIONS: '{none}',
  PROJ_NETWORK: 'OFF',
  GDAL_CACHEMAX: '256',
};
