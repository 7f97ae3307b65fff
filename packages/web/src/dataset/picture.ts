import type { RenderFields } from '@inlay/contract';
import { formatBBox, parseBBox } from '../map/bbox.ts';
import { choiceParam, textParam } from '../search-params.ts';
import { linkParams, type LinkParams } from './link.ts';

// How a dataset is shown. The URL's query carries it by the names that the server's tiles take, so that the same text works
// there; nothing of it stands in the query where the server's own choice is shown.

export const DATASET_TABS = ['facts', 'sources', 'history', 'files', 'use', 'access'] as const;
export type DatasetTab = (typeof DATASET_TABS)[number];

/** Parameters of the server's tiles that the page offers. */
export const RENDER_NAMES = [
  'bidx',
  'expression',
  'rescale',
  'colormap_name',
  'color_formula',
  'algorithm',
  'resampling',
] as const satisfies readonly (keyof RenderFields)[];
export type RenderName = (typeof RENDER_NAMES)[number];

/** Parameters by name, all text; those left out are chosen by the server. */
export type Picture = { readonly [Name in RenderName]?: string | undefined };

/** What the query of a dataset's page may have. */
export type DatasetSearch = Picture &
  LinkParams & {
    /** Left out: how it is shown. */
    readonly tab?: DatasetTab | undefined;
    /** Of the picture over the basemap, `0` to `100` percent; left out: 100. */
    readonly opacity?: string | undefined;
    /** The box to export, as `formatBBox` writes it. */
    readonly clip?: string | undefined;
    /** The place whose values are read: longitude and latitude, `11.5,48.1`. */
    readonly at?: string | undefined;
  };

/** Reads it of a query; what makes no sense is left out. */
export function datasetSearch(params: Readonly<Record<string, unknown>>): DatasetSearch {
  const opacity = opacityOf(textParam(params, 'opacity'));
  const place = parsePlace(textParam(params, 'at') ?? '');
  const clip = parseBBox(textParam(params, 'clip') ?? '');
  return {
    ...pictureOf(params),
    ...linkParams(params),
    tab: choiceParam(params, 'tab', DATASET_TABS),
    opacity: opacity === 100 ? undefined : String(opacity),
    clip: clip === null ? undefined : formatBBox(clip),
    at: place === null ? undefined : formatPlace(place),
  };
}

/** The parameters of rendering among others. */
export function pictureOf(params: Readonly<Record<string, unknown>>): Picture {
  return Object.fromEntries(RENDER_NAMES.map((name) => [name, textParam(params, name)]));
}

/** The parameters that are given, as the server takes them. */
export function renderQuery(picture: Picture): Readonly<Record<string, string>> {
  return Object.fromEntries(
    RENDER_NAMES.flatMap((name) => (picture[name] === undefined ? [] : [[name, picture[name]]])),
  );
}

/** Whether anything differs from the server's own choice. */
export function isChanged(picture: Picture): boolean {
  return RENDER_NAMES.some((name) => picture[name] !== undefined);
}

/** Percent, whole, 0 to 100; 100 where there is none. */
export function opacityOf(text: string | undefined): number {
  const value = text === undefined ? NaN : Number(text);
  return Number.isFinite(value) ? Math.min(100, Math.max(0, Math.round(value))) : 100;
}

/** Bands of `bidx`, from 1; empty where there are none. */
export function bandsOf(bidx: string | undefined): readonly number[] {
  return (bidx ?? '')
    .split(',')
    .map(Number)
    .filter((band) => Number.isInteger(band) && band > 0);
}

/** The ends of a stretch, `0,3000`; null where the server chooses them. */
export function rangeOf(rescale: string | undefined): readonly [low: number, high: number] | null {
  const [low, high, ...rest] = (rescale ?? '').split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  if (low === undefined || high === undefined || rest.length > 0) return null;
  return Number.isFinite(low) && Number.isFinite(high) ? [low, high] : null;
}

/** The ends of a stretch as `rescale`, with digits enough for one who drags across `span`. */
export function formatRange(low: number, high: number, span: number): string {
  const decimals = Math.min(12, Math.max(0, Math.ceil(3 - Math.log10(span > 0 ? span : 1))));
  return [low, high].map((value) => Number(value.toFixed(decimals))).join(',');
}

/** The gamma of a colour formula `gamma rgb 1.2`; 1 where there is none, or one of another kind. */
export function gammaOf(formula: string | undefined): number {
  const found = /^gamma rgb ([0-9.]+)$/.exec(formula ?? '');
  const value = Number(found?.[1] ?? 1);
  return Number.isFinite(value) && value > 0 ? value : 1;
}

/** A place in degrees. */
export interface Place {
  readonly lon: number;
  readonly lat: number;
}

/** `11.57540,48.13710`: to a metre or so. */
export function formatPlace({ lon, lat }: Place): string {
  return `${lon.toFixed(6)},${lat.toFixed(6)}`;
}

/** Reads longitude and latitude, with a comma or a space between; null for anything else, and for what is not on Earth. */
export function parsePlace(text: string): Place | null {
  const [lon, lat, ...rest] = text
    .trim()
    .split(/\s*[,;\s]\s*/)
    .map((part) => (part === '' ? NaN : Number(part)));
  if (lon === undefined || lat === undefined || rest.length > 0) return null;
  if (!Number.isFinite(lon) || !Number.isFinite(lat)) return null;
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 90 ? { lon, lat } : null;
}
