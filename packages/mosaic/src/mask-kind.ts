import type { BandRead, BandTraits, SourceTraits } from './compiled-mosaic.ts';

/** What the mask that is asked for is made of; null where none is asked for. */
export function maskKind(read: BandRead, traits: SourceTraits): MaskKind | null {
  const { sourceBand, useMask, alphaBand, maskThreshold } = read;
  if (!useMask && maskThreshold === null && sourceBand !== 'mask') return null;
  if (alphaBand !== null) return alphaBand === sourceBand ? 'self' : 'alpha';
  const { validity } = maskedBand(sourceBand, traits);
  // A band that is its own mask has no other.
  return sourceBand === 'mask' && validity === 'self' ? 'all' : validity;
}

/** See {@link BandTraits.validity}. */
export type MaskKind = BandTraits['validity'];

/** The band that a mask is of. */
export function maskedBand(sourceBand: BandRead['sourceBand'], { bands }: SourceTraits): BandTraits {
  return bands[bandNumber(sourceBand) - 1] ?? NO_BAND;
}

/** 1-based; the mask is that of band 1. */
export function bandNumber(sourceBand: BandRead['sourceBand']): number {
  return sourceBand === 'mask' ? 1 : sourceBand;
}

const NO_BAND: BandTraits = { dataType: 'Byte', nodata: null, validity: 'all' };

/** The alpha band that is a read's mask, where {@link maskKind} is `alpha`; 1-based. */
export function alphaOf({ sourceBand, alphaBand }: BandRead, traits: SourceTraits): number {
  return alphaBand ?? traits.alphaBand ?? bandNumber(sourceBand);
}
