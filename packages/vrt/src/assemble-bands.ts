import { type BandProfile, isInteger, MASK_ALL_VALID, MASK_NODATA, type Nodata, type PixelGrid } from '@inlay/geo';
import { type BandWarnings, bandWarnings } from './band-warnings.ts';
import {
  type BandDecision,
  commonMetadata,
  decideAsGdal,
  type LayoutGroups,
  mosaicBands,
  mosaicMask,
  stackBands,
} from './bands.ts';
import { chooseNodata, givenNodata } from './output-nodata.ts';
import { isNarrowed, outputType, type TypePeers } from './output-type.ts';
import type { BandSources, Placements, SourceRead, VrtBandPlan } from './plan.ts';
import { nodataAt, type PlanOptions } from './plan-options.ts';
import { asPlain, canBePlain, isInexact, mayOverlap, withoutVainNodata } from './plain-reads.ts';
import type { Problem, VrtSourceInput } from './problem.ts';
import type { BandSelector, SelectedLayout } from './select-bands.ts';
import { isComparedExactly, type ValuesOf, valuesBySource } from './value-range.ts';

/** The sources of an output, and where they are in it. */
export interface PlacedSources {
  readonly sources: readonly VrtSourceInput[];
  readonly groups: LayoutGroups;
  readonly grid: PixelGrid;
  readonly placements: Placements;
}

