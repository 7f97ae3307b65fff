import type { DataType } from '@inlay/geo';
import { type CompiledMosaic, sourceId, sourceLevels, unwarpedSource } from './compiled-mosaic.ts';
import { MosaicError } from './error.ts';
import type { Fidelity } from './fidelity.ts';
import { type CellGrid, type PlannedRead, planReads, type ReadsPlan, type ReadTarget } from './plan-reads.ts';
import { needsPixels, readSource, type SourceCells } from './read-source.ts';
import type { OpenedSource, OpenSource } from './source-port.ts';
import { warpSource } from './warp-source.ts';

/** Where cells come from, and what happens on the way. */
export interface ComposeOptions {
  readonly openSource: OpenSource;
  readonly fidelity: Fidelity;
  /** A source that cannot be read is an error, or is as if it were not there. */
  readonly onSourceError: 'throw' | 'transparent';
  /** Sources that are read at the same time. */
  readonly concurrency: number;
  readonly signal: AbortSignal | undefined;
}

/** A source that could not be read. */
export interface SourceFailure {
  readonly sourceIndex: number;
  readonly sourceId: string;
  readonly error: unknown;
}

/** What cells were made of. */
export interface ComposeReport {
  /** Sources that were left out, each once. */
  readonly failures: readonly SourceFailure[];
  /** Sources of which only parts could be read, each once: those are in the cells. */
  readonly damages: readonly SourceFailure[];
  /** Placements whose pixels are in the cells. */
  readonly placementsRead: number;
  /** Placements that were not read because others cover them. */
  readonly placementsHidden: number;
}

/** What cells are handed to, source by source, bottom first. */
export interface Composer {
  /** In the order of the targets. */
  readonly targets: readonly (ReadTarget & { readonly dataType: DataType })[];
  /** Empties all targets. Called first, and again where a source that hid others could not be read. */
  start(): void;
  add(planned: PlannedRead, cells: readonly SourceCells[]): void;
}

/** What has to be read, without sources that failed, and with what shines through those that are damaged. */
export type Planner = (
  isFailed: (sourceIndex: number) => boolean,
  isDamaged: (sourceIndex: number) => boolean,
) => ReadsPlan;

/**
 * Reads all that has pixels for some cells, several sources at a time, and hands it on in document order.
 *
 * Where a source is left out because it cannot be read, what it would have hidden is there instead; so it is under the
 * parts of a source that cannot be read.
 * @throws {MosaicError} `mosaic/source-failed`; what the signal was aborted with
 */
export async function compose(
  mosaic: CompiledMosaic,
  grid: CellGrid,
  composer: Composer,
  options: ComposeOptions,
): Promise<ComposeReport> {
  const { targets } = composer;
  return await composePlanned(mosaic, composer, options, (isFailed, isDamaged) =>
    planReads(mosaic, grid, targets, options.fidelity, isFailed, isDamaged),
  );
}

/** {@link compose} of what a planner says. */
export async function composePlanned(
  mosaic: CompiledMosaic,
  composer: Composer,
  options: ComposeOptions,
  planner: Planner,
): Promise<ComposeReport> {
  const [failures, damages] = [new Map<number, SourceFailure>(), new Map<number, SourceFailure>()];
  for (;;) {
    const known = failures.size + damages.size;
    const plan = planner(
      (source) => failures.has(source),
      (source) => damages.has(source),
    );
    composer.start();
    const placementsRead = await readAll(mosaic, plan.reads, composer, options, failures, damages);
    const hidesSome = plan.hiddenCount > 0 || plan.reads.some(({ spots }) => spots !== undefined);
    if (failures.size + damages.size === known || !hidesSome) {
      return {
        failures: [...failures.values()],
        damages: [...damages.values()],
        placementsRead,
        placementsHidden: plan.hiddenCount,
      };
    }
  }
}

async function readAll(
  mosaic: CompiledMosaic,
  reads: readonly PlannedRead[],
  composer: Composer,
  { openSource, fidelity, onSourceError, concurrency, signal }: ComposeOptions,
  failures: Map<number, SourceFailure>,
  damages: Map<number, SourceFailure>,
): Promise<number> {
  // One source's failure ends the reading of the others; the caller's abort does, too.
  const stop = new AbortController();
  const whole = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const typeOf = (target: number) => composer.targets[target]!.dataType;
  const readOne = async (planned: PlannedRead): Promise<SourceCells[] | SourceFailure> => {
    const { sourceIndex } = planned;
    try {
      whole.throwIfAborted();
      if (!needsPixels(planned)) return await readSource(mosaic, planned, typeOf, null, fidelity, whole);
      const source = placedSource(mosaic, sourceIndex, await openSource(sourceIndex, whole));
      try {
        const cells = await readSource(mosaic, planned, typeOf, source, fidelity, whole);
        const error = source.damage?.() ?? null;
        if (error !== null && !damages.has(sourceIndex)) {
          damages.set(sourceIndex, { sourceIndex, sourceId: sourceId(mosaic, sourceIndex), error });
        }
        return cells;
      } finally {
        source.release?.();
      }
    } catch (error) {
      whole.throwIfAborted();
      return { sourceIndex, sourceId: sourceId(mosaic, sourceIndex), error };
    }
  };

  const pending: Promise<SourceCells[] | SourceFailure>[] = [];
  let count = 0;
  try {
    let next = 0;
    for (const planned of reads) {
      for (; next < reads.length && pending.length < concurrency; next += 1) {
        const reading = readOne(reads[next]!);
        // Its turn to be awaited may come later than its rejection, which Node would take for one that nobody handles.
        reading.catch(() => undefined);
        pending.push(reading);
      }
      const cells = await pending.shift()!;
      if (Array.isArray(cells)) {
        composer.add(planned, cells);
        count += 1;
      } else if (onSourceError === 'throw') throw sourceFailed(cells);
      else if (!failures.has(cells.sourceIndex)) failures.set(cells.sourceIndex, cells);
    }
  } finally {
    // An abort that nobody is left to hear takes longer to make than many a source to read.
    if (pending.length > 0) stop.abort();
    await Promise.allSettled(pending);
  }
  return count;
}

function sourceFailed({ sourceIndex, sourceId: id, error }: SourceFailure): MosaicError {
  const reason = error instanceof Error && 'details' in error ? error.message : 'see the cause';
  return new MosaicError('mosaic/source-failed', `source ${id} could not be read: ${reason}`, {
    details: { sourceId: id, sourceIndex },
    cause: error,
  });
}

/** A source as the mosaic's placements refer to it: on the output's grid, where it is warped. */
function placedSource(mosaic: CompiledMosaic, sourceIndex: number, source: OpenedSource): OpenedSource {
  const { grid, crs, warp, traits, sources } = mosaic;
  const unwarped = unwarpedSource(mosaic, sourceIndex);
  if (unwarped === null || crs === null || warp === null) return source;
  return warpSource(source, unwarped, {
    grid,
    crs,
    levels: sourceLevels(mosaic, sourceIndex, 'bands'),
    traits: traits[sources.traits[sourceIndex]!]!,
    resampling: warp.resampling,
  });
}
