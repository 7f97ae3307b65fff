import { GeoTiffError } from '@inlay/geotiff';
import type { SourceState } from '../db/tables.ts';
import { JobError } from '../error.ts';
import { isObject, parseObject } from '../s3/object-place.ts';
import type { Buckets } from '../s3/object-links.ts';
import { listBucketRasters } from './bucket-rasters.ts';
import { listRasters, requireFewRasters } from './list-rasters.ts';
import type { SourceAccess } from './source-roots.ts';

/** A file to register. */
export interface ListedFile {
  readonly location: string;
  /** Of it and its sidecars, where a list has told; null where they are still to be looked at. */
  readonly states: Readonly<Record<string, SourceState>> | null;
}

/** All that a job is to register, some at a time. */
export interface ListedFiles {
  readonly total: number;
  readonly batches: AsyncIterable<readonly ListedFile[]>;
}

export interface ListingDeps extends SourceAccess {
  readonly objectLinks: Buckets;
}

export interface ListingOptions {
  readonly batch: number;
  readonly signal: AbortSignal;
  readonly warn: (warning: string) => void;
  /** How far looking for files has come. */
  readonly onStep: (step: string) => void;
}

/**
 * Finds the files that are named, or that lie below a folder or a prefix of a bucket. A bucket is listed twice, once to
 * count: its list may be longer than should be kept, and costs little beside reading a header each.
 *
 * @throws JobError `nothing_registered` where there are too many, or a bucket cannot be listed
 */
export async function filesToRegister(
  deps: ListingDeps,
  { locations, folder }: { readonly locations: readonly string[] | null; readonly folder: string | null },
  options: ListingOptions,
): Promise<ListedFiles> {
  const { batch, signal, warn } = options;
  if (locations === null && folder !== null && isObject(folder)) return await inBucket(deps, folder, options);
  const found = locations ?? (await listRasters(folder ?? '', { roots: deps.sourceRoots, signal, warn }));
  return { total: found.length, batches: slices(found, batch) };
}

async function* slices(locations: readonly string[], batch: number): AsyncGenerator<readonly ListedFile[]> {
  for (let start = 0; start < locations.length; start += batch) {
    yield locations.slice(start, start + batch).map((location) => ({ location, states: null }));
  }
}

async function inBucket(
  { objectLinks }: ListingDeps,
  prefix: string,
  { batch, signal, onStep }: ListingOptions,
): Promise<ListedFiles> {
  const place = parseObject(prefix);
  if (typeof place === 'string') throw new JobError('nothing_registered', `The bucket cannot be listed: ${place}.`);
  let total = 0;
  for await (const rasters of explained(listBucketRasters(objectLinks, place, signal))) {
    total += rasters.length;
    requireFewRasters(total);
    onStep(`found ${total} rasters`);
  }
  return { total, batches: regrouped(explained(listBucketRasters(objectLinks, place, signal)), batch) };
}

/** Why a bucket cannot be listed is why the job fails. */
async function* explained<T>(pages: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* pages;
  } catch (error) {
    if (!(error instanceof GeoTiffError)) throw error;
    throw new JobError('nothing_registered', `${error.message}.`, { cause: error });
  }
}

async function* regrouped<T>(pages: AsyncIterable<readonly T[]>, size: number): AsyncGenerator<readonly T[]> {
  let waiting: T[] = [];
  for await (const page of pages) {
    waiting.push(...page);
    for (; waiting.length >= size; waiting = waiting.slice(size)) yield waiting.slice(0, size);
  }
  if (waiting.length > 0) yield waiting;
}
