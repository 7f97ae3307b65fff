import { type ComposedQuicklook, composeQuicklook, type QuicklookMember } from '@inlay/tiler';
import type { VrtPlan } from '@inlay/vrt';
import { QUICKLOOK_SIZE } from '../catalog/quicklook.ts';
import type { Storage } from '../storage/storage.ts';
import { readAll } from '../storage/read-all.ts';
import { memberPages, type MembersDeps, type PlacedMember, rowsOfVersion, selectMembers } from './built-members.ts';
import type { BuiltSource } from './source-table.ts';

export interface ComposeDeps extends MembersDeps {
  readonly storage: Storage;
}

/**
 * A virtual raster's thumbnail, composed of its members' stored ones: no raster is opened, and the members stream by, so
 * memory does not grow with their number. Null where no member has one.
 */
export async function composePicture(
  deps: ComposeDeps,
  plan: VrtPlan,
  sources: readonly BuiltSource[],
  signal: AbortSignal,
  onProgress: (part: number) => void,
): Promise<ComposedQuicklook | null> {
  const seen = { pictures: 0 };
  const { width, height } = plan.grid;
  const members = memberPictures(deps, plan, sources, seen, onProgress);
  const drawn = await composeQuicklook(members, { width, height, size: QUICKLOOK_SIZE, signal });
  return seen.pictures === 0 ? null : drawn;
}

/** The members' thumbnails in the order they are painted. */
async function* memberPictures(
  deps: ComposeDeps,
  plan: VrtPlan,
  sources: readonly BuiltSource[],
  seen: { pictures: number },
  onProgress: (part: number) => void,
): AsyncGenerator<QuicklookMember> {
  // A stack of three or more shows its first three bands as red, green and blue.
  const channels = plan.kind === 'mosaic' ? null : plan.bands.length >= 3 ? 3 : 1;
  for (const page of memberPages(plan, sources)) {
    const byId = await findPictures(deps.db, page);
    for (const { placement, source } of page) {
      if (channels !== null && placement >= channels) return;
      const row = byId.get(source.id);
      onProgress(placement / plan.placements.count);
      if (row?.quicklook_key == null || row.quicklook === null) continue;
      seen.pictures += 1;
      yield {
        dstRect: wholeRect(plan, placement),
        png: await readAll(deps.storage, row.quicklook_key),
        stretch: row.quicklook.stretch,
        ...(channels === null ? {} : { channel: placement as 0 | 1 | 2 }),
      };
    }
  }
}

async function findPictures(db: ComposeDeps['db'], members: readonly PlacedMember[]) {
  const columns = ['dataset_id', 'version', 'quicklook_key', 'quicklook'] as const;
  return rowsOfVersion(members, await selectMembers(db, members).select(columns).execute());
}

/**
 * Whether it looks as its members' thumbnails do, laid over one another: all their bands are in it, in their order, and
 * no pixel is computed.
 */
export function looksLikeMembers(plan: VrtPlan, sources: readonly BuiltSource[]): boolean {
  const bandsEach = plan.kind === 'mosaic' ? plan.bands.length : 1;
  const isWhole = sources.every(({ profile }) => profile.layout.bands.length === bandsEach);
  if (!isWhole || plan.kind === 'band_stack') return isWhole;
  return plan.bands.every(
    ({ reads, pixelFunction }, bandOffset) =>
      pixelFunction === null && reads.every(({ sourceBand }) => sourceBand === bandOffset + 1),
  );
}

/**
 * Where the whole source lies in the output: its placed part, extended by what was cut off. A warped source is shown
 * upright in the box around it, which a thumbnail hardly tells from the truth.
 */
function wholeRect({ placements, warp }: VrtPlan, placement: number): QuicklookMember['dstRect'] {
  const [srcX = 0, srcY = 0, srcWidth = 1, srcHeight = 1] = placements.srcRects.subarray(
    placement * 4,
    placement * 4 + 4,
  );
  const [dstX = 0, dstY = 0, dstWidth = 1, dstHeight = 1] = placements.dstRects.subarray(
    placement * 4,
    placement * 4 + 4,
  );
  if (warp?.sources.has(placements.sourceIndex[placement] ?? -1) === true) {
    return { xOff: dstX, yOff: dstY, xSize: dstWidth, ySize: dstHeight };
  }
  const scaleX = dstWidth / srcWidth;
  const scaleY = dstHeight / srcHeight;
  return {
    xOff: dstX - srcX * scaleX,
    yOff: dstY - srcY * scaleY,
    xSize: (placements.sourceWidth[placement] as number) * scaleX,
    ySize: (placements.sourceHeight[placement] as number) * scaleY,
  };
}
