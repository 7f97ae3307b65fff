import type { ValidationItem } from '@inlay/contract';
import type { Crs } from '@inlay/geo';
import { parseRenderOptions, RENDER_PARAMETERS, type RenderOptions, type RenderQuery } from '@inlay/tiler';
import type { FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
import type { Actor } from '../access.ts';
import type { Tables } from '../db/tables.ts';
import { ValidationError } from '../error.ts';
import type { Log } from '../log.ts';
import { crsByName, LON_LAT } from '../pixels/named-crs.ts';
import { accessPixels, type PixelAccessDeps } from '../pixels/pixel-access.ts';
import type { PixelRow } from '../pixels/pixel-store.ts';
import type { PixelThreads } from '../pixels/pixel-threads.ts';
import type { Pictures } from '../pixels/pictures.ts';
import type { RasterSource, RasterSources } from '../pixels/raster-source.ts';
import type { SourceWatch } from '../pixels/source-watch.ts';

/** What handlers of pixels share. */
export interface PixelsDeps extends PixelAccessDeps {
  readonly db: Kysely<Tables>;
  readonly rasterSources: RasterSources;
  readonly pixelThreads: PixelThreads;
  readonly pictures: Pictures;
  readonly sourceWatch: SourceWatch;
  readonly publicUrl: string | null;
  readonly log: Log;
}

/** A call to an operation on a dataset's pixels. */
export interface PixelCall {
  readonly actor: Actor | null;
  readonly params: { readonly id: string };
  readonly query: { readonly sig?: string | undefined; readonly exp?: number | undefined };
  readonly request?: Pick<FastifyRequest, 'view'>;
}

/** The dataset that a call is about and what its pixels are read from, once its caller has been found to have access. */
export async function openCall(
  deps: PixelsDeps,
  { actor, params, query, request }: PixelCall,
): Promise<{ row: PixelRow; source: RasterSource }> {
  // A build that is published in between has other sources, which the caller may see or not: ask again.
  for (let view = request?.view ?? null; ; view = null) {
    const row = await accessPixels(deps, params.id, { actor, link: query }, view);
    const source = await deps.rasterSources.load(row);
    if (source !== null) return { row, source };
  }
}

/** The parameters of rendering among those of a query. @throws ValidationError */
export function renderOptionsOf(query: object): RenderOptions {
  const given = Object.fromEntries(
    RENDER_PARAMETERS.map((name) => [name, (query as RenderQuery)[name]] as const).filter(
      ([, value]) => value !== undefined,
    ),
  );
  const { options, problems } = parseRenderOptions(given);
  if (options !== null) return options;
  throw new ValidationError(
    problems.map(({ loc, msg, type, input }) => ({ loc: ['query', ...loc], msg, type, input: input ?? null })),
  );
}

/** A CRS that a query names; `fallback` where it names none. @throws ValidationError for one that is not known */
export async function crsOf(query: object, name: string, fallback: Crs = LON_LAT): Promise<Crs> {
  const text = (query as Readonly<Record<string, unknown>>)[name];
  if (typeof text !== 'string') return fallback;
  const crs = await crsByName(text);
  if (crs !== null) return crs;
  throw new ValidationError([faultOf(['query', name], `there is no CRS ${text} in the EPSG register`, text)]);
}

/** One thing that is wrong with a value, in a sentence of ours. */
export function faultOf(loc: (string | number)[], error: string, input: unknown): ValidationItem {
  return { loc, msg: `Value error, ${error}`, type: 'value_error', input: input ?? null, ctx: { error } };
}
