import { composeQuicklook, type QuicklookMember } from '@inlay/tiler';
import type { BandSources, VrtPlan } from '@inlay/vrt';
import type { Kysely } from 'kysely';
import { actorOfUser } from '../auth/user-store.ts';
import { combineMembers, type SummarizedMember } from '../catalog/band-summaries.ts';
import type { Definitions } from '../catalog/definitions.ts';
import { QUICKLOOK_SIZE } from '../catalog/quicklook.ts';
import type { DatasetQuicklook } from '../catalog/quicklook-job.ts';
import type { QuicklookFacts, Tables } from '../db/tables.ts';
import type { Storage } from '../storage/storage.ts';
import { planVrt } from './plan.ts';
import { type BuiltSource, loadBuiltSources } from './source-table.ts';

export interface ComposeDeps {
  readonly db: Kysely<Tables>;
  readonly definitions: Definitions;
  readonly storage: Storage;
}

/** Members looked up at a time. */
const PAGE = 500;

/**
 * A virtual raster's thumbnail and statistics, composed of its members' stored ones: no raster is opened, and the
 * members stream by, so memory does not grow with their number.
 */
export async function composeVrtQuicklook(
  deps: ComposeDeps,
  vrt: { generationId: string; key: string },
  signal: AbortSignal,
  onProgress: (part: number) => void,
): Promise<DatasetQuicklook | null> {
  const generation = await deps.db
    .selectFrom('vrt_generations')
    .innerJoin('vrts', 'vrts.dataset_id', 'vrt_generations.dataset_id')
    .innerJoin('datasets', 'datasets.id', 'vrt_generations.dataset_id')
    .select(['source_ids', 'source_versions', 'created_by', 'vrt_type', 'options', 'paint_order'])
    .select('vrt_generations.resolution_strategy')
    .where('vrt_generations.id', '=', vrt.generationId)
    .executeTakeFirst();
  if (generation === undefined) return null;
  const owner = await actorOfUser(deps.db, generation.created_by);
  const sources = await loadBuiltSources(deps.db, deps.definitions, owner, generation);
  const { plan } = await planVrt(sources, {
    vrtType: generation.vrt_type,
    resolutionStrategy: generation.resolution_strategy,
    options: generation.options,
    paintOrder: generation.paint_order,
  });
  if (plan === null)
    return {
      key: vrt.key,
      facts: null,
      statistics: null,
      warning: 'No thumbnail: the sources no longer fit together.',
    };

  const perBand: SummarizedMember[][] = plan.bands.map(() => []);
  const seen = { pictures: 0 };
  const showsWholeMembers = takesMembersWhole(plan, sources);
  const drawn = await composeQuicklook(
    memberPictures(deps, plan, sources, { perBand, seen, showsWholeMembers, onProgress }),
    {
      width: plan.grid.width,
      height: plan.grid.height,
      size: QUICKLOOK_SIZE,
      signal,
    },
  );
  const statistics = perBand.map(combineMembers);
  if (!showsWholeMembers)
    return { key: vrt.key, facts: null, statistics, warning: 'No thumbnail: the sources’ own show other bands.' };
  if (seen.pictures === 0)
    return { key: vrt.key, facts: null, statistics, warning: 'No thumbnail: none of the sources has one.' };
  await deps.storage.put(vrt.key, once(drawn.png), { signal });
  const facts: QuicklookFacts = { width: drawn.width, height: drawn.height, stretch: [...drawn.stretch] };
  return { key: vrt.key, facts, statistics, warning: null };
}

/** The members' thumbnails in the order they are painted, gathering their statistics on the way. */
async function* memberPictures(
  deps: ComposeDeps,
  plan: VrtPlan,
  sources: readonly BuiltSource[],
  gathered: {
    perBand: SummarizedMember[][];
    seen: { pictures: number };
    showsWholeMembers: boolean;
    onProgress: (part: number) => void;
  },
): AsyncGenerator<QuicklookMember> {
  const { placements } = plan;
  const { perBand, seen, showsWholeMembers, onProgress } = gathered;
  // A stack of three or more shows its first three bands as red, green and blue.
  const channels = plan.kind === 'mosaic' ? null : plan.bands.length >= 3 ? 3 : 1;
  for (let start = 0; start < placements.count; start += PAGE) {
    const page = Array.from({ length: Math.min(PAGE, placements.count - start) }, (_, offset) => start + offset);
    const sourceAt = (placement: number): BuiltSource =>
      sources[placements.sourceIndex[placement] as number] as BuiltSource;
    const rows = await findPictures(deps.db, page.map(sourceAt));
    const byId = new Map(rows.map((row) => [row.dataset_id, row]));
    for (const placement of page) {
      const source = sourceAt(placement);
      const row = byId.get(source.id);
      const pixelCount = source.profile.width * source.profile.height;
      for (const [bandOffset, band] of plan.bands.entries()) {
        const isInBand = placement >= band.firstPlacement && placement < band.firstPlacement + band.placementCount;
        const sourceBand = isInBand ? sourceBandOf(plan, band, placement) : null;
        const statistics = sourceBand === null ? null : row?.statistics[sourceBand - 1];
        if (statistics != null) perBand[bandOffset]?.push({ statistics, pixelCount });
      }
      onProgress(placement / placements.count);
      if (!showsWholeMembers || row?.quicklook_key == null || row.quicklook === null) continue;
      if (channels !== null && placement >= channels) continue;
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

/** The thumbnails and statistics of sources, of the versions that these are. */
async function findPictures(db: ComposeDeps['db'], sources: readonly BuiltSource[]) {
  const idsOf = (isFormer: boolean): string[] =>
    sources.filter((source) => source.isFormer === isFormer).map(({ id }) => id);
  const columns = ['dataset_id', 'version', 'quicklook_key', 'quicklook', 'statistics'] as const;
  const versions = new Map(sources.map(({ id, version }) => [id, version]));
  const rows = await db
    .selectFrom('rasters')
    .select(columns)
    .where((eb) => eb('dataset_id', '=', eb.fn.any(eb.val(idsOf(false)))))
    .unionAll(
      db
        .selectFrom('raster_versions')
        .select(columns)
        .where((eb) => eb('dataset_id', '=', eb.fn.any(eb.val(idsOf(true))))),
    )
    .execute();
  return rows.filter((row) => row.version === versions.get(row.dataset_id));
}

/** The band of the source (1-based) that a band takes from a placement; null for masks, and for what is made up. */
function sourceBandOf({ placements }: VrtPlan, band: BandSources, placement: number): number | null {
  const read = band.reads[placements.variant[placement] ?? 0];
  return read === undefined || read.sourceBand === 'mask' || read.constant !== null ? null : read.sourceBand;
}

/** Whether members are in it with all their bands, in their order, so that it looks as their thumbnails do. */
function takesMembersWhole(plan: VrtPlan, sources: readonly BuiltSource[]): boolean {
  const bandsEach = plan.kind === 'mosaic' ? plan.bands.length : 1;
  const isWhole = sources.every(({ profile }) => profile.layout.bands.length === bandsEach);
  if (!isWhole || plan.kind === 'band_stack') return isWhole;
  return plan.bands.every(({ reads }, bandOffset) => reads.every(({ sourceBand }) => sourceBand === bandOffset + 1));
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

async function readAll(storage: Storage, key: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await storage.get(key)) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
