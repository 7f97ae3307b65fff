import { apply, type Crs, type Window } from '@inlay/geo';
import { placementsByRegion } from './chunk-placements.ts';
import { cutIntoRegions } from './chunk-regions.ts';
import type { OverviewLinks } from './overview-links.ts';
import type { BandSources, Placements, SourceRead, VrtBandPlan, VrtPlan } from './plan.ts';
import { type SourceFile, writeVrt } from './write.ts';

/**
 * A mosaic as a VRT of VRTs: a small **root** whose sources are **chunks**, VRTs of windows that cover the output without
 * overlapping. A reader parses the root and those chunks that it reads from, where it would parse every source of a
 * mosaic in one piece before the first pixel, and look at every one of them for each read. GDAL holds two datasets open
 * for each thread that reads, which `GDAL_MAX_DATASET_POOL_SIZE` (100) has to allow.
 */
export interface ChunkedPlan<KnownCrs extends Crs | null = Crs> {
  /** Its `sourceIndex` is a position in `chunks`. Where there are no chunks, it is the plan that was to be chunked. */
  readonly root: VrtPlan<KnownCrs>;
  /** Empty where the plan is better left in one piece, else at least two. */
  readonly chunks: readonly VrtChunk<KnownCrs>[];
}

/** A window of the output, and the mosaic of what is painted in it. */
export interface VrtChunk<KnownCrs extends Crs | null = Crs> {
  /** In whole pixels of the root. */
  readonly window: Window;
  /** Its `sourceIndex` is that of the plan that was chunked: a position in the order sent. */
  readonly plan: VrtPlan<KnownCrs>;
}

/** How to chunk a plan. All three are whole numbers of at least 1. */
export interface ChunkOptions {
  /**
   * A chunk has at most as many sources as this, where cutting helps; 500 unless set, and above 250,000 sources the square
   * root of their number, so that the root grows no faster than the chunks. Measured by bench/chunks.bench.ts with GDAL
   * 3.13 on 100,000 sources of one band, opening the root and reading 64 x 64 pixels takes 46 ms at 125, 35 at 250, 31 at
   * 500, 47 at 1,000 and 53 at 2,000; in one piece, 1,318 ms and 339 MB instead of 11.
   */
  readonly targetSourcesPerChunk?: number;
  /**
   * Plans with fewer source elements than this stay in one piece; 5,000 unless set. An element is a source in one band, or
   * in the mask. The same measurement with 5,000 takes 83 ms in one piece (73 of them to open it, 1.9 MB of text), and 30
   * in chunks (6 to open); with 2,000, 73 and 34. Below, one file to keep and to fetch is worth more than what is gained.
   */
  readonly minSourceElements?: number;
  /**
   * Nearest-neighbour reads that reduce by no more than this give the same pixels as those of a plan in one piece; 64
   * unless set. A reader paints a pixel of such a read with all that touches it, so a chunk has the sources that lie this
   * many pixels before its edges, too. Larger values make more sources belong to several chunks: a tenth of 256 x 256
   * tiles do at 64.
   */
  readonly maxExactReduction?: number;
}

const TARGET_SOURCES = 500;
const MIN_SOURCE_ELEMENTS = 5000;
const MAX_EXACT_REDUCTION = 64;

/**
 * Splits a large mosaic into chunks, by windows of the output and never by position in the list, so that what was on top
 * stays on top.
 *
 * Reading the root gives the pixels, masks, overviews and band properties of the plan in one piece, in GDAL 3.6 to 3.13:
 * at full size, and scaled with the nearest neighbour. Excepted is what GDAL itself reads differently in one window and in
 * two:
 * - other resampling, where GDAL does it source by source: when it enlarges, when it reduces sources that have overviews,
 *   and in 3.6 whenever it reduces. Pixels at edges of sources and of chunks depend on where a window begins;
 * - sources whose pixels are not the output's, since GDAL 3.12, where rounding depends on that, too. What is read is
 *   what the plan in one piece gives for each chunk's part of the window;
 * - reduced reads of large windows, since GDAL 3.10, when sources touch one pixel: it paints them in several threads and
 *   in no fixed order, and reads the plan in one piece differently from one time to the next. `GDAL_NUM_THREADS=1` makes
 *   all of them the same.
 *
 * Left in one piece are plans below {@link ChunkOptions.minSourceElements}, band stacks, mosaics whose sources all lie on
 * top of each other, and those with pixel functions that depend on more than the valid values of a pixel.
 */
