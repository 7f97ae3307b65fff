import type { Footprint, VrtValidation } from '@inlay/contract';
import type { Feature } from 'geojson';
import type { PlacedFootprint } from '../catalogue/choose-imagery.ts';
import { imageryLayers } from '../catalogue/imagery.ts';
import { type BBox, touches, unwrapped } from '../map/bbox.ts';
import { footprintLayers, type FootprintsState } from '../map/layers/footprints.ts';
import type { FeatureState, MapImage, MapLayer } from '../map/map-layer.ts';
import type { Palette } from '../map/palette.ts';
import { dots, hatch, plate } from '../map/pictures.ts';
import type { Sight } from '../map/viewport.ts';

/** Sources shown with their pixels at a time, from the top. */
const MOST_IMAGERY = 24;
/** Smaller ones, in CSS pixels, show as outlines only. */
const LEAST_PIXELS = 40;
/** More numbers than this are not read. */
const MOST_NUMBERS = 150;

const SELECTED: FeatureState = { selected: true };
const REFUSED: FeatureState = { selected: true, refused: true };

/** The boxes of some footprints, as far as they have one. */
export function boxesOf(ids: Iterable<string>, placed: ReadonlyMap<string, PlacedFootprint>): BBox[] {
  const boxes: BBox[] = [];
  for (const id of ids) {
    const one = placed.get(id);
    if (one !== undefined) boxes.push(one.box);
  }
  return boxes;
}

/** Which footprints look chosen and refused. The states are the same objects as before: only what differs is drawn anew. */
export function statesOf(
  chosen: Iterable<string>,
  refused: ReadonlySet<string>,
  hovered: string | null,
): ReadonlyMap<string, FeatureState> {
  const states = new Map<string, FeatureState>();
  for (const id of chosen) states.set(id, refused.has(id) ? REFUSED : SELECTED);
  if (hovered !== null) states.set(hovered, { ...states.get(hovered), hovered: true });
  return states;
}

/** The sources whose pixels to show, the lowest first: those in sight, large enough to be made out, and not refused. */
export function imageryInOrder(
  topToBottom: readonly string[],
  refused: ReadonlySet<string>,
  placed: ReadonlyMap<string, PlacedFootprint>,
  sight: Sight,
): readonly PlacedFootprint[] {
  const pixelsPerDegree = (512 * 2 ** sight.zoom) / 360;
  const chosen: PlacedFootprint[] = [];
  for (const id of topToBottom) {
    if (chosen.length === MOST_IMAGERY) break;
    const one = placed.get(id);
    if (one === undefined || refused.has(id)) continue;
    const isLarge = (unwrapped(one.box)[2] - one.box[0]) * pixelsPerDegree >= LEAST_PIXELS;
    if (isLarge && touches(one.box, sight.bbox)) chosen.push(one);
  }
  return chosen.toReversed();
}

type Outline = Footprint['outline'];
type PlanShape = NonNullable<VrtValidation['plan']>;

export interface BuildScene extends Omit<FootprintsState, 'isHollow'> {
  readonly imagery: readonly PlacedFootprint[];
  readonly refused: MapLayer['source'];
  readonly numbers: NumberSource | null;
  readonly shape: ShapeSources | null;
  readonly palette: Palette;
  /** Of the palette, for the names of pictures. */
  readonly mode: string;
}

/** All that the page shows, from the bottom up. */
export function buildLayers({
  imagery,
  refused,
  numbers,
  shape,
  palette,
  mode,
  ...footprints
}: BuildScene): MapLayer[] {
  const refusedHatch = `hatch danger ${mode}`;
  return [
    ...imageryLayers(imagery),
    ...(shape === null ? [] : coverageLayers(shape, palette, mode)),
    ...footprintLayers({ ...footprints, isHollow: imagery.length > 0, isFaint: true }, palette),
    {
      id: 'refused',
      source: refused,
      images: once(refusedHatch, () => hatch(palette.danger)),
      styles: [
        { type: 'fill', paint: { 'fill-pattern': refusedHatch } },
        { type: 'line', paint: { 'line-color': palette.danger, 'line-width': 2, 'line-dasharray': [2, 1.5] } },
      ],
    },
    ...(shape === null ? [] : [outlineLayer(shape, palette)]),
    ...(numbers === null ? [] : [numberLayer(numbers)]),
  ];
}

