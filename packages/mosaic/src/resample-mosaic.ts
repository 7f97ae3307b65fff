import type { Window } from '@inlay/geo';
import { kernelReach, type Resampling } from '@inlay/raster';
import type { CompiledMosaic, MosaicBand } from './compiled-mosaic.ts';
import { compose, type ComposeOptions, type ComposeReport } from './compose.ts';
import { compositionFactor } from './composition-scale.ts';
import { type ComposedCells, MosaicComposer } from './mosaic-composer.ts';
import { createLayer, samplesOf } from './paint.ts';
import { type CellGrid, planReads } from './plan-reads.ts';
import { type ResampledBands, spreadCells } from './spread-cells.ts';

/** Cells of a resampled window. */
export interface ResampledCells extends ComposeReport, ResampledBands {
  /** By how much the mosaic was reduced, by taking the nearest pixels, before it was resampled. */
  readonly reduction: number;
  /** The reduction is larger than that of the sources' own levels: there was too much to be read. */
  readonly isThinned: boolean;
}

/** Pixels of the mosaic that are composed for one window. */
const MAX_COMPOSED = 2 ** 24;

/**
 * Composes the mosaic, and then resamples it once: there are no seams where sources meet, whatever the kernel, and what
 * lies around the window counts as well. It is composed at full resolution, or at the coarsest level that all sources
 * have (`compositionFactor`).
 *
 * Pixels take part where a source has painted them and where they are neither nodata nor masked.
 */
export async function resampleMosaic(
  mosaic: CompiledMosaic,
  grid: CellGrid,
  bands: readonly MosaicBand[],
  resampling: Resampling,
  options: ComposeOptions,
): Promise<ResampledCells> {
  const shape = new MosaicComposer(mosaic, bands, 1, 1);
  const { reads } = planReads(mosaic, grid, shape.targets, options.fidelity, () => false);
  const wanted = compositionFactor(mosaic, grid, reads);
  const reduction = affordable(mosaic, grid, resampling, wanted);
  const area = areaToCompose(mosaic, grid, resampling, reduction);
  const composed = area === null ? null : await composeArea(mosaic, area, reduction, bands, options);
  const nothing = { failures: [], damages: [], placementsRead: 0, placementsHidden: 0 };
  const report = composed?.report ?? nothing;
  const cells =
    composed === null || area === null ? null : spread(composed.cells, area, reduction, grid, bands, resampling);
  return { ...report, ...(cells ?? blank(grid, bands)), reduction, isThinned: reduction > wanted };
}

/** The least multiple of a factor at which no more is composed than is allowed. */
function affordable(mosaic: CompiledMosaic, grid: CellGrid, resampling: Resampling, factor: number): number {
  for (let reduction = factor; ;) {
    const area = areaToCompose(mosaic, grid, resampling, reduction);
    const pixels = area === null ? 0 : area.width * area.height;
    if (pixels <= MAX_COMPOSED) return reduction;
    reduction = factor * Math.ceil((reduction / factor) * Math.max(1.01, Math.sqrt(pixels / MAX_COMPOSED)));
  }
}

/** What the kernel looks at, in whole pixels of the reduced mosaic; null where that has nothing there. */
function areaToCompose(
  { grid: mosaicGrid }: CompiledMosaic,
  { window, width, height }: CellGrid,
  resampling: Resampling,
  reduction: number,
): Window | null {
  const across = axisToCompose(window.colOff, window.width, width, mosaicGrid.width, resampling, reduction);
  const down = axisToCompose(window.rowOff, window.height, height, mosaicGrid.height, resampling, reduction);
  if (across === null || down === null) return null;
  return { colOff: across.start, rowOff: down.start, width: across.length, height: down.length };
}

function axisToCompose(
  offset: number,
  size: number,
  cells: number,
  mosaicSize: number,
  resampling: Resampling,
  reduction: number,
): { start: number; length: number } | null {
  const reach = kernelReach(resampling, size / reduction / cells);
  const start = Math.max(0, Math.floor(offset / reduction) - reach);
  const end = Math.min(Math.ceil(mosaicSize / reduction), Math.ceil((offset + size) / reduction) + reach);
  return end > start ? { start, length: end - start } : null;
}

async function composeArea(
  mosaic: CompiledMosaic,
  area: Window,
  reduction: number,
  bands: readonly MosaicBand[],
  options: ComposeOptions,
): Promise<{ report: ComposeReport; cells: ComposedCells }> {
  const { width, height } = area;
  const composer = new MosaicComposer(mosaic, bands, width, height);
  const window = {
    colOff: area.colOff * reduction,
    rowOff: area.rowOff * reduction,
    width: width * reduction,
    height: height * reduction,
  };
  const report = await compose(mosaic, { window, width, height }, composer, options);
  return { report, cells: composer.finish() };
}

function spread(
  cells: ComposedCells,
  area: Window,
  reduction: number,
  { window, width, height }: CellGrid,
  bands: readonly MosaicBand[],
  resampling: Resampling,
): ResampledBands {
  return spreadCells(cells, area, bands, {
    width,
    height,
    resampling,
    window: {
      colOff: window.colOff / reduction - area.colOff,
      rowOff: window.rowOff / reduction - area.rowOff,
      width: window.width / reduction,
      height: window.height / reduction,
    },
  });
}

function blank({ width, height }: CellGrid, bands: readonly MosaicBand[]): ResampledBands {
  return {
    samples: bands.map(({ dataType, nodata }) => samplesOf(createLayer(dataType, nodata, width, height))),
    dataTypes: bands.map(({ dataType }) => dataType),
    mask: new Uint8Array(width * height),
  };
}
