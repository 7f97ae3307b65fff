import {
  type BandProfile,
  type ColorEntry,
  isComplex,
  isRepresentable,
  MASK_PER_DATASET,
  nodataToJson,
  sameNodata,
} from '@inlay/geo';
import { bandNameFindings } from './band-names.ts';
import { nodataNotRepresentable, validityFindings } from './band-validity.ts';
import type { CompatibleOptions, PlanOptions } from './plan-options.ts';
import { nameOf, type ProblemType, type VrtKind } from './problem.ts';
import type { SelectedLayout } from './select-bands.ts';

/** What a layout breaks or should be warned about, before it is known which sources have that layout. */
export interface LayoutFinding {
  readonly severity: 'problem' | 'warning';
  readonly type: ProblemType;
  readonly field: string;
  /** Completes the sentence that begins with the source. */
  readonly predicate: string;
  readonly expected: string | null;
  readonly actual: string | null;
  readonly fix: string;
}

/**
 * Everything that keeps sources of this layout out of a mosaic that begins with a source of the `reference` layout,
 * and every warning: gdalbuildvrt's rules (band count, colour interpretation, data type, palette, scale and offset)
 * and nodata, units and masks, which gdalbuildvrt does not look at.
 */
export function mosaicFindings(
  layout: SelectedLayout,
  reference: SelectedLayout,
  options: PlanOptions | CompatibleOptions,
): LayoutFinding[] {
  const own = [...missing(layout), ...ownFindings(layout, options, 'mosaic')];
  // Bands cannot be compared pair by pair where some are missing, and the first source is told of its own.
  if (layout === reference || layout.missing.length > 0 || reference.missing.length > 0) return own;
  return [
    ...bandCount(layout, reference),
    ...(options.dataType === undefined ? dataType(layout, reference, 'mosaic') : []),
    ...colorInterp(layout, reference),
    ...palette(layout, reference),
    ...scaleOrOffset(layout, reference, 'scale', 1),
    ...scaleOrOffset(layout, reference, 'offset', 0),
    ...unit(layout, reference),
    ...nodata(layout, reference, 'mosaic', options),
    ...own,
  ];
}

/** The same for a band stack, where every band keeps its own nodata and scale. Its sources have one band each by default. */
export function bandStackFindings(
  layout: SelectedLayout,
  reference: SelectedLayout,
  options: PlanOptions | CompatibleOptions,
): LayoutFinding[] {
  return [
    ...missing(layout),
    ...(options.bands === undefined && !('mode' in options) ? singleBand(layout) : []),
    ...(layout.missing.length > 0 || reference.missing.length > 0
      ? []
      : [
          ...(options.dataType === undefined ? dataType(layout, reference, 'band_stack') : []),
          ...nodata(layout, reference, 'band_stack', options),
        ]),
    ...ownFindings(layout, options, 'band_stack'),
  ];
}

function bandCount(layout: SelectedLayout, reference: SelectedLayout): LayoutFinding[] {
  if (layout.bands.length === reference.bands.length) return [];
  return [
    {
      severity: 'problem',
      type: 'band_count_mismatch',
      field: 'band_count',
      predicate: `has ${countOf(layout.bands.length, 'band')}, the mosaic has ${reference.bands.length}`,
      expected: `${reference.bands.length}`,
      actual: `${layout.bands.length}`,
      fix: 'set bands to the ones that all sources have, or leave this source out',
    },
  ];
}

function missing({ bands, alpha, selectable, missing: all }: SelectedLayout): LayoutFinding[] {
  if (bands.length === 0 && alpha === null && all.length === 0) return [nothingButAlpha()];
  const misnamed = bandNameFindings(all, selectable);
  const missed = all.flatMap(({ wanted }) => (typeof wanted === 'number' ? [wanted] : []));
  if (missed.length === 0) return misnamed;
  const count = countOf(selectable.length, 'band');
  return [
    ...misnamed,
    {
      severity: 'problem',
      type: 'band_count_mismatch',
      field: 'band_count',
      predicate: `has ${count}, and ${missed.length === 1 ? 'band' : 'bands'} ${missed.join(', ')} ${missed.length === 1 ? 'is' : 'are'} asked for`,
      expected: `at least ${Math.max(...missed)}`,
      actual: `${selectable.length}`,
      fix: 'set bands to the ones that all sources have, or leave this source out',
    },
  ];
}

function nothingButAlpha(): LayoutFinding {
  return {
    severity: 'problem',
    type: 'band_count_mismatch',
    field: 'band_count',
    predicate: 'has no band but alpha, which is used up for nodata',
    expected: 'at least 1',
    actual: '0',
    fix: 'leave this source out, or set no mask threshold',
  };
}

function singleBand(layout: SelectedLayout): LayoutFinding[] {
  if (layout.bands.length === 1) return [];
  return [
    {
      severity: 'problem',
      type: 'single_band_required',
      field: 'band_count',
      predicate: `has ${countOf(layout.bands.length, 'band')}, a band stack takes sources of one band each`,
      expected: '1',
      actual: `${layout.bands.length}`,
      fix: 'set bands to the one to take, or split the source into files of one band',
    },
  ];
}

