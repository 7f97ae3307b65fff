import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isCodedError } from '@inlay/geo';
import { fileSource, type GeoTiffRaster, openRaster, singleFile } from '@inlay/geotiff';
import { lossesOf } from '../conversion/compare.ts';
import { ConversionError, type Converter } from '../conversion/converter.ts';
import { type ConvertedFormat, formatName, type UploadFormat } from '../conversion/formats.ts';
import { notCarried } from '../conversion/not-carried.ts';
import { cogArguments, pictureArguments, pictureBytes, pixelBytes, planConversion } from '../conversion/plan.ts';
import type { OriginalFile } from '../db/tables.ts';
import { JobError } from '../error.ts';
import type { Attempt } from '../jobs/worker.ts';
import { inScratch, watchFreeSpace } from '../storage/scratch.ts';
import type { Storage } from '../storage/storage.ts';
import { StorageError } from '../storage/storage-error.ts';
import { openUpload, readStoredHeader, type StoredUpload } from './uploads.ts';

export interface ConversionDeps {
  readonly storage: Storage;
  readonly converter: Converter;
  /** A folder of this machine for unfinished conversions, on a disk. */
  readonly scratchDir: string;
}

/** What an upload came to: the raster to catalogue, open, and where its bytes are. */
export interface PreparedUpload {
  readonly raster: GeoTiffRaster;
  readonly served: Pick<StoredUpload, 'key' | 'bytes' | 'sha256'>;
  /** What was uploaded, where that is to be kept beside what is served. */
  readonly original: OriginalFile | null;
  /** What was uploaded, where nothing of it would be lost by removing it. */
  readonly superseded: string | null;
  readonly warnings: readonly string[];
}

/** Shares of the job's progress between which a conversion lies. */
const PROGRESS = [0.1, 0.7] as const;

/** A conversion may take as long as reading and writing a megabyte of pixels a second, and some minutes. */
const LEAST_MINUTES = 10;
const MOST_MINUTES = 12 * 60;
const BYTES_PER_MINUTE = 60_000_000;

/** What GDAL, and the C library below it, say of a full disk. */
const FULL_DISK = /no space left|free disk space/i;

export function convertedKey(jobId: string, attempt: number): string {
  return `rasters/${jobId}/cog-${attempt}.tif`;
}

/**
 * Makes of an upload the raster to serve. Kept byte for byte unless it is slow to serve or no GeoTIFF; then converted,
 * and the conversion compared with it. Nothing of the upload is changed or removed here.
 *
 * @throws JobError where it cannot become a raster; StorageError `storage/full`
 */
export async function prepareUpload(
  deps: ConversionDeps,
  attempt: Attempt,
  filename: string,
  stored: StoredUpload,
): Promise<PreparedUpload> {
  const { format = 'GTiff' } = stored;
  if (format !== 'GTiff') return await convertPicture(deps, attempt, filename, { ...stored, format });
  const raster = await openUpload(deps.storage, stored.key, filename, attempt.signal);
  const asItIs = { raster, served: stored, original: null, superseded: null };
  const plan = planConversion(filename, raster.profile, stored.bytes);
  if (!plan.convert) return { ...asItIs, warnings: plan.warning === null ? [] : [plan.warning] };
  const keep = (why: string): PreparedUpload => ({
    ...asItIs,
    warnings: [`${filename} is kept as it is, which is slow to show: ${why}`],
  });
  try {
    return await inScratch(deps.scratchDir, attempt.job, async (folder) => {
      const work = {
        filename,
        stored,
        format,
        args: cogArguments(raster.profile),
        pixelBytes: pixelBytes(raster.profile),
      };
      const output = await convert(deps, attempt, folder, work);
      const converted = await openConverted(output, filename, attempt.signal);
      await converted.close();
      const losses = lossesOf(raster.profile, converted.profile);
      if (losses.essential.length > 0) return keep(`a conversion would lose ${losses.essential.join(', ')}.`);
      const lost = [...notCarried(raster), ...losses.descriptive];
      const served = await store(deps, attempt, output);
      const opened = await openUpload(deps.storage, served.key, filename, attempt.signal);
      await raster.close();
      if (lost.length === 0) {
        return { raster: opened, served, original: null, superseded: stored.key, warnings: [] };
      }
      const warning = `${filename} was converted, and its original is kept, because the conversion may lack: ${lost.join(', ')}.`;
      return {
        raster: opened,
        served,
        original: originalOf(filename, stored, format),
        superseded: null,
        warnings: [warning],
      };
    });
  } catch (error) {
    if (error instanceof ConversionError) return keep(`it could not be converted (${error.message}).`);
    await raster.close();
    throw error;
  }
}

