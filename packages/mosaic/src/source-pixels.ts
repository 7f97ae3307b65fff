import type { DataType } from '@inlay/geo';
import type { Samples } from '@inlay/raster';
import { type BandRead, type CompiledMosaic, sourceLevels, type SourceTraits } from './compiled-mosaic.ts';
import { fullLattice, nearestLattice } from './lattice.ts';
import { alphaOf, bandNumber, maskKind } from './mask-kind.ts';
import type { Fidelity } from './fidelity.ts';
import type { PlannedRead } from './plan-reads.ts';
import { type LatticeSamples, readLattice, readMaskLattice, readSpots } from './read-lattice.ts';
import type { OpenedSource } from './source-port.ts';

/** All that is read of a source for some cells, row by row of them. */
export interface SourcePixels {
  /** Of the bands; null where none was wanted. */
  readonly dataType: DataType | null;
  /** By number, 1-based. */
  readonly bands: ReadonlyMap<number, Samples>;
  /** Null where it was not wanted. */
  readonly storedMask: Uint8Array | null;
  /** The alpha band as the mask of other bands, where that is not what is in `bands`. */
  readonly alphaMask: LatticeSamples | null;
  /** Marks of the cells whose pixels could not be read, non-zero; null where all could. */
  readonly missing: Uint8Array | null;
}

/** Reads the nearest pixels, of the level that GDAL would take. */
export async function readPixels(
  mosaic: CompiledMosaic,
  { sourceIndex, x, y, parts, spots }: PlannedRead,
  traits: SourceTraits,
  source: OpenedSource,
  fidelity: Fidelity,
  signal: AbortSignal | undefined,
): Promise<SourcePixels> {
  const kinds = parts.map(({ read }) => maskKind(read, traits));
  const masked = parts[kinds.indexOf('alpha')];
  const wide = fidelity === 'gdal' && masked !== undefined ? wideAlpha(masked.read, traits) : null;
  const wanted = new Set(parts.flatMap(({ read }) => bandsNeeded(read, traits)));
  if (wide !== null && !parts.some(({ read }) => read.sourceBand === wide)) wanted.delete(wide);
  const bands = [...wanted].sort((a, b) => a - b);
  const levels = sourceLevels(mosaic, sourceIndex, 'bands');
  if (spots !== undefined) {
    const read =
      bands.length === 0 ? null : await readSpots(source, nearestLattice(x, y, levels), { x, y }, spots, bands, signal);
    return { ...byNumber(bands, read), storedMask: null, alphaMask: null, missing: read?.missing ?? null };
  }
  const [read, storedMask, alphaMask] = await Promise.all([
    bands.length === 0 ? null : readLattice(source, nearestLattice(x, y, levels), bands, signal),
    kinds.includes('stored')
      ? readMaskLattice(source, nearestLattice(x, y, sourceLevels(mosaic, sourceIndex, 'mask')), signal)
      : null,
    wide === null ? null : readLattice(source, fullLattice(x, y, levels[0]!), [wide], signal),
  ]);
  return {
    ...byNumber(bands, read),
    storedMask,
    alphaMask,
    missing: union(read?.missing ?? null, alphaMask?.missing ?? null),
  };
}

/** Whether what a placement contributes can be read pixel by pixel: not where a mask is read apart from the bands. */
export function isReadBySpots({ parts }: PlannedRead, traits: SourceTraits, fidelity: Fidelity): boolean {
  return parts.every(({ read }) => {
    const kind = maskKind(read, traits);
    return kind !== 'stored' && !(kind === 'alpha' && fidelity === 'gdal' && wideAlpha(read, traits) !== null);
  });
}

function byNumber(bands: readonly number[], read: LatticeSamples | null): Pick<SourcePixels, 'dataType' | 'bands'> {
  const samples = bands.map((band, at) => [band, read!.bands[at]!] as const);
  return { dataType: read?.dataType ?? null, bands: new Map(samples) };
}

/** Marks of what either marks; null for none. */
export function union(a: Uint8Array | null, b: Uint8Array | null): Uint8Array | null {
  if (a === null || b === null) return a ?? b;
  return a.map((mark, at) => mark | b[at]!);
}

/** The alpha band where it has 16 bits, which GDAL reads in its own way; else null. */
function wideAlpha(read: BandRead, traits: SourceTraits): number | null {
  const alpha = alphaOf(read, traits);
  return traits.bands[alpha - 1]?.dataType === 'UInt16' ? alpha : null;
}

function bandsNeeded(read: BandRead, traits: SourceTraits): number[] {
  const { sourceBand, constant } = read;
  const own = sourceBand === 'mask' || constant !== null ? [] : [sourceBand];
  switch (maskKind(read, traits)) {
    case 'alpha':
      return [...own, alphaOf(read, traits)];
    case 'nodata':
    case 'self':
      return [bandNumber(sourceBand)];
    default:
      return own;
  }
}
