import type { ValidationItem, VrtOptions } from '@inlay/contract';
import { resolution } from '@inlay/geo';
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

type Criterion = Exclude<NonNullable<VrtOptions['source_order']>, 'as_given'>;

/** Decides which source lies on top, as the request asks for it. A rebuild repeats the order, whatever changes later. */
export function orderSources(
  sources: readonly CatalogueSource[],
  order: VrtOptions['source_order'] = 'as_given',
): SourceOrdering {
  if (order === 'as_given') return { ok: true, paintOrder: null, warnings: [] };
  const keys = sources.map((source) => keyOf(source, order));
  const unknown = sources.filter((_, index) => keys[index] === null);
  const [first] = unknown;
  if (first === undefined || unknown.length < sources.length) {
    const paintOrder = keys
      .map((_, index) => index)
      .sort((a, b) => Math.sign((keys[a] ?? -Infinity) - (keys[b] ?? -Infinity)) || a - b);
    return { ok: true, paintOrder, warnings: first === undefined ? [] : [someUnknown(order, unknown.length, first)] };
  }
  const msg = `The ${order} of none of the sources is known: state it (PATCH of the datasets), or leave source_order out`;
  return { ok: false, problem: item(order, msg, unknown.length) };
}

/** The greater, the further up; null where it is not known. */
function keyOf({ profile, takenAt, cloudCover }: CatalogueSource, order: Criterion): number | null {
  if (order === 'datetime') return takenAt?.getTime() ?? null;
  if (order === 'cloud_cover') return cloudCover === null ? null : -cloudCover;
  if (profile.affine === null) return null;
  const [x, y] = resolution(profile.affine);
  return -(x * y);
}

function someUnknown(order: Criterion, count: number, { label }: CatalogueSource): ValidationItem {
  const others = count === 1 ? '' : ` and ${count - 1} more`;
  const msg = `The ${order} of "${label}"${others} is not known: ${count === 1 ? 'it lies' : 'they lie'} beneath all others`;
  return item(order, msg, count);
}

function item(order: Criterion, msg: string, count: number): ValidationItem {
  return {
    loc: ['body', 'source_order'],
    msg,
    type: 'unknown_source_order',
    input: order,
    ctx: { field: order, expected: `the ${order} of every source`, actual: `${count} without` },
  };
}