export function chunkPlan<KnownCrs extends Crs | null>(
  plan: VrtPlan<KnownCrs>,
  options: ChunkOptions = {},
): ChunkedPlan<KnownCrs> {
  const inOnePiece = { root: plan, chunks: [] };
  const { placements, grid } = plan;
  if (elementCount(plan) < (options.minSourceElements ?? MIN_SOURCE_ELEMENTS) || !isDivisible(plan)) return inOnePiece;
  const regions = cutIntoRegions(placements, grid, {
    target: options.targetSourcesPerChunk ?? Math.max(TARGET_SOURCES, Math.ceil(Math.sqrt(placements.count))),
    margin: options.maxExactReduction ?? MAX_EXACT_REDUCTION,
  });
  if (regions.length < 2) return inOnePiece;
  const windows = regions.map(({ window }) => window);
  const chunks = placementsByRegion(placements, regions).map((members, chunk) => {
    const window = windows[chunk]!;
    return { window, plan: planChunk(plan, window, members) };
  });
  return { root: planRoot(plan, windows), chunks };
}

/** One document of a chunked VRT. */
export interface VrtDocument {
  /** Position in `chunks`; null for the root. */
  readonly chunk: number | null;
  /** In pieces of some ten kilobytes; see {@link writeVrt}. */
  readonly text: Generator<string>;
}

/**
 * The documents of a chunked VRT, the root last: once it can be read, so can all that it names.
 *
 * @param sourceFile file of a source, by its position in the order sent; where relative, to the folder of the **chunks**
 * @param chunkFile file of a chunk, by its position in `chunks`; where relative, to the folder of the root
 * @param overviews rendered levels, which are the root's: see {@link writeVrt}
 */
export function* writeChunkedVrt(
  { root, chunks }: ChunkedPlan<Crs | null>,
  sourceFile: (sourceIndex: number) => SourceFile,
  chunkFile: (chunk: number) => SourceFile,
  overviews: OverviewLinks | null = null,
): Generator<VrtDocument> {
  for (const [chunk, { plan }] of chunks.entries()) yield { chunk, text: writeVrt(plan, sourceFile) };
  yield { chunk: null, text: writeVrt(root, chunks.length === 0 ? sourceFile : chunkFile, overviews) };
}

function elementCount({ bands, mask }: VrtPlan<Crs | null>): number {
  return [...bands, ...(mask === null ? [] : [mask])].reduce((sum, { placementCount }) => sum + placementCount, 0);
}

function isDivisible({ kind, bands, mask, placements }: VrtPlan<Crs | null>): boolean {
  const hasAll = ({ firstPlacement, placementCount }: BandSources) =>
    firstPlacement === 0 && placementCount === placements.count;
  return kind === 'mosaic' && bands.every((band) => hasAll(band) && isLocal(band)) && (mask === null || hasAll(mask));
}

const LOCAL_FUNCTIONS: ReadonlySet<string> = new Set(['min', 'max', 'mean', 'median']);

/**
 * Whether a pixel depends on the sources that are valid there alone. A pixel function is called for a whole window with
 * all the sources that touch it, which only functions that leave nodata out cannot tell. Arguments can make them count it,
 * and they are not told of nodata that is hidden, or of 64-bit integers.
 */
