import {
  type BandProfile,
  isComplex,
  isRepresentable,
  MASK_ALPHA,
  MASK_NODATA,
  MASK_PER_DATASET,
  type Nodata,
  nodataToJson,
} from '@inlay/geo';
import type { LayoutFinding } from './layout-compatibility.ts';
import { nodataAt, type PlanOptions } from './plan-options.ts';
import type { VrtKind } from './problem.ts';
import type { SelectedLayout } from './select-bands.ts';

/**
 * The layout with the nodata that is honoured, and none where something else says which pixels are valid:
 * - a mosaic's alpha band or mask outweighs nodata. gdalbuildvrt lets nodata outweigh them, so that where it occurs
 *   inside an image the colours of what lies below shine through, one band at a time, and transparent ones cover it;
 * - a stack keeps neither alpha nor masks, so that nodata is all there is;
 * - values that no pixel of the type can have mean nothing.
 */
export function withOwnValidity(layout: SelectedLayout, options: PlanOptions, kind: VrtKind): SelectedLayout {
  const alphaBand = kind === 'mosaic' ? alphaNumber(layout) : null;
  const isMaskWanted = options.ignoreSourceMasks !== true && options.maskThreshold === undefined;
  // What is said of the pixels' nodata in so many words is more than what a file says.
  const yieldsToMask = isMaskWanted && options.sourceNodata === undefined && kind === 'mosaic';
  let isAlphaRead = false;
  const honoured = (band: BandProfile): BandProfile => {
    const { nodata, dataType, maskFlags } = band;
    if (yieldsToMask && alphaBand !== null && (maskFlags & (MASK_NODATA | MASK_PER_DATASET)) === MASK_NODATA) {
      isAlphaRead = true;
      return { ...band, nodata: null, maskFlags: MASK_PER_DATASET | MASK_ALPHA };
    }
    if (nodata === null) return band;
    const isMasked = yieldsToMask && (maskFlags & MASK_PER_DATASET) !== 0;
    return isMasked || !isRepresentable(nodata, dataType) ? { ...band, nodata: null } : band;
  };
  const bands = layout.bands.map(honoured);
  const alpha = layout.alpha === null ? null : { ...layout.alpha, band: honoured(layout.alpha.band) };
  const hasAlpha = alphaBand !== null || options.maskThreshold !== undefined;
  const isMaskLost = !hasAlpha && (layout.firstBand.maskFlags & MASK_PER_DATASET) !== 0;
  return {
    ...layout,
    bands,
    alpha,
    alphaBand: isAlphaRead ? alphaBand : null,
    hasStoredMask: layout.hasStoredMask || isMaskLost,
  };
}

/** The band that readers take for the others' alpha, where it goes into the output; null without one. */
function alphaNumber({ declared, bandNumbers, alpha }: SelectedLayout): number | null {
  if (alpha !== null) return isReadAsAlpha(alpha.band) ? alpha.number : null;
  const at = declared.findIndex(isReadAsAlpha);
  return at === -1 ? null : (bandNumbers[at] ?? null);
}

/** Alpha of other types is a value like others to readers (GDALRasterBand::GetMaskFlags; gdal.org, RFC 15). */
function isReadAsAlpha({ colorInterp, dataType }: BandProfile): boolean {
  return colorInterp === 'Alpha' && (dataType === 'Byte' || dataType === 'UInt16');
}

/** What to know about nodata that is not honoured, or not to the letter. */
export function validityFindings(layout: SelectedLayout, options: PlanOptions, kind: VrtKind): LayoutFinding[] {
  const { declared, bands, alphaBand } = layout;
  // Values that the options give are their own business, but for those that mean nothing.
  const told = declared.map((band, bandOffset) => {
    const { sourceNodata } = options;
    if (sourceNodata === undefined || kind === 'band_stack') return band;
    return { ...band, nodata: nodataAt(sourceNodata, (layout.bandNumbers[bandOffset] ?? 1) - 1) };
  });
  const dropped = told.filter(({ nodata }, bandOffset) => nodata !== null && bands[bandOffset]?.nodata === null);
  const findings: LayoutFinding[] = [];
  const impossible = told.find(({ nodata, dataType }) => nodata !== null && !isRepresentable(nodata, dataType));
  if (impossible) findings.push(nodataNotRepresentable(impossible, ': it is left out'));
  const outweighed = dropped.find(({ nodata, dataType }) => nodata !== null && isRepresentable(nodata, dataType));
  if (outweighed) {
    const by = alphaBand === null ? 'a mask' : 'an alpha band';
    const value = showValue(outweighed.nodata);
    findings.push({
      severity: 'warning',
      type: 'nodata_ignored',
      field: 'nodata',
      predicate: `has nodata ${value} besides ${by}, which alone decides what is drawn: a valid ${value} stays a value`,
      expected: null,
      actual: value,
      fix: 'nothing, if the mask or alpha band is right; otherwise remove it, or set sourceNodata',
    });
  }
  const complex = bands.find(({ nodata, dataType }) => nodata !== null && isComplex(dataType));
  if (complex && kind === 'mosaic') {
    const value = showValue(complex.nodata);
    findings.push({
      severity: 'warning',
      type: 'nodata_ignored',
      field: 'nodata',
      predicate: `has nodata ${value}, which readers do not look for in complex pixels: they cover what lies below`,
      expected: null,
      actual: value,
      fix: 'send sources that overlap in such an order that the ones with nodata come first',
    });
  }
  if (kind === 'band_stack' && bands.some((band) => isMaskLostInStack(band, options))) findings.push(maskLost());
  return findings;
}

function isMaskLostInStack({ nodata, maskFlags, colorInterp }: BandProfile, options: PlanOptions): boolean {
  const isMasked = colorInterp !== 'Alpha' && (maskFlags & MASK_PER_DATASET) !== 0;
  return isMasked && nodata === null && (options.nodata ?? options.sourceNodata) === undefined;
}

function maskLost(): LayoutFinding {
  return {
    severity: 'warning',
    type: 'mask_ignored',
    field: 'nodata',
    predicate: 'has a mask or alpha band, which a band stack does not keep: what it hides becomes the value 0',
    expected: null,
    actual: null,
    fix: 'set nodata to a value that no valid pixel has: what is hidden becomes that',
  };
}

/** A band's nodata that no pixel of its type can have. */
export function nodataNotRepresentable({ nodata, dataType }: BandProfile, consequence = ''): LayoutFinding {
  const value = showValue(nodata);
  return {
    severity: 'warning',
    type: 'nodata_not_representable',
    field: 'nodata',
    predicate: `has nodata ${value}, which no pixel of type ${dataType} can hold${consequence}`,
    expected: `a value of type ${dataType}`,
    actual: value,
    fix: 'set a nodata value that occurs in the pixels, or none (nodata_override when it is ingested)',
  };
}

function showValue(nodata: Nodata | null): string {
  return nodata === null ? 'none' : `${nodataToJson(nodata)}`;
}
