import type { ExportBody } from '@inlay/contract';
import { EXPORT_COMPRESSIONS, EXPORT_FORMATS, EXPORT_RESAMPLINGS } from '@inlay/contract';
import { isApiError } from '@inlay/sdk';
import type { BBox } from '../map/bbox.ts';

export type ExportFormat = (typeof EXPORT_FORMATS)[number];
export type ExportCompression = (typeof EXPORT_COMPRESSIONS)[number];
export type ExportResampling = (typeof EXPORT_RESAMPLINGS)[number];

/** An export as it is typed and chosen; empty texts leave it to the dataset. */
export interface ExportDraft {
  /** In degrees, as drawn or typed; null: all of it, or {@link bounds}. */
  readonly clip: BBox | null;
  /** Min x, min y, max x, max y in the dataset's own CRS, instead of {@link clip}. */
  readonly bounds: string;
  readonly crs: string;
  readonly resolution: string;
  readonly bands: string;
  readonly resampling: ExportResampling;
  readonly format: ExportFormat;
  readonly compression: ExportCompression;
  /** It becomes a dataset of this title instead of a file; null: a file. */
  readonly title: string | null;
}

export const EMPTY_EXPORT: Omit<ExportDraft, 'clip'> = {
  bounds: '',
  crs: '',
  resolution: '',
  bands: '',
  resampling: 'nearest',
  format: 'cog',
  compression: 'deflate',
  title: null,
};

/** The fields of the form that can be wrong. */
export type ExportField = 'clip' | 'crs' | 'resolution' | 'bands' | 'compression' | 'title';
export type ExportErrors = Readonly<Partial<Record<ExportField, string>>>;

/** A request; null where something cannot be read, and what. `ownCrs` is the dataset's, `EPSG:n`. */
export function exportRequest(
  draft: ExportDraft,
  ownCrs: string | null,
): { readonly body: ExportBody | null; readonly errors: ExportErrors } {
  const errors: Partial<Record<ExportField, string>> = {};
  const { clip, resampling, format, compression } = draft;
  const bounds = draft.bounds.trim() === '' ? null : numbersOf(draft.bounds);
  const title = draft.title?.trim();
  const read = {
    crs: draft.crs.trim() === '' ? undefined : crsOf(draft.crs),
    resolution: draft.resolution.trim() === '' ? undefined : resolutionOf(draft.resolution),
    bands: draft.bands.trim() === '' ? undefined : bandsOf(draft.bands),
  };
  if (draft.bounds.trim() !== '' && (bounds === null || bounds.length !== 4)) {
    errors.clip = 'Four numbers: min x, min y, max x, max y';
  }
  if (clip !== null && clip[0] >= clip[2]) {
    errors.clip = 'A box across the antimeridian cannot be cut out at once: take what is east and west of it';
  }
  if (read.crs === null) errors.crs = 'A code of the EPSG register: EPSG:3857';
  if (read.resolution === null) errors.resolution = 'One positive number, or two: 10, or 10, 20';
  if (read.bands === null) errors.bands = 'Numbers from 1, separated by commas: 3, 2, 1';
  if (title === '') errors.title = 'A dataset has a title';
  if (Object.keys(errors).length > 0) return { body: null, errors };
  return {
    body: {
      ...(bounds !== null && ownCrs !== null
        ? { bbox: bounds as [number, number, number, number], coord_crs: ownCrs }
        : clip === null
          ? {}
          : { bbox: [...clip] as [number, number, number, number] }),
      ...(read.crs == null ? {} : { crs: read.crs }),
      ...(read.resolution == null ? {} : { resolution: read.resolution }),
      ...(read.bands == null ? {} : { bidx: read.bands }),
      resampling,
      format,
      compression,
      ...(title === undefined ? {} : { as_dataset: true, title }),
    },
    errors,
  };
}

const FIELD_OF: Readonly<Record<string, ExportField>> = {
  bbox: 'clip',
  crs: 'crs',
  resolution: 'resolution',
  bidx: 'bands',
  compression: 'compression',
  title: 'title',
};

/** What the server has against an export, by the field it is about; `rest` is about none, null where there is nothing. */
export function exportRefusal(error: unknown): { readonly errors: ExportErrors; readonly rest: string | null } {
  const errors: Partial<Record<ExportField, string>> = {};
  const rest: string[] = [];
  for (const { loc, msg } of isApiError(error) ? error.items : []) {
    const field = FIELD_OF[String(loc[1] ?? '')];
    const said = msg.replace(/^Value error, /, '');
    if (field === undefined) rest.push(said);
    else errors[field] ??= said;
  }
  return { errors, rest: rest.length === 0 ? null : rest.join('. ') };
}

function numbersOf(text: string): readonly number[] | null {
  const numbers = text
    .trim()
    .split(/[,;\s]+/)
    .map((part) => (part === '' ? NaN : Number(part)));
  return numbers.every(Number.isFinite) ? numbers : null;
}

function crsOf(text: string): string | null {
  const code = text.trim().toUpperCase();
  if (/^\d{4,6}$/.test(code)) return `EPSG:${code}`;
  return /^(EPSG:\d{1,6}|OGC:CRS84)$/.test(code) ? code : null;
}

function resolutionOf(text: string): number | [number, number] | null {
  const [x, y, ...rest] = numbersOf(text) ?? [];
  if (x === undefined || rest.length > 0 || x <= 0 || (y !== undefined && y <= 0)) return null;
  return y === undefined ? x : [x, y];
}

function bandsOf(text: string): number[] | null {
  const bands = numbersOf(text);
  return bands !== null && bands.every((band) => Number.isInteger(band) && band > 0) ? [...bands] : null;
}
