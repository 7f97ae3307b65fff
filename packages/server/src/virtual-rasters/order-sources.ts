import type { ValidationItem, VrtOptions } from '@inlay/contract';
import type { RasterProfile } from '@inlay/geo';
import { paintOrder, type SourceOrder } from '@inlay/vrt';
import type { CatalogueSource } from './source-table.ts';

/** The order to paint sources in, or why there is none. */
export type SourceOrdering =
  | {
      readonly ok: true;
      /** Places among the sources, bottom to top; null: as they stand. */
      readonly paintOrder: readonly number[] | null;
      readonly warnings: readonly ValidationItem[];
    }
  | { readonly ok: false; readonly problem: ValidationItem };

/** Decides which source lies on top, as the request asks for it. The build keeps it; the next one decides anew. */
export function orderSources(
  sources: readonly CatalogueSource[],
  order: VrtOptions['source_order'] = 'as_given',
): SourceOrdering {
  if (order === 'as_given') return { ok: true, paintOrder: null, warnings: [] };
  const keys = sources.map((source) => keyOf(source, order));
  const unknown = sources.filter((_, index) => keys[index] === null);
  const [first] = unknown;
  if (first === undefined || unknown.length < sources.length) {
    const warnings = first === undefined ? [] : [someUnknown(order, unknown.length, first)];
    return { ok: true, paintOrder: Array.from(paintOrder(keys, order)), warnings };
  }
  const msg = `The ${order} of none of the sources is known: state it (PATCH of the datasets), or leave source_order out`;
  return { ok: false, problem: item(order, msg, unknown.length) };
}

/** What {@link paintOrder} orders by; null where it is not known. */
function keyOf({ profile, takenAt, cloudCover }: CatalogueSource, order: SourceOrder): number | null {
  if (order === 'datetime') return takenAt?.getTime() ?? null;
  return order === 'cloud_cover' ? cloudCover : groundResolution(profile);
}

/** Mean radius of the Earth in metres (IUGG). */
const EARTH_RADIUS = 6_371_009;

/** About how many metres a pixel's side is long, so that sources in several CRSs can be compared. */
function groundResolution({ affine, crs }: RasterProfile): number | null {
  if (affine === null) return null;
  const [a, b, , d, e] = affine;
  const metres = crs === null ? 1 : crs.unit.factor * (crs.kind === 'geographic' ? EARTH_RADIUS : 1);
  return Math.sqrt(Math.abs(a * e - b * d)) * metres;
}

function someUnknown(order: SourceOrder, count: number, { label }: CatalogueSource): ValidationItem {
  const others = count === 1 ? '' : ` and ${count - 1} more`;
  const msg = `The ${order} of "${label}"${others} is not known: ${count === 1 ? 'it lies' : 'they lie'} beneath all others`;
  return item(order, msg, count);
}

function item(order: SourceOrder, msg: string, count: number): ValidationItem {
  return {
    loc: ['body', 'source_order'],
    msg,
    type: 'unknown_source_order',
    input: order,
    ctx: { field: order, expected: `the ${order} of every source`, actual: `${count} without` },
  };
}
