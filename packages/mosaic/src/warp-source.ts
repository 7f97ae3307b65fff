import type { Crs, Nodata, PixelGrid, Positions, Window } from '@inlay/geo';
import { allocateSamples, type Samples } from '@inlay/raster';
import type { SourceTraits, UnwarpedSource } from './compiled-mosaic.ts';
import { convertValue } from './convert.ts';
import type { Size } from './lattice.ts';
import { readMaskLattice } from './read-lattice.ts';
import type { OpenedSource } from './source-port.ts';
import { type LevelWarp, warpOfLevel } from './warp-positions.ts';
import { markTile, sampleTile, type WarpKernel, warpReach } from './warp-sampler.ts';

/** What a source is warped to, and how. */
export interface WarpedAs {
  readonly grid: PixelGrid;
  readonly crs: Crs;
  /** Sizes of the warped source's levels, full resolution first. */
  readonly levels: readonly Size[];
  /** Those of the warped source: where it says nodata, places without data hold that. */
  readonly traits: SourceTraits;
  readonly resampling: WarpKernel;
}

/** Pixels of the output that are warped at once, along a side: what they need of the source is a window about as large. */
const TILE = 128;

/** A window of the source may have this many pixels for each of the output's, and some for the kernel around it. */
const MOST_PER_PIXEL = 16;
const ALWAYS_ALLOWED = 2 ** 16;

/** What lies under one tile of the output. */
interface SourcePatch {
  readonly window: Window;
  /** In the order asked for. */
  readonly bands: readonly Samples[];
  /** 0 is invalid; null where all of it is valid. */
  readonly validity: Uint8Array | null;
  /** 0 could not be read; null where all of it could. */
  readonly known: Uint8Array | null;
}

/**
 * A source on the grid of the output, as GDAL's warped VRT of it is: every pixel's centre is transformed exactly. It has
 * the bands of the source; pixels that the source does not reach, or that are not valid there, hold the band's nodata,
 * or 0 where a mask or an alpha band tells.
 */
export function warpSource(raw: OpenedSource, unwarped: UnwarpedSource, target: WarpedAs): OpenedSource {
  const warps = new Map<number, LevelWarp>();
  const warpOf = (level: number): LevelWarp => {
    const known = warps.get(level) ?? warpOfLevel(unwarped, target, level, target.levels[level]!);
    warps.set(level, known);
    return known;
  };
  const { bands: bandTraits } = unwarped.traits;
  // Where the last of several bands is alpha, it speaks for the others, whatever their nodata (`warpedValidity`).
  const alpha = bandTraits.length > 1 && target.traits.bands.at(-1)?.validity === 'self' ? bandTraits.length : null;
  const hasStoredMask = alpha === null && bandTraits[0]?.validity === 'stored';
  const nodataOf = (band: number): Nodata | null => {
    const traits = target.traits.bands[band - 1];
    return traits?.validity === 'nodata' ? traits.nodata : null;
  };

  async function readPatch(
    level: number,
    window: Window,
    bands: readonly number[],
    signal: AbortSignal | undefined,
  ): Promise<SourcePatch> {
    const rawLevel = unwarped.level + level;
    const asked = alpha === null || bands.includes(alpha) ? bands : [...bands, alpha];
    const [raster, mask] = await Promise.all([
      asked.length === 0 ? null : raw.read(rawLevel, window, asked, signal),
      hasStoredMask ? readStoredMask(raw, unwarped, rawLevel, window, signal) : null,
    ]);
    const samples = raster?.bands ?? [];
    const known = raster?.mask ?? null;
    if (alpha === null) return { window, bands: samples, validity: mask, known };
    const opacity = samples[asked.indexOf(alpha)] as ArrayLike<number>;
    return { window, bands: samples, validity: Uint8Array.from(opacity, (value) => (value > 0 ? 255 : 0)), known };
  }

  /** Visits the output's window tile by tile, each with what lies under it; null where nothing does. */
  async function visit(
    level: number,
    window: Window,
    bands: readonly number[],
    signal: AbortSignal | undefined,
    take: (tile: Window, positions: Positions, patch: SourcePatch | null) => void,
  ): Promise<void> {
    const warp = warpOf(level);
    const reach = warpReach(target.resampling, warp.shrink);
    const open = tilesOf(window);
    for (let tile = open.pop(); tile !== undefined; tile = open.pop()) {
      signal?.throwIfAborted();
      const positions = warp.locate(tile);
      const under = windowUnder(positions, warp.source, reach);
      if (under !== null && isTooLarge(under, tile)) {
        open.push(...halvesOf(tile));
        continue;
      }
      take(tile, positions, under === null ? null : await readPatch(level, under, bands, signal));
    }
  }

  return {
    async read(level, window, bands, signal) {
      const { shrink, source } = warpOf(level);
      const dataType = bandTraits[bands[0]! - 1]!.dataType;
      const results = bands.map((band) => {
        const samples = allocateSamples(dataType, window.width * window.height);
        const nodata = nodataOf(band);
        if (nodata !== null) samples.fill(convertValue(nodata, dataType) as never);
        return { samples, nodata };
      });
      let known: Uint8Array | null = null;
      await visit(level, window, bands, signal, (tile, positions, patch) => {
        if (patch === null) return;
        if (patch.known !== null) {
          known ??= new Uint8Array(window.width * window.height).fill(255);
          const tileKnown = new Uint8Array(tile.width * tile.height);
          markTile({ ...patch, validity: patch.known, source }, positions, { samples: tileKnown, tile, window: tile });
          clearUnknown(known, tileKnown, tile, window);
        }
        for (const [at, { samples, nodata }] of results.entries()) {
          const place = { samples, tile, window };
          const input = { ...patch, samples: patch.bands[at]!, source, nodata, dataType };
          sampleTile(target.resampling, shrink, input, positions, place);
        }
      });
      return {
        layout: 'band-separate',
        width: window.width,
        height: window.height,
        dataType,
        bands: results.map(({ samples }) => samples),
        mask: known,
      };
    },
    damage: () => raw.damage?.() ?? null,
    async readMask(level, window, signal) {
      const { source } = warpOf(level);
      const mask = new Uint8Array(window.width * window.height);
      await visit(level, window, [], signal, (tile, positions, patch) => {
        if (patch !== null) markTile({ ...patch, source }, positions, { samples: mask, tile, window });
      });
      return mask;
    },
    release: () => raw.release?.(),
  };
}

