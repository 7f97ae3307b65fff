import { type BandProfile, type DataType, isComplex, isInteger } from '@inlay/geo';
import { holdsAll, holdsIntegers, promotedType } from './data-type-union.ts';
import type { PlanOptions } from './plan-options.ts';
import type { ValueRange } from './value-range.ts';

/** Bands whose types an output band is to have in common. */
export interface TypePeers {
  readonly types: ReadonlySet<DataType>;
  /** Readers compare the pixels of some with nodata or a mask, for which they convert them on the way. */
  readonly areCompared: boolean;
  /** They are a mosaic's alpha. */
  readonly areAlpha: boolean;
}

/** The type of an output band whose first source's is `own`. */
export function outputType(
  own: DataType,
  { types, areCompared, areAlpha }: TypePeers,
  option: PlanOptions['dataType'],
): DataType {
  if (option === undefined) return own;
  // Opaque is 255 in bytes: in another type it is as good as transparent, or not alpha at all.
  if (option !== 'promote' && !areAlpha) return option;
  const promoted = promotedType(types);
  // GDAL 3.6 computes in Float32 for an output of Int64, and in Float64 for one of that type: 32 bits stay what they are.
  return promoted === 'Int64' && areCompared && !types.has('Int64') ? 'Float64' : promoted;
}

/** Whether some value that a band may have is not a value of the output's type. */
export function isNarrowed(band: BandProfile, output: DataType, possible: ValueRange): boolean {
  const { dataType } = band;
  if (holdsAll(output, dataType)) return false;
  if (!isInteger(dataType) || isComplex(output)) return true;
  return !holdsIntegers(output, possible.minimum, possible.maximum);
}
