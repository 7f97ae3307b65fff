import type { RasterProfile } from '@inlay/geo';

/** Whether a raster is quick to read in parts, and what to do where it is not. */
export interface ServingReport {
  /** Tiled where it is not small, and its overviews and mask are inside the file. */
  readonly isCog: boolean;
  /** One sentence each, with what to do; empty for a raster that is quick to serve. */
  readonly reasons: readonly string[];
}

/** Rasters up to this size, in pixels, are read whole: they need neither tiles nor overviews. */
const SMALL = 1024;
/** Decoding a larger block for one map tile is waste. */
const LARGE_BLOCK = 1024;

/** Judges how a file is laid out, from its profile alone. */
export function servingReport({ width, height, layout }: RasterProfile): ServingReport {
  const { storage, overviews, mask } = layout;
  const isSmall = width <= SMALL && height <= SMALL;
  const hasSidecarOverviews = overviews.some(({ location }) => location === 'sidecar');
  const reasons = isSmall ? [] : [...blockReasons(layout), ...overviewReasons(layout), ...compressionReasons(storage)];
  if (hasSidecarOverviews) {
    reasons.push(
      'Its overviews are in a .ovr file beside it; convert it with gdal_translate -of COG to have one file.',
    );
  }
  if (mask?.location === 'sidecar') {
    reasons.push('Its mask is in a .msk file beside it; convert it with gdal_translate -of COG to have one file.');
  }
  const hasOverviews = isSmall || overviews.length > 0;
  const isOneFile = !hasSidecarOverviews && mask?.location !== 'sidecar';
  return { isCog: (storage.tiled || isSmall) && hasOverviews && isOneFile, reasons };
}

type Layout = RasterProfile['layout'];

function blockReasons({ storage, bands }: Layout): string[] {
  if (!storage.tiled) {
    return [
      'It is stored in strips, so a small part of it means reading whole rows; convert it with gdal_translate -of COG.',
    ];
  }
  const { blockWidth = 0, blockHeight = 0 } = bands[0] ?? {};
  if (blockWidth <= LARGE_BLOCK && blockHeight <= LARGE_BLOCK) return [];
  return [
    `Its tiles are ${blockWidth} x ${blockHeight} pixels; convert it to tiles of 512 with gdal_translate -of COG.`,
  ];
}

function overviewReasons({ overviews }: Layout): string[] {
  const coarsest = overviews.at(-1);
  if (coarsest === undefined) {
    return [
      'It has no overviews, so zooming out means reading all of it; add them with gdaladdo or gdal_translate -of COG.',
    ];
  }
  if (coarsest.width <= 2 * SMALL && coarsest.height <= 2 * SMALL) return [];
  return [
    `Its coarsest overview is still ${coarsest.width} x ${coarsest.height} pixels; add coarser ones with gdaladdo.`,
  ];
}

function compressionReasons(storage: Layout['storage']): string[] {
  return storage.compression === null
    ? ['It is not compressed, so more bytes are read than needed; convert it with gdal_translate -of COG.']
    : [];
}