function dataType(layout: SelectedLayout, reference: SelectedLayout, kind: VrtKind): LayoutFinding[] {
  return perBand(layout, reference, (a, b) => a.dataType === b.dataType, {
    severity: 'problem',
    type: 'dtype_mismatch',
    field: 'dtype',
    kind,
    verb: 'is',
    value: (band) => band.dataType,
    fix: (expected) => `set dtype to "promote", or convert the source to ${expected}`,
  });
}

function colorInterp(layout: SelectedLayout, reference: SelectedLayout): LayoutFinding[] {
  return perBand(layout, reference, (a, b) => a.colorInterp === b.colorInterp, {
    severity: 'problem',
    type: 'color_interp_mismatch',
    field: 'color_interp',
    kind: 'mosaic',
    verb: 'is',
    value: (band) => band.colorInterp,
    fix: () => 'give the bands of both the same colour interpretation, in the same order (gdal_edit.py -colorinterp_N)',
  });
}

/** Only the size decides; where single entries differ, the reference's table wins and the colours may be wrong. */
function palette(layout: SelectedLayout, reference: SelectedLayout): LayoutFinding[] {
  const differs = (a: BandProfile, b: BandProfile, same: (a: ColorTable | null, b: ColorTable) => boolean) =>
    b.colorTable !== null && a.colorInterp === b.colorInterp && !same(a.colorTable, b.colorTable);
  const shape = {
    type: 'palette_mismatch',
    field: 'color_table',
    kind: 'mosaic',
    value: (band: BandProfile) => (band.colorTable === null ? null : `${band.colorTable.length} colours`),
    show: (value: string | null) => (value === null ? 'no palette' : `a palette of ${value}`),
    fix: () => 'expand both to red, green and blue first (gdal_translate -expand rgb)',
  } as const;
  const sizes = perBand(layout, reference, (a, b) => !differs(a, b, (a, b) => a?.length === b.length), {
    ...shape,
    severity: 'problem',
  });
  if (sizes.length > 0) return sizes;
  return perBand(layout, reference, (a, b) => !differs(a, b, samePalette), { ...shape, severity: 'warning' });
}

type ColorTable = readonly ColorEntry[];

function samePalette(a: ColorTable | null, b: ColorTable): boolean {
  return b.every((entry, index) => entry.every((value, channel) => value === a?.[index]?.[channel]));
}

function scaleOrOffset(
  layout: SelectedLayout,
  reference: SelectedLayout,
  field: 'scale' | 'offset',
  neutral: number,
): LayoutFinding[] {
  return perBand(layout, reference, (a, b) => (a[field] ?? neutral) === (b[field] ?? neutral), {
    severity: 'problem',
    type: 'scale_offset_mismatch',
    field,
    kind: 'mosaic',
    value: (band) => `${band[field] ?? neutral}`,
    show: (value) => `${field} ${value}`,
    fix: () => 'apply scale and offset first (gdal_translate -unscale), or leave this source out',
  });
}

function unit(layout: SelectedLayout, reference: SelectedLayout): LayoutFinding[] {
  return perBand(layout, reference, (a, b) => (a.unit ?? '') === (b.unit ?? ''), {
    severity: 'warning',
    type: 'unit_mismatch',
    field: 'unit',
    kind: 'mosaic',
    value: (band) => band.unit,
    show: (value) => (value ? `values in ${value}` : 'no unit'),
    fix: () => 'check that the values are comparable; the mosaic gets no unit',
  });
}

/**
 * Each source's own nodata is honoured, so that different ones are a warning. In a mosaic they are a problem where
 * readers cannot tell nodata in time: they never look for it in complex pixels, and compare 64-bit integers as
 * doubles.
 */
function nodata(
  layout: SelectedLayout,
  reference: SelectedLayout,
  kind: VrtKind,
  options: PlanOptions | CompatibleOptions,
): LayoutFinding[] {
  const isCompatible = 'mode' in options;
  const shape = {
    type: 'nodata_inconsistent',
    field: 'nodata',
    kind,
    value: ({ nodata }: BandProfile) => (nodata === null ? null : `${nodataToJson(nodata)}`),
    show: showNodata,
    // Its nodata need not be the mosaic's.
    ...(isCompatible ? {} : { peer: 'the first source' }),
  } as const;
  const unhonoured = perBand(layout, reference, (a, b) => canHonourBoth(a, b) || kind === 'band_stack', {
    ...shape,
    severity: 'problem',
    fix: (expected) => `give the source the same as the mosaic: ${showNodata(expected)}`,
  });
  if (unhonoured.length > 0) return unhonoured;
  return perBand(layout, reference, (a, b) => sameNodata(a.nodata, b.nodata), {
    ...shape,
    severity: 'warning',
    fix: (expected, actual) =>
      isCompatible || kind === 'band_stack'
        ? nodataAdvice(kind, expected, actual)
        : 'nothing, as long as there is no warning of a nodata_collision: each source keeps its own',
  });
}

