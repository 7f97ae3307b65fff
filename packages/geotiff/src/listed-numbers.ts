import { truncated } from './error.ts';
import { type SharedWork, shareWork } from './shared-work.ts';
import type { Source } from './source.ts';
import { decodeNumbers, fieldBytes } from './tiff-tag.ts';

/** A long tag's values, as far as they are in memory. */
export interface ListedNumbers {
  /** Values at 0-based indices, 0 beyond the list's end as in libtiff; null where some are not in memory. */
  atHand(indices: Float64Array): Float64Array | null;
  /**
   * The same, reading what is missing.
   * @throws GeoTiffError `geotiff/truncated` and those of the source; the signal's reason when aborted.
   */
  read(indices: Float64Array, signal?: AbortSignal): Promise<Float64Array>;
}

/** Where a list lies in its file. */
export interface ListPlace {
  readonly offset: number;
  /** Number of values. */
  readonly count: number;
  /** TIFF field type, a known one. */
  readonly fieldType: number;
  readonly littleEndian: boolean;
}

/** A list that came with the header. */
export function numbersAtHand(values: number | readonly number[]): ListedNumbers {
  const list = compact(typeof values === 'number' ? [values] : values);
  const atHand = (indices: Float64Array): Float64Array => indices.map((index) => list[index] ?? 0);
  return { atHand, read: (indices) => Promise.resolve(atHand(indices)) };
}

/** Values read at once: 64 KiB of 64-bit ones. */
const PAGE_VALUES = 8192;

/** Pages kept of one list: half a megabyte at most. */
const MAX_PAGES = 8;

/** A list of any length, read in pages when asked for; the latest pages stay. */
export function numbersInFile(source: Source, { offset, count, fieldType, littleEndian }: ListPlace): ListedNumbers {
  const valueBytes = fieldBytes(fieldType)!;
  const pages = new Map<number, Float64Array | Uint32Array>();
  const pending = new Map<number, SharedWork<Float64Array | Uint32Array>>();

  const fetchPage = async (page: number, signal: AbortSignal): Promise<Float64Array | Uint32Array> => {
    const first = page * PAGE_VALUES;
    const values = Math.min(PAGE_VALUES, count - first);
    const bytes = new Uint8Array(await source.fetch(offset + first * valueBytes, values * valueBytes, { signal }));
    if (bytes.length < values * valueBytes) throw truncated(source.name, 'the table of its blocks');
    const numbers = compact(decodeNumbers(bytes, fieldType, values, littleEndian));
    keep(page, numbers);
    return numbers;
  };

  const keep = (page: number, numbers: Float64Array | Uint32Array): void => {
    pages.delete(page);
    pages.set(page, numbers);
    if (pages.size > MAX_PAGES) pages.delete(pages.keys().next().value!);
  };

  const load = async (page: number, signal: AbortSignal | undefined): Promise<Float64Array | Uint32Array> => {
    const known = pages.get(page);
    if (known !== undefined) {
      keep(page, known);
      return known;
    }
    let work = pending.get(page);
    if (work === undefined) {
      work = shareWork(
        (own) => fetchPage(page, own),
        () => pending.delete(page),
      );
      pending.set(page, work);
    }
    return work.join(signal);
  };

  const lookUp = (indices: Float64Array, pageOf: (page: number) => Float64Array | Uint32Array): Float64Array =>
    indices.map((index) => (index < count ? pageOf(Math.floor(index / PAGE_VALUES))[index % PAGE_VALUES]! : 0));

  const pagesOf = (indices: Float64Array): Set<number> => {
    const wanted = new Set<number>();
    for (const index of indices) if (index < count) wanted.add(Math.floor(index / PAGE_VALUES));
    return wanted;
  };

  return {
    atHand(indices) {
      for (const page of pagesOf(indices)) if (!pages.has(page)) return null;
      return lookUp(indices, (page) => pages.get(page)!);
    },
    async read(indices, signal) {
      const loaded = new Map<number, Float64Array | Uint32Array>();
      // One after another: lists of which many pages are wanted at once are read whole by someone who is not in a hurry.
      for (const page of pagesOf(indices)) loaded.set(page, await load(page, signal));
      return lookUp(indices, (page) => loaded.get(page)!);
    },
  };
}

function compact(values: readonly number[]): Float64Array | Uint32Array {
  return values.every((value) => value < 2 ** 32) ? Uint32Array.from(values) : Float64Array.from(values);
}
