import type { VrtPlan } from '@inlay/vrt';
import { gatherMembers } from '../catalog/band-summaries.ts';
import type { StoredStatistics } from '../db/tables.ts';
import { memberPages, type MembersDeps, rowsOfVersion, selectMembers, sourceBandOf } from './built-members.ts';
import type { BuiltSource } from './source-table.ts';

/** What is known of a band of a virtual raster from what is stored of its members. */
export interface GatheredBand {
  /** Null where it is known of no member. */
  readonly statistics: StoredStatistics | null;
  /** Members that have a part in the band, and of how many of them nothing is known. */
  readonly members: number;
  readonly unknown: number;
  /** Valid pixels that the members have there, in pixels of the virtual raster: those under others count as well. */
  readonly validPixels: number;
}

/** Statistics of all bands from those of the members: no raster is opened, and members stream by. */
export async function gatherStatistics(
  { db }: MembersDeps,
  plan: VrtPlan,
  sources: readonly BuiltSource[],
  signal: AbortSignal,
): Promise<GatheredBand[]> {
  const bands = plan.bands.map(() => ({ gathering: gatherMembers(), members: 0, unknown: 0, validPixels: 0 }));
  const { dstRects } = plan.placements;
  for (const page of memberPages(plan, sources)) {
    signal.throwIfAborted();
    const rows = await selectMembers(db, page).select(['dataset_id', 'version', 'statistics']).execute();
    const byId = rowsOfVersion(page, rows);
    for (const { placement, source } of page) {
      const pixelCount = source.profile.width * source.profile.height;
      const placedPixels = dstRects[4 * placement + 2]! * dstRects[4 * placement + 3]!;
      for (const [bandOffset, band] of plan.bands.entries()) {
        const sourceBand = sourceBandOf(plan, band, placement);
        if (sourceBand === null) continue;
        const sum = bands[bandOffset]!;
        sum.members += 1;
        const statistics = byId.get(source.id)?.statistics[sourceBand - 1] ?? null;
        if (statistics === null) {
          sum.unknown += 1;
          continue;
        }
        sum.gathering.add({ statistics, pixelCount });
        sum.validPixels += (placedPixels * (statistics.validPercent ?? 100)) / 100;
      }
    }
  }
  return bands.map(({ gathering, ...counts }) => ({ ...counts, statistics: gathering.finish() }));
}