function nodataAdvice(kind: VrtKind, expected: string | null, actual: string | null): string {
  if (kind === 'band_stack') return 'nothing, unless the stack is to become one GeoTIFF, which has one nodata for all';
  if (expected === null) {
    return `put a source with ${showNodata(actual)} first: otherwise places without data become the value 0`;
  }
  return `make sure that no valid pixel of this source has the value ${expected}: it would become nodata`;
}

function canHonourBoth(a: BandProfile, b: BandProfile): boolean {
  return sameNodata(a.nodata, b.nodata) || (isComparedExactly(a) && isComparedExactly(b));
}

function isComparedExactly({ nodata, dataType }: BandProfile): boolean {
  if (nodata === null) return true;
  if (isComplex(dataType)) return false;
  return typeof nodata === 'number' || BigInt(Number(nodata)) === nodata;
}

/** Findings that need no reference. */
function ownFindings(layout: SelectedLayout, options: PlanOptions | CompatibleOptions, kind: VrtKind): LayoutFinding[] {
  return 'mode' in options ? compatibleFindings(layout) : validityFindings(layout, options, kind);
}

/** What gdalbuildvrt makes of nodata that is not what it seems. */
function compatibleFindings(layout: SelectedLayout): LayoutFinding[] {
  const findings: LayoutFinding[] = [];
  const unrepresentable = layout.bands.find(
    (band) => band.nodata !== null && !isRepresentable(band.nodata, band.dataType),
  );
  if (unrepresentable) findings.push(nodataNotRepresentable(unrepresentable));
  const hasNodata = layout.bands.some((band) => band.nodata !== null);
  const hasMask = layout.bands.some(
    (band) => band.colorInterp === 'Alpha' || (band.maskFlags & MASK_PER_DATASET) !== 0,
  );
  if (hasNodata && hasMask) {
    findings.push({
      severity: 'warning',
      type: 'mask_ignored',
      field: 'nodata',
      predicate: 'has both a nodata value and a mask or alpha band: its nodata alone decides which pixels are drawn',
      expected: null,
      actual: null,
      fix: 'remove the nodata value (gdal_edit.py -unsetnodata) if the mask or alpha band is to decide',
    });
  }
  const rounded = layout.bands.find(
    ({ dataType, nodata }) => (dataType === 'Int64' || dataType === 'UInt64') && (nodata !== null || hasMask),
  );
  if (rounded) {
    findings.push({
      severity: 'warning',
      type: 'int64_precision',
      field: 'dtype',
      predicate: `is ${rounded.dataType} with nodata or a mask: GDAL rounds its values beyond 2^53 to doubles`,
      expected: null,
      actual: rounded.dataType,
      fix: 'remove nodata and mask if the source has such values, or leave it out',
    });
  }
  return findings;
}

interface BandComparison {
  readonly severity: 'problem' | 'warning';
  readonly type: ProblemType;
  readonly field: string;
  readonly kind: VrtKind;
  /** What has the expected value; the output unless given. */
  readonly peer?: string;
  /** `has` unless given. */
  readonly verb?: 'is';
  /** What is compared, as text; null where the band has none. */
  readonly value: (band: BandProfile) => string | null;
  /** How a sentence says it; as it is unless given. */
  readonly show?: (value: string | null) => string;
  readonly fix: (expected: string | null, actual: string | null) => string;
}

/** One finding for all bands that both layouts have: it tells the first pair that differs, and how many more do. */
function perBand(
  layout: SelectedLayout,
  reference: SelectedLayout,
  agree: (band: BandProfile, reference: BandProfile) => boolean,
  comparison: BandComparison,
): LayoutFinding[] {
  const { severity, type, field, kind, value, fix } = comparison;
  const verb = comparison.verb ?? 'has';
  const show = comparison.show ?? String;
  const pairs = layout.bands.flatMap((band, bandOffset) => {
    const expected = reference.bands[bandOffset];
    return expected === undefined || agree(band, expected)
      ? []
      : [{ band, expected, number: layout.bandNumbers[bandOffset] }];
  });
  const [first] = pairs;
  if (first === undefined) return [];
  const expected = value(first.expected);
  const actual = value(first.band);
  const subject = layout.bands.length === 1 ? verb : `band ${first.number} ${verb}`;
  const more = pairs.length === 1 ? '' : ` (${pairs.length - 1} more bands differ)`;
  const predicate = `${subject} ${show(actual)}, ${comparison.peer ?? nameOf(kind)} ${verb} ${show(expected)}${more}`;
  return [{ severity, type, field, predicate, expected, actual, fix: fix(expected, actual) }];
}

function showNodata(value: string | null): string {
  return value === null ? 'no nodata value' : `nodata ${value}`;
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
