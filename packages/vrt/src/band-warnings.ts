import { type DataType, type Nodata, nodataToJson } from '@inlay/geo';
import type { BandPart, PlacedSources } from './assemble-bands.ts';
import { listSources } from './list-sources.ts';
import { nameOf, type Problem, type VrtKind } from './problem.ts';
import type { SelectedLayout } from './select-bands.ts';
import { isApart, isNear, type ValueRange, withDrawnNodata } from './value-range.ts';

/** What is to be known about the values of one output band (0-based), and of which sources. */
export interface BandWarnings {
  readonly output: number;
  readonly dataType: DataType;
  readonly nodata: Nodata | null;
  /** The nodata is what the options say. */
  readonly isGiven: boolean;
  /** The options' nodata that no pixel of the type can have. */
  readonly refused: Nodata | null;
  /** Sources whose valid pixels may have the nodata value. */
  readonly collisions: readonly BandPart[];
  /** Sources with values that the type has not. */
  readonly narrowed: readonly BandPart[];
  /** Sources with valid values that readers take for nodata. */
  readonly near: BandPart[];
  /** Sources with 64-bit integers that readers round. */
  readonly inexact: BandPart[];
}

/** Beyond this, not every integer is a double. */
const EXACT_DOUBLES = 2 ** 53;

/** The warnings of an output, one of each type: it tells of the first band, and how many more there are. */
export function bandWarnings(
  noticed: readonly BandWarnings[],
  placed: PlacedSources,
  layouts: readonly SelectedLayout[],
  kind: VrtKind,
): Problem[] {
  const facts = { placed, layouts, kind };
  return [
    first(
      noticed,
      ({ refused }) => refused !== null,
      (notice, more) => refusedNodata(notice, more, kind),
    ),
    first(
      noticed,
      ({ collisions }) => collisions.length > 0,
      (notice, more) => collision(notice, more, facts),
    ),
    first(
      noticed,
      ({ narrowed }) => narrowed.length > 0,
      (notice, more) => narrowing(notice, more, facts),
    ),
    first(
      noticed,
      ({ near }) => near.length > 0,
      (notice, more) => nearness(notice, more, facts),
    ),
    first(
      noticed,
      ({ inexact }) => inexact.length > 0,
      (notice, more) => rounding(notice, more, facts),
    ),
  ].flat();
}

interface Facts {
  readonly placed: PlacedSources;
  readonly layouts: readonly SelectedLayout[];
  readonly kind: VrtKind;
}

function first(
  noticed: readonly BandWarnings[],
  applies: (notice: BandWarnings) => boolean,
  warn: (notice: BandWarnings, more: string) => Problem | null,
): Problem[] {
  const all = noticed.filter(applies);
  const others = all.length - 1;
  for (const notice of all) {
    const warning = warn(notice, others === 0 ? '' : ` (band ${notice.output + 1}; ${others} more of them alike)`);
    if (warning !== null) return [warning];
  }
  return [];
}

function refusedNodata({ refused, dataType }: BandWarnings, more: string, kind: VrtKind): Problem {
  const value = show(refused);
  return {
    index: -1,
    type: 'nodata_not_representable',
    field: 'nodata',
    message: `No pixel of type ${dataType} can have the value ${value}: ${nameOf(kind)} has no nodata${more}`,
    expected: `a value of type ${dataType}`,
    actual: value,
    fix: `set nodata to a value that ${dataType} can hold`,
  };
}

function collision({ nodata, isGiven, collisions }: BandWarnings, more: string, facts: Facts): Problem | null {
  if (nodata === null) return null;
  const number = Number(nodata);
  const { count, text } = listParts(collisions, facts, (range, isExact) => {
    if (range === null) return !isGiven;
    const isWithin = number >= range.minimum && number <= range.maximum;
    return isGiven ? isWithin : !isExact || !isApart(nodata, range);
  });
  if (count === 0) return null;
  const value = show(nodata);
  const holds = isGiven ? `${count === 1 ? 'has' : 'have'} statistics around` : 'may have valid pixels of';
  return {
    index: -1,
    type: 'nodata_collision',
    field: 'nodata',
    message: `${text} ${holds} the value ${value}, which ${nameOf(facts.kind)} has for nodata: such pixels are lost${more}`,
    expected: 'a nodata value that no valid pixel has',
    actual: value,
    fix: isGiven
      ? 'set nodata to a value that no valid pixel has'
      : 'set nodata to a value that no valid pixel has, or give the sources exact statistics (gdalinfo -stats), by which one is chosen',
  };
}