function isLocal({ pixelFunction, nodata, hideNodata, dataType }: VrtBandPlan): boolean {
  if (pixelFunction === null) return true;
  const { name, arguments: values } = pixelFunction;
  if (!LOCAL_FUNCTIONS.has(name) || Object.keys(values).length > 0) return false;
  return nodata !== null && !hideNodata && dataType !== 'Int64' && dataType !== 'UInt64';
}

function planChunk<KnownCrs extends Crs | null>(
  plan: VrtPlan<KnownCrs>,
  { colOff, rowOff, width, height }: Window,
  placements: Placements,
): VrtPlan<KnownCrs> {
  const [a, b, , d, e] = plan.grid.affine;
  const [c, f] = apply(plan.grid.affine, colOff, rowOff);
  const all = { firstPlacement: 0, placementCount: placements.count };
  return {
    ...plan,
    grid: { affine: [a, b, c, d, e, f], width, height },
    bands: plan.bands.map((band) => ({ ...band, ...all })),
    mask: plan.mask === null ? null : { ...plan.mask, ...all },
    overviewDecimations: plan.overviewDecimations.filter((factor) => width >= factor && height >= factor),
    placements,
  };
}

/**
 * The mosaic of the chunks. They do not overlap and have its types, nodata values and masks, so that each band is a
 * plain copy of theirs: gaps are filled with nodata in a chunk already, and 64-bit integers stay exact, which they would
 * not if readers had to look for nodata in them.
 */
function planRoot<KnownCrs extends Crs | null>(plan: VrtPlan<KnownCrs>, windows: readonly Window[]): VrtPlan<KnownCrs> {
  const all = { firstPlacement: 0, placementCount: windows.length };
  const { blocks, variant } = blocksOf(windows);
  const copy = (sourceBand: SourceRead['sourceBand'], dataType: SourceRead['dataType']): SourceRead[] =>
    blocks.map((block) => ({ ...COPY, ...block, sourceBand, dataType }));
  return {
    ...plan,
    bands: plan.bands.map((band, bandOffset) => ({
      ...band,
      ...all,
      reads: copy(bandOffset + 1, band.dataType),
      pixelFunction: null,
    })),
    mask: plan.mask === null ? null : { ...all, reads: copy('mask', 'Byte') },
    // The chunks overrule readers: to do it twice would resample what has been resampled.
    resampling: null,
    // And the chunks warp what has to be warped.
    warp: null,
    placements: {
      count: windows.length,
      sourceIndex: Int32Array.from(windows.keys()),
      variant,
      sourceWidth: Int32Array.from(windows, ({ width }) => width),
      sourceHeight: Int32Array.from(windows, ({ height }) => height),
      srcRects: Float64Array.from(windows.flatMap(({ width, height }) => [0, 0, width, height])),
      dstRects: Float64Array.from(
        windows.flatMap(({ colOff, rowOff, width, height }) => [colOff, rowOff, width, height]),
      ),
    },
  };
}

const COPY = { nodata: null, useMask: false, alphaBand: null, constant: null, maskThreshold: null } as const;

type Block = Pick<SourceRead, 'blockWidth' | 'blockHeight'>;

/** A VRT's own blocks are 128 pixels a side, or as large as it is. */
const VRT_BLOCK_SIZE = 128;

/** The distinct block sizes of VRTs of some windows, and which window has which. */
function blocksOf(windows: readonly Window[]): { blocks: Block[]; variant: Int32Array } {
  const blocks: Block[] = [];
  const variant = Int32Array.from(windows, ({ width, height }) => {
    const blockWidth = Math.min(VRT_BLOCK_SIZE, width);
    const blockHeight = Math.min(VRT_BLOCK_SIZE, height);
    const known = blocks.findIndex((block) => block.blockWidth === blockWidth && block.blockHeight === blockHeight);
    return known === -1 ? blocks.push({ blockWidth, blockHeight }) - 1 : known;
  });
  return { blocks, variant };
}
