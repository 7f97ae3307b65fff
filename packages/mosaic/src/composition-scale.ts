import { type CompiledMosaic, sourceLevels } from './compiled-mosaic.ts';
import type { CellGrid, PlannedRead } from './plan-reads.ts';

/** Factors that differ by no more than this share are not told apart: sizes of levels are rounded. */
const SAME = 0.1;

/**
 * By how much a mosaic is reduced before it is resampled: the largest whole factor, no larger than what is asked for, at
 * which **every** source that is read has a level of its own or is no finer anyway. 1 where there is none: the mosaic is
 * then composed at full resolution.
 */
export function compositionFactor(
  mosaic: CompiledMosaic,
  { window, width, height }: CellGrid,
  reads: readonly PlannedRead[],
): number {
  const asked = Math.min(window.width / width, window.height / height);
  let candidates: Set<number> | null = null;
  for (const read of reads) {
    const own = factorsOf(mosaic, read, asked);
    if (own === null) continue;
    candidates = candidates === null ? own : intersect(candidates, own);
    if (candidates.size === 0) return 1;
  }
  return candidates === null ? 1 : Math.max(1, ...candidates);
}

/** The whole factors by which a source's levels reduce the mosaic; null where it is too coarse to be in the way. */
function factorsOf(mosaic: CompiledMosaic, { placement, sourceIndex }: PlannedRead, asked: number): Set<number> | null {
  const { srcRects, dstRects } = mosaic.placements;
  const at = 4 * placement;
  // Pixels of the output that one of the source covers.
  const size = Math.min(dstRects[at + 2]! / srcRects[at + 2]!, dstRects[at + 3]! / srcRects[at + 3]!);
  if (size >= asked * (1 - SAME)) return null;
  const [full, ...levels] = sourceLevels(mosaic, sourceIndex, 'bands');
  const factors = new Set<number>();
  for (const level of levels) {
    const factor = size * Math.min(full!.width / level.width, full!.height / level.height);
    const whole = Math.round(factor);
    if (whole > asked + SAME) break;
    if (whole >= 2 && Math.abs(factor - whole) <= SAME * whole) factors.add(whole);
  }
  return factors;
}

function intersect(a: ReadonlySet<number>, b: ReadonlySet<number>): Set<number> {
  return new Set([...a].filter((factor) => b.has(factor)));
}
