import type { VrtChange, VrtOptions } from '@inlay/contract';
import type { ResolutionStrategy } from '../db/tables.ts';

/**
 * Terminology
 *
 * - **change**: a virtual raster is to be built of other sources, or anew of the same. What is asked for stands on a job
 *   (kind `vrt_change`) as a difference; the links stay as they are until its build is published.
 * - **base**: the generation that was shown when the change was accepted, to which the difference applies. As at most one
 *   change of a virtual raster waits or runs, it is still shown when the build is published.
 */

/** Which sources a virtual raster is to have, told from those that it has. */
export type SourceChange =
  | {
      readonly kind: 'add';
      readonly ids: readonly string[];
      /** Place of the first of them in the list, from 0; null: behind all others. */
      readonly position: number | null;
    }
  | { readonly kind: 'remove'; readonly id: string }
  | { readonly kind: 'set'; readonly ids: readonly string[] }
  | { readonly kind: 'keep' };

/** The sources after a change, in order. */
export function changedSources(ids: readonly string[], change: SourceChange): readonly string[] {
  if (change.kind === 'keep') return ids;
  if (change.kind === 'set') return change.ids;
  if (change.kind === 'remove') return ids.filter((id) => id !== change.id);
  const at = change.position ?? ids.length;
  return [...ids.slice(0, at), ...change.ids, ...ids.slice(at)];
}

/** What a build was for, by the change that it was asked for with. */
export const CHANGE_NAMES: Readonly<Record<SourceChange['kind'], VrtChange>> = {
  add: 'sources_added',
  remove: 'sources_removed',
  set: 'sources_set',
  keep: 'regenerated',
};

/**
 * What a `vrt_change` job needs beside its `source_ids`: the row's `input`. The ids that are added or set are those
 * `source_ids`: they have to be kept from being deleted, and may be many.
 */
export interface ChangeVrtInput {
  readonly v: 1;
  /** What the generation will be called. */
  readonly generationId: string;
  readonly baseId: string;
  readonly change: VrtChange;
  readonly difference:
    | { readonly kind: 'add'; readonly position: number | null }
    | { readonly kind: 'remove'; readonly id: string }
    | { readonly kind: 'set' }
    | { readonly kind: 'keep' };
  readonly options: VrtOptions;
  readonly resolutionStrategy: ResolutionStrategy;
  /** How many sources there will be. */
  readonly sourceCount: number;
  /** What was to be said of the request when it was accepted; the job's warnings begin with it. */
  readonly warnings: readonly string[];
}

/** The change that a job asks for. @throws Error for a job that a newer version of this program has written */
export function changeOfJob({ difference, v }: ChangeVrtInput, sourceIds: readonly string[] | null): SourceChange {
  // A newer one may ask for what this version would leave out, and "succeed".
  if ((v as number) !== 1) throw new Error(`a vrt_change of version ${v} is newer than this worker`);
  return difference.kind === 'add' || difference.kind === 'set' ? { ...difference, ids: sourceIds ?? [] } : difference;
}