/** Outlines of refused sources. */
export function refusedSource(
  footprints: ReadonlyMap<string, Footprint>,
  refused: ReadonlySet<string>,
): MapLayer['source'] {
  return collection(
    [...refused].flatMap((id) => {
      const footprint = footprints.get(id);
      return footprint === undefined ? [] : [polygon(footprint.outline)];
    }),
  );
}

export interface ShapeSources {
  readonly outline: MapLayer['source'];
  readonly gaps: MapLayer['source'];
  readonly overlaps: MapLayer['source'];
}

/** Where the output of a plan lies, and how it is covered. */
export function shapeSources({ outline, coverage }: PlanShape): ShapeSources {
  return {
    outline: collection(outline === null ? [] : [polygon(outline)]),
    gaps: collection((coverage?.gaps ?? []).map((ring) => polygon([ring]))),
    overlaps: collection((coverage?.overlaps ?? []).map((ring) => polygon([ring]))),
  };
}

function coverageLayers({ gaps, overlaps }: ShapeSources, palette: Palette, mode: string): MapLayer[] {
  const [gap, overlap] = [`hatch warn ${mode}`, `dots ${mode}`];
  return [
    {
      id: 'gaps',
      source: gaps,
      images: once(gap, () => hatch(palette.warn, { width: 1, wash: 0.06 })),
      styles: [{ type: 'fill', paint: { 'fill-pattern': gap } }],
    },
    {
      id: 'overlaps',
      source: overlaps,
      images: once(overlap, () => dots(palette.halo)),
      styles: [{ type: 'fill', paint: { 'fill-pattern': overlap } }],
    },
  ];
}

function outlineLayer({ outline }: ShapeSources, palette: Palette): MapLayer {
  return {
    id: 'output',
    source: outline,
    styles: [
      { type: 'line', paint: { 'line-color': palette.halo, 'line-width': 5, 'line-opacity': 0.9 } },
      { type: 'line', paint: { 'line-color': palette.ink, 'line-width': 1.75, 'line-dasharray': [4, 2] } },
    ],
  };
}

export interface NumberSource {
  readonly source: MapLayer['source'];
  readonly images: ReadonlyMap<string, MapImage>;
}

/** The number of each source's row where it lies; null where they are too many to be read. */
export function numberSource(
  shown: readonly string[],
  placed: ReadonlyMap<string, PlacedFootprint>,
  refused: ReadonlySet<string>,
  palette: Palette,
  mode: string,
): NumberSource | null {
  if (shown.length === 0 || shown.length > MOST_NUMBERS) return null;
  const images = new Map<string, MapImage>();
  const features = shown.flatMap((id, index): Feature[] => {
    const one = placed.get(id);
    if (one === undefined) return [];
    const isRefused = refused.has(id);
    const icon = `plate ${index + 1}${isRefused ? ' refused' : ''} ${mode}`;
    const colors = { ink: palette.halo, plate: isRefused ? palette.danger : palette.accent };
    images.set(
      icon,
      pictureOf(icon, () => plate(isRefused ? `${index + 1} refused` : `${index + 1}`, colors)),
    );
    const [west, south, east, north] = unwrapped(one.box);
    const middle = [(west + east) / 2, (south + north) / 2];
    return [{ type: 'Feature', properties: { icon, rank: index }, geometry: { type: 'Point', coordinates: middle } }];
  });
  return { source: collection(features), images };
}

function numberLayer({ source, images }: NumberSource): MapLayer {
  return {
    id: 'numbers',
    source,
    images,
    styles: [
      {
        type: 'symbol',
        // Where there is no room for two, the upper one is shown.
        layout: { 'icon-image': ['get', 'icon'], 'symbol-sort-key': ['get', 'rank'], 'icon-padding': 1 },
      },
    ],
  };
}

function polygon(outline: Outline): Feature {
  return {
    type: 'Feature',
    properties: {},
    geometry: { type: 'MultiPolygon', coordinates: outline.map((ring) => [ring]) },
  };
}

function collection(features: Feature[]): MapLayer['source'] {
  return { type: 'geojson', tolerance: 0.2, data: { type: 'FeatureCollection', features } };
}

const pictures = new Map<string, MapImage>();

function pictureOf(name: string, draw: () => MapImage): MapImage {
  const known = pictures.get(name);
  if (known !== undefined) return known;
  const picture = draw();
  pictures.set(name, picture);
  return picture;
}

function once(name: string, draw: () => MapImage): ReadonlyMap<string, MapImage> {
  return new Map([[name, pictureOf(name, draw)]]);
}