function narrowing({ dataType, narrowed }: BandWarnings, more: string, facts: Facts): Problem | null {
  const { text } = listParts(narrowed, facts, () => true);
  const types = [...new Set(narrowed.map(({ band }) => band.dataType))].join(', ');
  return {
    index: -1,
    type: 'dtype_narrowed',
    field: 'dtype',
    message: `${text} can have values of type ${types} that ${dataType} has not: they are rounded or cut off${more}`,
    expected: types,
    actual: dataType,
    fix: 'set dtype to a type that holds them all, if there is one, or leave these sources out',
  };
}

function nearness({ near }: BandWarnings, more: string, facts: Facts): Problem | null {
  const [example] = near;
  const nodata = Number(example?.band.nodata ?? NaN);
  let value = NaN;
  const { count, text } = listParts(near, facts, (range) => {
    if (range === null) return false;
    const found = [range.minimum, range.maximum].find((end) => isNear(end, nodata));
    if (Number.isNaN(value) && found !== undefined) value = found;
    return found !== undefined;
  });
  if (count === 0) return null;
  return {
    index: -1,
    type: 'nodata_near_values',
    field: 'nodata',
    message: `${text} ${count === 1 ? 'has' : 'have'} valid pixels so near to nodata ${nodata} that GDAL takes them for it: ${value}${more}`,
    expected: 'valid values farther from nodata than 2.4e-7 of their sum',
    actual: `${value}`,
    fix: 'give the source a nodata value far from all others, for example NaN for floating point (gdal_calc.py, gdal_edit.py -a_nodata)',
  };
}

function rounding({ inexact, dataType }: BandWarnings, more: string, facts: Facts): Problem | null {
  const { count, text } = listParts(inexact, facts, (range, isExact) => {
    if (range === null || !isExact) return true;
    return Math.max(-range.minimum, range.maximum) > EXACT_DOUBLES;
  });
  if (count === 0) return null;
  return {
    index: -1,
    type: 'int64_precision',
    field: 'dtype',
    message: `${text} may have integers beyond 2^53, and pixels that are compared with nodata or a mask: GDAL rounds them to doubles (GDAL 3.6 beyond 2^24, to floats)${more}`,
    expected: null,
    actual: dataType,
    fix: 'send sources that do not overlap and have one nodata value, or none, if they have such values',
  };
}

/**
 * The sources of some parts that a condition holds for.
 * @param isMeant told the source's least and greatest value, null where unknown, and whether they are exact
 */
function listParts(
  parts: readonly BandPart[],
  { placed: { sources, groups }, layouts }: Facts,
  isMeant: (range: ValueRange | null, isExact: boolean) => boolean,
): { readonly count: number; readonly text: string } {
  const partOf = new Map(
    parts.map(({ layout, bandOffset, band }) => {
      const { bandNumbers = [], declared = [] } = layouts[layout] ?? {};
      const number = bandNumbers[bandOffset] ?? 0;
      return [layout, { number, band, declared: declared[bandOffset] ?? null }] as const;
    }),
  );
  return listSources(sources, (index) => {
    const part = partOf.get(groups.layoutOf[index] ?? -1);
    if (part === undefined) return false;
    const known = sources[index]?.profile.statistics[part.number - 1] ?? null;
    return known === null
      ? isMeant(null, false)
      : isMeant(withDrawnNodata(known, part.declared, part.band), !known.approximate);
  });
}

function show(nodata: Nodata | null): string {
  return nodata === null ? 'none' : `${nodataToJson(nodata)}`;
}