/** Takes over the zeros of a tile. */
function clearUnknown(known: Uint8Array, tileKnown: Uint8Array, tile: Window, window: Window): void {
  for (let row = 0; row < tile.height; row += 1) {
    const to = (tile.rowOff - window.rowOff + row) * window.width + tile.colOff - window.colOff;
    for (let col = 0; col < tile.width; col += 1) if (tileKnown[row * tile.width + col] === 0) known[to + col] = 0;
  }
}

/** The stored mask of a window of one of the bands' levels: of the mask's own level of that size, else of its full size. */
async function readStoredMask(
  raw: OpenedSource,
  { levels, maskLevels }: UnwarpedSource,
  level: number,
  window: Window,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const { width, height } = levels[level]!;
  const same = maskLevels.findIndex((size) => size.width === width && size.height === height);
  if (same !== -1) return raw.readMask(same, window, signal);
  const full = maskLevels[0]!;
  const centres = (first: number, count: number, scale: number) =>
    Int32Array.from({ length: count }, (_, at) => Math.floor((first + at + 0.5) * scale));
  const cols = centres(window.colOff, window.width, full.width / width);
  const rows = centres(window.rowOff, window.height, full.height / height);
  return readMaskLattice(raw, { level: 0, cols, rows }, signal);
}

function tilesOf({ colOff, rowOff, width, height }: Window): Window[] {
  const tiles: Window[] = [];
  for (let row = 0; row < height; row += TILE) {
    for (let col = 0; col < width; col += TILE) {
      tiles.push({
        colOff: colOff + col,
        rowOff: rowOff + row,
        width: Math.min(TILE, width - col),
        height: Math.min(TILE, height - row),
      });
    }
  }
  return tiles;
}

function halvesOf({ colOff, rowOff, width, height }: Window): Window[] {
  if (width >= height) {
    const half = width >> 1;
    return [
      { colOff, rowOff, width: half, height },
      { colOff: colOff + half, rowOff, width: width - half, height },
    ];
  }
  const half = height >> 1;
  return [
    { colOff, rowOff, width, height: half },
    { colOff, rowOff: rowOff + half, width, height: height - half },
  ];
}

/** Around a tear of the projection, neighbours lie far apart: then smaller tiles are looked at. */
function isTooLarge(under: Window, tile: Window): boolean {
  const pixels = tile.width * tile.height;
  return pixels > 1 && under.width * under.height > ALWAYS_ALLOWED + MOST_PER_PIXEL * pixels;
}

/** The whole pixels of the source around the positions within it; null where there are none. */
function windowUnder({ cols, rows }: Positions, { width, height }: Size, reach: number): Window | null {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let at = 0; at < cols.length; at += 1) {
    const [col, row] = [cols[at]!, rows[at]!];
    if (!(col >= 0 && row >= 0 && col <= width && row <= height)) continue;
    left = Math.min(left, col);
    right = Math.max(right, col);
    top = Math.min(top, row);
    bottom = Math.max(bottom, row);
  }
  if (left > right) return null;
  const colOff = Math.max(0, Math.floor(left) - reach);
  const rowOff = Math.max(0, Math.floor(top) - reach);
  return {
    colOff: Math.min(colOff, width - 1),
    rowOff: Math.min(rowOff, height - 1),
    width: Math.max(1, Math.min(width, Math.floor(right) + reach + 1) - colOff),
    height: Math.max(1, Math.min(height, Math.floor(bottom) + reach + 1) - rowOff),
  };
}
