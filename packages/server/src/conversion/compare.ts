import { type Affine, type BandProfile, type RasterProfile, sameCrs, sameNodata } from '@inlay/geo';

/** What a converted raster says otherwise than its original, one phrase each. */
export interface ConversionLosses {
  /** Facts by which pixels are placed, read or understood: what lacks them is not to be used. */
  readonly essential: readonly string[];
  /** Facts for people: what lacks them may be used, but the original is worth keeping. */
  readonly descriptive: readonly string[];
}

/** Compares all that a profile says, but how the pixels are stored. */
export function lossesOf(original: RasterProfile, converted: RasterProfile): ConversionLosses {
  if (converted.layout.bands.length !== original.layout.bands.length) {
    return { essential: ['its bands'], descriptive: [] };
  }
  const bands = (differ: (a: BandProfile, b: BandProfile) => boolean): boolean =>
    original.layout.bands.some((band, bandOffset) => differ(band, converted.layout.bands[bandOffset] as BandProfile));
  const [a, b] = [original.layout, converted.layout];
  return {
    essential: namesOf({
      'its size': original.width !== converted.width || original.height !== converted.height,
      'its georeference':
        original.georeference !== converted.georeference || !sameAffine(original.affine, converted.affine),
      'its CRS': !sameCrsOrNone(original, converted),
      'its mask': (a.mask === null) !== (b.mask === null),
      'its data type': bands((x, y) => x.dataType !== y.dataType),
      'its nodata value': bands((x, y) => !sameNodata(x.nodata, y.nodata)),
      'its palette': bands((x, y) => !isSame(x.colorTable, y.colorTable)),
      'its scale and offset': bands((x, y) => x.scale !== y.scale || x.offset !== y.offset),
      'which of its bands is alpha': bands((x, y) => (x.colorInterp === 'Alpha') !== (y.colorInterp === 'Alpha')),
    }),
    descriptive: namesOf({
      'metadata of the file': !isKept(a.metadata, b.metadata),
      'whether pixels are areas or points': a.areaOrPoint === 'Point' && b.areaOrPoint !== 'Point',
      'metadata of bands': bands((x, y) => !isKept(x.metadata, y.metadata)),
      'descriptions of bands': bands((x, y) => x.description !== y.description),
      'units of bands': bands((x, y) => (x.unit ?? '') !== (y.unit ?? '')),
      'categories of bands': bands((x, y) => !isSame(x.categories, y.categories)),
      'colour interpretation of bands': bands((x, y) => x.colorInterp !== y.colorInterp),
      'significant bits of bands': bands((x, y) => x.nbits !== y.nbits),
      'statistics of bands': original.statistics.some(
        (statistics, bandOffset) => statistics !== null && converted.statistics[bandOffset] == null,
      ),
    }),
  };
}

function namesOf(differences: Readonly<Record<string, boolean>>): string[] {
  return Object.entries(differences).flatMap(([name, differs]) => (differs ? [name] : []));
}

/** GDAL writes an affine as a tie point and a scale, whose numbers are the same but for a last digit. */
function sameAffine(a: Affine | null, b: Affine | null): boolean {
  if (a === null || b === null) return a === b;
  return a.every((value, index) => Math.abs(value - b[index]!) <= 1e-12 * Math.max(Math.abs(value), 1e-12));
}

function sameCrsOrNone(a: RasterProfile, b: RasterProfile): boolean {
  return a.crs === null || b.crs === null ? a.crs === b.crs : sameCrs(a.crs, b.crs);
}

/** Whether every item is there with its value; more may have been added. */
function isKept(items: Readonly<Record<string, string>>, within: Readonly<Record<string, string>>): boolean {
  return Object.entries(items).every(([key, value]) => within[key] === value);
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
