import type { Histograms, PointValues, Statistics, ValidationItem } from '@inlay/contract';
import { crsLabel, type Nodata, nodataToJson } from '@inlay/geo';
import { ValidationError } from '../error.ts';
import { legendOf } from '../pixels/legend.ts';
import { requirePlaced } from '../pixels/map-place.ts';
import { pixelFinder } from '../pixels/pixel-of-point.ts';
import type { RasterSource } from '../pixels/raster-source.ts';
import type { Summaries } from '../pixels/summaries.ts';
import type { Call, Handlers } from './bind.ts';
import { cacheFor } from './caching.ts';
import { crsOf, faultOf, openCall, type PixelsDeps, renderOptionsOf } from './pixel-calls.ts';

export interface PixelValuesDeps extends PixelsDeps {
  readonly summaries: Summaries;
}

type ValueHandlers = Pick<Handlers, 'pointValue' | 'pointValues' | 'statistics' | 'histogram' | 'legend'>;
type PointCall = Pick<Parameters<Handlers['pointValue']>[0], 'actor' | 'query' | 'reply' | 'signal'> & {
  readonly params: { readonly id: string };
};

const DEFAULT_PERCENTILES: readonly number[] = [2, 98];

export function pixelValueHandlers(deps: PixelValuesDeps): ValueHandlers {
  async function read(call: PointCall, points: readonly (readonly [x: number, y: number])[]) {
    const { query, signal, reply } = call;
    const { row, source } = await openCall(deps, call);
    const bands = bandsOf(query.bidx, source);
    const { nodata } = renderOptionsOf({ nodata: query.nodata });
    const placed = requirePlaced(source);
    const crs = await crsOf(query, 'coord_crs');
    const find = pixelFinder(placed, crs);
    if (find === null) {
      const error = `coordinates of ${crsLabel(crs)} cannot be converted to ${crsLabel(placed.crs)}`;
      throw new ValidationError([faultOf(['query', 'coord_crs'], error, query.coord_crs)]);
    }
    const found = points.map(([x, y]) => find(x, y));
    const pixels = Int32Array.from(found.flatMap((pixel) => pixel ?? [-1, -1]));
    const answers = await deps.pixelThreads.run({ kind: 'points', source, pixels, bands, nodata }, signal);
    reply.header('cache-control', cacheFor(row.visibility));
    const profiles = bands.map((band) => source.layout.bands[band - 1]!);
    return {
      points: answers.map((answer, i): PointValues => ({
        coordinates: [...points[i]!],
        inside: found[i] !== null,
        values: answer.values.map((value, b) => valueJson(query.unscale ? unscaled(value, profiles[b]!) : value)),
        source: answer.source === null ? null : { dataset_id: answer.source.id, title: answer.source.name },
      })),
      band_names: bands.map((band) => `b${band}`),
      band_descriptions: profiles.map(({ description }) => description),
      units: profiles.map(({ unit }) => unit),
      unscaled: query.unscale,
    };
  }

  async function summarize(
    call: Pick<Call<never>, 'actor' | 'reply' | 'signal'> & {
      readonly params: { readonly id: string };
      readonly query: { bidx?: string[]; nodata?: string; bins: number; sig?: string; exp?: number };
    },
    percentiles: readonly number[],
  ) {
    const { query, reply, signal } = call;
    const { row, source } = await openCall(deps, call);
    const bands = bandsOf(query.bidx, source);
    const { nodata } = renderOptionsOf({ nodata: query.nodata });
    const found = await deps.summaries.of(source, { bands, nodata, percentiles, bins: query.bins }, signal);
    reply.header('cache-control', cacheFor(row.visibility));
    return found.map((summary, i) => ({
      index: bands[i]!,
      name: source.layout.bands[bands[i]! - 1]!.description,
      summary,
    }));
  }

  return {
    pointValue: async (call) => {
      const { lon, lat } = call.params;
      const { points, ...names } = await read(call, [[lon, lat]]);
      return { ...points[0]!, ...names };
    },

    pointValues: (call) => read(call, call.body.points),

    statistics: async (call): Promise<Statistics> => {
      const bands = await summarize(call, percentilesOf(call.query.p));
      return {
        bands: bands.map(({ index, name, summary }) => ({
          index,
          name,
          statistics:
            summary === null
              ? null
              : {
                  minimum: summary.minimum,
                  maximum: summary.maximum,
                  mean: summary.mean,
                  stddev: summary.stddev,
                  valid_percent: summary.validPercent,
                  approximate: summary.approximate,
                  percentiles: summary.percentiles.map(({ rank, value }) => ({ percentile: rank, value })),
                  histogram: histogramJson(summary.histogram),
                },
        })),
      };
    },

    histogram: async (call): Promise<Histograms> => {
      const bands = await summarize(call, DEFAULT_PERCENTILES);
      return {
        bands: bands.map(({ index, name, summary }) => ({
          index,
          name,
          approximate: summary?.approximate ?? false,
          histogram: summary === null ? null : histogramJson(summary.histogram),
        })),
      };
    },

    legend: async (call) => {
      const { row, source } = await openCall(deps, call);
      const options = renderOptionsOf(call.query);
      const recipe = await deps.pictures.recipe(source, options, call.signal);
      call.reply.header('cache-control', cacheFor(row.visibility));
      return legendOf(recipe, options, source.layout.bands);
    },
  };
}

function histogramJson({ edges, counts }: { readonly edges: readonly number[]; readonly counts: readonly number[] }) {
  return { edges: [...edges], counts: [...counts] };
}

function valueJson(value: Nodata | null): number | string | null {
  return value === null ? null : nodataToJson(value);
}

/** value = offset + scale * stored. */
function unscaled(
  value: Nodata | null,
  band: { readonly scale: number | null; readonly offset: number | null },
): Nodata | null {
  const { scale, offset } = band;
  return value === null || (scale === null && offset === null) ? value : (offset ?? 0) + (scale ?? 1) * Number(value);
}

/** Most bands that one answer summarises or tells of. */
const MAX_BANDS = 64;

/** `bidx=1&bidx=3` or `bidx=1,3`; all bands, up to a number, unless given. @throws ValidationError */
function bandsOf(given: readonly string[] | undefined, { layout }: RasterSource): number[] {
  const count = layout.bands.length;
  if (given === undefined) return Array.from({ length: Math.min(count, MAX_BANDS) }, (_, i) => i + 1);
  const items: ValidationItem[] = [];
  const words = given.flatMap((text) => text.split(','));
  const bands = words.map((word, i) => {
    const band = /^\s*\d{1,5}\s*$/.test(word) ? Number(word) : 0;
    if (band < 1 || band > count)
      items.push(faultOf(['query', 'bidx', i], `the raster has the bands 1 to ${count}`, word));
    return band;
  });
  if (bands.length > MAX_BANDS)
    items.push(faultOf(['query', 'bidx'], `at most ${MAX_BANDS} bands at once`, bands.length));
  if (items.length > 0) throw new ValidationError(items);
  return bands;
}

/** @throws ValidationError */
function percentilesOf(given: readonly string[] | undefined): readonly number[] {
  if (given === undefined) return DEFAULT_PERCENTILES;
  const words = given.flatMap((text) => text.split(','));
  const items = words.flatMap((word, i) =>
    /^\s*\d{1,3}(\.\d{1,6})?\s*$/.test(word) && Number(word) <= 100
      ? []
      : [faultOf(['query', 'p', i], 'a percentile is a number from 0 to 100', word)],
  );
  if (items.length > 0) throw new ValidationError(items);
  return words.map(Number);
}