/** The bands of an output, what goes with them, and what to know about the values in them. */
export interface AssembledBands {
  readonly bands: readonly VrtBandPlan[];
  readonly mask: BandSources | null;
  /** Of the whole output. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly warnings: readonly Problem[];
}

/** A band of the sources of one layout that is in an output band. */
export interface BandPart {
  /** Position of the layout in the groups. */
  readonly layout: number;
  /** Position in the layout's selected bands. */
  readonly bandOffset: number;
  readonly band: BandProfile;
}

/** The bands of a mosaic as gdalbuildvrt makes them. */
export function assembleAsGdal(placed: PlacedSources, select: BandSelector, options: PlanOptions): AssembledBands {
  const layouts = placed.groups.layouts.map(select);
  const bands = mosaicBands(layouts, placed.placements, options, decideAsGdal(options));
  return { bands, mask: mosaicMask(layouts, placed.placements, options), metadata: {}, warnings: [] };
}

/** The bands of a stack as gdalbuildvrt makes them. */
export function assembleStackAsGdal(placed: PlacedSources, select: BandSelector, options: PlanOptions): AssembledBands {
  const bands = stackBands(placed.groups.layouts, placed.placements, select, options, decideAsGdal(options));
  return { bands, mask: null, metadata: {}, warnings: [] };
}

/** The bands of a mosaic whose every valid pixel stays what it is, as far as readers and what is known allow it. */
export function assembleMosaic(placed: PlacedSources, select: BandSelector, options: PlanOptions): AssembledBands {
  const { sources, groups, grid, placements } = placed;
  const layouts = groups.layouts.map(select);
  const valuesOf = valuesBySource(sources, groups.layoutOf, layouts, options);
  const outputs = (layouts[0]?.bands ?? []).map((_, bandOffset) => partsOf(layouts, bandOffset));
  const noticed: BandWarnings[] = [];
  const decisions = outputs.map((parts, bandOffset) => {
    const areAlpha = parts[0]?.band.colorInterp === 'Alpha';
    return decide(parts, peersOf(parts, areAlpha), bandOffset, { options, valuesOf, noticed });
  });
  const mask = mosaicMask(layouts, placements, options);
  const made = mosaicBands(layouts, placements, options, (_, bandOffset) => decisions[bandOffset]!);
  const hidesMasked = mask !== null || made.some(({ colorInterp }) => colorInterp === 'Alpha');
  let overlap: boolean | null = null;
  const isOnTop = () => (overlap ??= mayOverlap(grid, placements));
  const bands = made.map((band, bandOffset) =>
    simplified(band, outputs[bandOffset] ?? [], { valuesOf, hidesMasked, isOnTop, notice: noticed[bandOffset] }),
  );
  return {
    bands,
    mask,
    metadata: commonMetadata(layouts),
    warnings: bandWarnings(noticed, placed, layouts, 'mosaic'),
  };
}

/** The bands of a stack, each of a source of its own: nothing lies below it, so that fewer pixels have to be compared. */
export function assembleStack(placed: PlacedSources, select: BandSelector, options: PlanOptions): AssembledBands {
  const { sources, groups, placements } = placed;
  const layouts = groups.layouts.map(select);
  const valuesOf = valuesBySource(sources, groups.layoutOf, layouts, options);
  const { sourceNodata } = options;
  const parts: BandPart[] = [];
  for (const [placement, sourceIndex] of placements.sourceIndex.entries()) {
    if (placements.sourceIndex[placement - 1] === sourceIndex) continue;
    const layout = groups.layoutOf[sourceIndex] ?? -1;
    for (const [bandOffset, band] of (layouts[layout]?.bands ?? []).entries()) {
      const nodata = sourceNodata === undefined ? band.nodata : nodataAt(sourceNodata, parts.length);
      parts.push({ layout, bandOffset, band: { ...band, nodata } });
    }
  }
  const noticed: BandWarnings[] = [];
  // A stack keeps no colours: alpha is a band like others.
  const peers = peersOf(parts, false);
  const decisions = parts.map((part, output) => decide([part], peers, output, { options, valuesOf, noticed }));
  const made = stackBands(groups.layouts, placements, select, options, (_, output) => decisions[output]!);
  const bands = made.map((band, output) =>
    simplified(band, parts.slice(output, output + 1), {
      valuesOf,
      hidesMasked: false,
      isOnTop: () => false,
      notice: noticed[output],
    }),
  );
  return {
    bands,
    mask: null,
    metadata: commonMetadata(layouts),
    warnings: bandWarnings(noticed, placed, layouts, 'band_stack'),
  };
}

function partsOf(layouts: readonly SelectedLayout[], bandOffset: number): BandPart[] {
  return layouts.flatMap(({ bands }, layout) => {
    const band = bands[bandOffset];
    return band === undefined ? [] : [{ layout, bandOffset, band }];
  });
}

interface DecisionContext {
  readonly options: PlanOptions;
  readonly valuesOf: ValuesOf;
  /** What is noticed is appended to it, an entry per output band. */
  readonly noticed: BandWarnings[];
}

function peersOf(parts: readonly BandPart[], areAlpha: boolean): TypePeers {
  return {
    types: new Set(parts.map(({ band }) => band.dataType)),
    areCompared: parts.some(({ band }) => isCompared(band)),
    areAlpha,
  };
}

function decide(
  parts: readonly BandPart[],
  peers: TypePeers,
  output: number,
  { options, valuesOf, noticed }: DecisionContext,
): BandDecision {
  const [reference] = parts;
  if (reference === undefined) throw new TypeError('an output band without a source');
  const dataType = outputType(reference.band.dataType, peers, options.dataType);
  const bands = parts.map(({ layout, bandOffset, band }) => ({ band, values: () => valuesOf(layout, bandOffset) }));
  const narrowed =
    options.dataType === undefined
      ? []
      : parts.filter((_, at) => isNarrowed(bands[at]!.band, dataType, bands[at]!.values().possible));

  let given: Nodata | null = null;
  let choice: ReturnType<typeof givenNodata> = { nodata: null, collisions: [] };
  if (options.nodata === undefined) {
    choice = chooseNodata(bands, dataType);
  } else {
    given = nodataAt(options.nodata, output);
    choice = givenNodata(given, bands, dataType);
  }
  const { nodata, collisions } = choice === 'not representable' ? { nodata: null, collisions: [] } : choice;
  const isRefused = choice === 'not representable';
  // With a threshold, readers give valid pixels of the value that masked ones get another one.
  const hasThreshold = options.maskThreshold !== undefined;
  const fill = nodata ?? (dataType === 'Int64' || dataType === 'UInt64' ? 0n : 0);
  noticed.push({
    output,
    dataType,
    nodata,
    isGiven: options.nodata !== undefined,
    refused: isRefused ? given : null,
    collisions: hasThreshold ? [] : collisions.map((at) => parts[at]!),
    narrowed,
    near: [],
    inexact: [],
  });
  return { dataType, nodata: hasThreshold ? fill : nodata, fill };
}

/** Whether readers compare the band's pixels with nodata, or look at a mask. */
function isCompared({ nodata, maskFlags, colorInterp }: BandProfile): boolean {
  return nodata !== null || colorInterp === 'Alpha' || (maskFlags !== MASK_ALL_VALID && maskFlags !== MASK_NODATA);
}

interface ReadContext {
  readonly valuesOf: ValuesOf;
  /** The output has a mask or alpha. */
  readonly hidesMasked: boolean;
  readonly isOnTop: () => boolean;
  readonly notice: BandWarnings | undefined;
}

/**
 * The band with sources copied as they are where comparing their pixels would change some and is not needed: where no
 * source lies on top of another and their nodata is the band's own. What is to be compared all the same is noticed.
 */
function simplified(band: VrtBandPlan, parts: readonly BandPart[], context: ReadContext): VrtBandPlan {
  const { valuesOf, hidesMasked, isOnTop, notice } = context;
  const reads = band.reads.map((given, at): SourceRead => {
    const read = withoutVainNodata(given);
    const part = parts[at];
    const isNearNodata = part !== undefined && isNearValues(part, read, valuesOf);
    const isRounded = isInexact(read, band.dataType);
    if (!isNearNodata && !isRounded && read.alphaBand === null) return read;
    const isCopied = canBePlain(read, band, hidesMasked) && !isOnTop();
    if (part !== undefined && isRounded && !isCopied) notice?.inexact.push(part);
    // Copied floating-point pixels are compared as roughly when the output's own nodata is looked for.
    if (isNearNodata && !(isCopied && isInteger(read.dataType))) notice?.near.push(part);
    return isCopied ? asPlain(read) : read;
  });
  return { ...band, reads };
}

function isNearValues({ layout, bandOffset }: BandPart, read: SourceRead, valuesOf: ValuesOf): boolean {
  if (read.nodata === null || isComparedExactly(read.dataType)) return false;
  return valuesOf(layout, bandOffset).isNearNodata;
}
