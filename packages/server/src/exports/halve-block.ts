import { integerRange, isComplex, type Nodata } from '@inlay/geo';
import { allocateSamples, bandValidity, isBigSamples, type Samples } from '@inlay/raster';
import type { ExportBlock } from './export-pixels.ts';
import type { ExportPlan } from './export-plan.ts';

/** What halving has to know of an export. */
export type HalvedExport = Pick<ExportPlan, 'dataType' | 'nodata' | 'bands' | 'alphaBand'> & {
  readonly file: Pick<ExportPlan['file'], 'overviewResampling'>;
};

/**
 * A block of half the size, rounded up: each pixel the mean of the valid ones of four (at the right and lower edge, of two
 * or one), or the first of them where means mean nothing. A pixel is valid where any of the four is.
 */
export function halveBlock(block: ExportBlock, plan: HalvedExport): ExportBlock {
  const width = Math.ceil(block.width / 2);
  const height = Math.ceil(block.height / 2);
  const mask = block.mask === null ? null : halvedMask(block, width, height);
  const validOf = validities(block, plan);
  const isPicked = plan.file.overviewResampling === 'nearest' || isComplex(plan.dataType);
  const bands = block.bands.map((samples, index) =>
    isPicked || isBigSamples(samples)
      ? pickFirst(samples, validOf(index), block, width, height, plan)
      : meanOfFour(samples, validOf(index), block, width, height, plan),
  );
  return { width, height, bands, mask };
}

/** Which samples of a band take part: by the mask, by alpha, else by nodata. */
function validities(block: ExportBlock, plan: HalvedExport): (index: number) => Uint8Array | null {
  const alphaIndex = plan.alphaBand === null ? -1 : plan.bands.indexOf(plan.alphaBand);
  const opacity = alphaIndex === -1 ? null : block.bands[alphaIndex]!;
  const opaque =
    opacity === null ? null : Uint8Array.from(opacity as ArrayLike<number>, (value) => (value === 0 ? 0 : 1));
  return (index) => {
    if (isComplex(plan.dataType)) return block.mask;
    const mask = index === alphaIndex ? block.mask : both(block.mask, opaque);
    return bandValidity(block.bands[index]!, plan.nodata, mask);
  };
}

function both(a: Uint8Array | null, b: Uint8Array | null): Uint8Array | null {
  if (a === null || b === null) return a ?? b;
  return a.map((value, i) => (value !== 0 && b[i] !== 0 ? 1 : 0));
}

function halvedMask(block: ExportBlock, width: number, height: number): Uint8Array {
  const mask = new Uint8Array(width * height);
  for (let row = 0; row < block.height; row += 1) {
    for (let col = 0; col < block.width; col += 1) {
      if (block.mask![row * block.width + col] !== 0) mask[(row >> 1) * width + (col >> 1)] = 255;
    }
  }
  return mask;
}

/** What stands where no pixel is valid. */
function holeOf(samples: Samples, nodata: Nodata | null): number {
  if (nodata !== null) return Number(nodata);
  return samples instanceof Float32Array || samples instanceof Float64Array ? Number.NaN : 0;
}

function meanOfFour(
  samples: Exclude<Samples, BigInt64Array | BigUint64Array>,
  valid: Uint8Array | null,
  block: ExportBlock,
  width: number,
  height: number,
  { dataType, nodata }: HalvedExport,
): Samples {
  const sums = new Float64Array(width * height);
  const counts = new Uint8Array(width * height);
  for (let row = 0; row < block.height; row += 1) {
    const start = (row >> 1) * width;
    for (let col = 0; col < block.width; col += 1) {
      const from = row * block.width + col;
      if (valid !== null && valid[from] === 0) continue;
      const to = start + (col >> 1);
      sums[to]! += samples[from]!;
      counts[to]! += 1;
    }
  }
  const out = allocateSamples(dataType, width * height);
  const isWhole = integerRange(dataType) !== null;
  const hole = holeOf(samples, nodata);
  for (let i = 0; i < counts.length; i += 1) {
    const mean = sums[i]! / counts[i]!;
    out[i] = counts[i] === 0 ? hole : isWhole ? Math.floor(mean + 0.5) : mean;
  }
  return out;
}

/** The first valid one of four samples, from the top left. */
function pickFirst(
  samples: Samples,
  valid: Uint8Array | null,
  block: ExportBlock,
  width: number,
  height: number,
  { dataType, nodata }: HalvedExport,
): Samples {
  const parts = isComplex(dataType) ? 2 : 1;
  const out = allocateSamples(dataType, width * height);
  if (nodata !== null) out.fill((isBigSamples(out) ? BigInt(nodata) : Number(nodata)) as never);
  const isPicked = new Uint8Array(width * height);
  for (let row = 0; row < block.height; row += 1) {
    for (let col = 0; col < block.width; col += 1) {
      const from = row * block.width + col;
      const to = (row >> 1) * width + (col >> 1);
      if (isPicked[to] !== 0 || (valid !== null && valid[from] === 0)) continue;
      isPicked[to] = 1;
      for (let part = 0; part < parts; part += 1) out[parts * to + part] = samples[parts * from + part]!;
    }
  }
  return out;
}