/** Other formats have nothing to be compared by, and are always kept beside their conversion. */
async function convertPicture(
  deps: ConversionDeps,
  attempt: Attempt,
  filename: string,
  stored: StoredUpload & { readonly format: ConvertedFormat },
): Promise<PreparedUpload> {
  const { format } = stored;
  const header = await readStoredHeader(deps.storage, stored.key, format, attempt.signal);
  if (header === null) throw new JobError('unreadable_raster', `${filename} is not a ${formatName(format)}.`);
  try {
    return await inScratch(deps.scratchDir, attempt.job, async (folder) => {
      const work = { filename, stored, format, args: pictureArguments(header), pixelBytes: pictureBytes(header) };
      const output = await convert(deps, attempt, folder, work);
      const served = await store(deps, attempt, output);
      const raster = await openUpload(deps.storage, served.key, filename, attempt.signal);
      return {
        raster,
        served,
        original: originalOf(filename, stored, format),
        superseded: null,
        warnings: [],
      };
    });
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    throw new JobError('conversion_failed', `${filename} could not be converted: ${error.message}.`, { cause: error });
  }
}

function originalOf(filename: string, { key, bytes, sha256 }: StoredUpload, format: UploadFormat): OriginalFile {
  return { key, filename, format, bytes, sha256 };
}

interface Work {
  readonly filename: string;
  readonly stored: StoredUpload;
  readonly format: UploadFormat;
  readonly args: readonly string[];
  readonly pixelBytes: number;
}

/** @returns the path of the COG, in `folder`. @throws ConversionError, StorageError `storage/full`, the signal's reason */
async function convert(deps: ConversionDeps, attempt: Attempt, folder: string, work: Work): Promise<string> {
  const [from, to] = PROGRESS;
  attempt.report(from, 'converting');
  const minutes = Math.min(MOST_MINUTES, LEAST_MINUTES + work.pixelBytes / BYTES_PER_MINUTE);
  const tooLong = AbortSignal.timeout(Math.ceil(minutes * 60_000));
  const full = watchFreeSpace(folder);
  const signal = AbortSignal.any([attempt.signal, tooLong, full.signal]);
  try {
    const input = await localInput(deps.storage, work.stored.key, folder, signal);
    const output = join(folder, 'cog.tif');
    await deps.converter.convert(
      { input, name: work.filename, format: work.format, output, args: work.args },
      { signal, onProgress: (share) => attempt.report(from + (to - from) * share, 'converting') },
    );
    return output;
  } catch (error) {
    attempt.signal.throwIfAborted();
    if (full.signal.aborted || (error instanceof ConversionError && FULL_DISK.test(error.message))) {
      throw new StorageError('storage/full', `No space is left to convert ${work.filename}: make room, then retry.`, {
        cause: error,
      });
    }
    if (!tooLong.aborted) throw error;
    throw new ConversionError('conversion/failed', `it took longer than ${Math.round(minutes)} minutes`, {
      cause: error,
    });
  } finally {
    full.stop();
  }
}

/** Where GDAL finds the upload: in the storage where that is on this machine, else a copy. */
async function localInput(storage: Storage, key: string, folder: string, signal: AbortSignal): Promise<string> {
  const path = storage.localPath(key);
  if (path !== null) return path;
  const copy = join(folder, 'original');
  await pipeline(await storage.get(key, { signal }), createWriteStream(copy, { mode: 0o600 }), { signal });
  return copy;
}

async function openConverted(path: string, filename: string, signal: AbortSignal): Promise<GeoTiffRaster> {
  try {
    return await openRaster(singleFile({ ...(await fileSource(path)), name: filename }), { signal });
  } catch (error) {
    if (!isCodedError(error) || !error.code.startsWith('geotiff/')) throw error;
    throw new ConversionError('conversion/failed', `what came of it cannot be read: ${error.message}`, {
      cause: error,
    });
  }
}

async function store(
  { storage }: ConversionDeps,
  { job, signal }: Attempt,
  output: string,
): Promise<PreparedUpload['served']> {
  const key = convertedKey(job.id, job.attempt);
  return { key, ...(await storage.putFile(key, output, { signal })) };
}
