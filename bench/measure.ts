import { readFileSync } from 'node:fs';

/** What repeated measurements come to, in the unit that they were made in. */
export interface Summary {
  readonly count: number;
  readonly min: number;
  readonly mean: number;
  /** Standard deviation of the sample; 0 for a single measurement. */
  readonly stddev: number;
  readonly median: number;
  readonly p95: number;
}

/** Quantiles are the nearest rank's: always a value that was measured. */
export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const quantile = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  const squares = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    count: sorted.length,
    min: sorted[0] ?? NaN,
    mean,
    stddev: sorted.length < 2 ? 0 : Math.sqrt(squares / (sorted.length - 1)),
    median: quantile(0.5),
    p95: quantile(0.95),
  };
}

/** Milliseconds that `work` takes. */
export async function timed(work: () => unknown): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** Uniform numbers in [0, 1), the same for one seed on every machine (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Memory of a process in use now and at most so far, in bytes (Linux: VmRSS, VmHWM); null once it has ended. */
export function residentBytes(pid: number): { readonly now: number; readonly peak: number } | null {
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return null;
  }
  const kibibytes = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? NaN);
  const now = kibibytes('VmRSS');
  // A process that has ended but was not waited for has no memory left to report.
  return Number.isNaN(now) ? null : { now: now * 1024, peak: kibibytes('VmHWM') * 1024 };
}
