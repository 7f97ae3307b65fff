import { type BandProfile, type DataType, isComplex, isInteger, type PixelGrid } from '@inlay/geo';
import type { PixelFunction, Placements, VrtBandPlan } from './plan.ts';
import type { CompatibleOptions, PixelFunctionCall, PlanOptions } from './plan-options.ts';
import type { Problem } from './problem.ts';

/** Functions whose result is one of the values, or between them: they need no wider type to count in. */
const KEEPS_TYPE: ReadonlySet<string> = new Set(['min', 'max', 'mean']);

/** Those that need no function: the topmost source counts, in the order sent or in the reverse of it. */
const PAINTED: ReadonlySet<string> = new Set(['first', 'last']);

/**
 * What makes one value of the sources' values in a band, null where the topmost source counts. In the compatible mode, it is
 * what gdalbuildvrt 3.12 and later writes. Otherwise an alpha band is painted, whatever happens to the colours: it tells
 * where any source is, which is where they have a value.
 */
export function pixelFunctionOf(
  options: PlanOptions | CompatibleOptions,
  { dataType, colorInterp }: Pick<BandProfile, 'dataType' | 'colorInterp'>,
): PixelFunction | null {
  const { pixelFunction } = options;
  if (pixelFunction === undefined) return null;
  if (!('mode' in options) && (PAINTED.has(pixelFunction.name) || colorInterp === 'Alpha')) return null;
  return callOf(pixelFunction, dataType);
}

function callOf({ name, arguments: values }: PixelFunctionCall, dataType: DataType): PixelFunction {
  return { name, arguments: values ?? {}, transferType: KEEPS_TYPE.has(name) ? dataType : 'Float64' };
}

/** What stands in the way of a pixel function's right result, and what to know of it. */
export interface PixelFunctionFindings {
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/**
 * Checks that GDAL's functions give the right values for the bands of a mosaic. They are handed a value of **every** source
 * that a window touches: where a source has none, its nodata value, which they leave out, or else 0, which they count. One
 * finding of a kind, about the first band that has it.
 */
export function pixelFunctionFindings(
  options: PlanOptions | CompatibleOptions,
  bands: readonly VrtBandPlan[],
  placements: Placements,
  grid: PixelGrid,
): PixelFunctionFindings {
  const none = { problems: [], warnings: [] };
  // gdalbuildvrt does not look at any of it.
  if ('mode' in options) return none;
  const derived = bands.flatMap(({ pixelFunction, ...band }, bandOffset) =>
    pixelFunction === null ? [] : [{ ...band, name: pixelFunction.name, number: bandOffset + 1 }],
  );
  if (derived.length === 0) return none;
  // GDAL 3.13 ends the process where mean has no source (https://github.com/OSGeo/gdal/issues/15214).
  if (placements.count === 0) return { problems: [nothingToCall(derived[0]?.name ?? '')], warnings: [] };
  const isCovered = fillAll(placements, grid);
  const first = (finding: (band: DerivedBand) => Problem | null): Problem[] => {
    for (const band of derived) {
      const problem = finding(band);
      if (problem !== null) return [problem];
    }
    return [];
  };
  return {
    problems: [...first(unorderedValues), ...first((band) => missingNodata(band, isCovered))],
    warnings: first(roundedIntegers),
  };
}

function nothingToCall(name: string): Problem {
  return {
    index: -1,
    type: 'empty_output',
    field: 'bounds',
    message: `The pixel function ${name} has no values: none of the sources lies within the bounds of the mosaic`,
    expected: 'at least 1 source',
    actual: '0',
    fix: 'choose bounds that the sources lie in',
  };
}

type DerivedBand = Omit<VrtBandPlan, 'pixelFunction'> & { readonly name: string; readonly number: number };

/** Whether each source fills every pixel of the output. */
function fillAll({ count, dstRects }: Placements, { width, height }: PixelGrid): boolean {
  const whole = [0, 0, width, height];
  return count > 0 && dstRects.every((term, at) => term === whole[at & 3]);
}

const AVERAGES: ReadonlySet<string> = new Set(['mean', 'median']);

/** Values that cannot be compared, or that have no mean. */
function unorderedValues({ name, number, dataType, colorTable }: DerivedBand): Problem | null {
  if (isComplex(dataType)) {
    return problem(`takes no complex numbers, and band ${number} is ${dataType}`, 'dtype', {
      expected: 'real numbers',
      actual: dataType,
      fix: 'choose last or first, or take the real parts or the moduli first',
      name,
    });
  }
  if (colorTable === null || !AVERAGES.has(name)) return null;
  return problem(`of the numbers of two colours is a third colour, and band ${number} has a palette`, 'color_table', {
    expected: 'no palette',
    actual: `a palette of ${colorTable.length} colours`,
    fix: 'choose last or first, or expand the sources to red, green and blue first (gdal_translate -expand rgb)',
    name,
  });
}

function missingNodata(band: DerivedBand, isCovered: boolean): Problem | null {
  const { name, number, dataType, nodata, hideNodata, reads } = band;
  // Without a nodata value, NaN among floating-point numbers wins or loses by its place (GDAL 3.13, issue 15204).
  const hasAllValues = reads.every((read) => read.nodata === null && !read.useMask && read.maskThreshold === null);
  if (isCovered && hasAllValues && isInteger(dataType)) return null;
  if (isWide(dataType)) {
    return problem(`does not see the nodata value of band ${number}, which is ${dataType}`, 'nodata', {
      expected: 'sources that have every pixel of the mosaic, or integers of at most 32 bits',
      actual: dataType,
      fix: 'choose last or first, or convert the sources (gdal_translate -ot Int32, or Float64)',
      name,
    });
  }
  const why = 'GDAL would count places without data as values';
  const advice = { expected: `a nodata value of type ${dataType}`, name };
  if (nodata === null) {
    return problem(`needs a nodata value for band ${number}: ${why}`, 'nodata', {
      ...advice,
      actual: null,
      fix: 'set nodata to a value that no valid pixel has',
    });
  }
  if (!hideNodata) return null;
  return problem(`needs a nodata value for band ${number} that is not hidden: ${why}`, 'nodata', {
    ...advice,
    actual: `${nodata}, hidden`,
    fix: 'leave hideNodata out',
  });
}

/** GDAL keeps nodata of these types apart from that of all others, and does not hand it to functions (3.13). */
function isWide(dataType: DataType): boolean {
  return dataType === 'Int64' || dataType === 'UInt64';
}

function roundedIntegers({ name, number, dataType }: DerivedBand): Problem | null {
  if (!isWide(dataType)) return null;
  return {
    index: -1,
    type: 'int64_precision',
    field: 'dtype',
    message: `GDAL computes ${name} in doubles: values of band ${number} (${dataType}) beyond 2^53 are rounded`,
    expected: null,
    actual: dataType,
    fix: 'nothing, unless the sources have such values; then choose last or first',
  };
}

function problem(
  predicate: string,
  field: string,
  { name, ...particulars }: Pick<Problem, 'expected' | 'actual' | 'fix'> & { readonly name: string },
): Problem {
  const message = `The pixel function ${name} ${predicate}`;
  return { index: -1, type: 'pixel_function_unsupported', field, message, ...particulars };
}
