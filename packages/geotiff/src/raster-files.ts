import type { FetchOptions, Source } from './source.ts';

/**
 * What may lie beside a raster and belongs to it: appended to its name (`a.tif.msk`), or in place of its
 * extension (world files: `a.tfw`).
 */
export type SidecarSuffix = '.msk' | '.ovr' | '.msk.ovr' | '.aux.xml' | '.tfw' | '.tifw' | '.wld';

/** A raster and the files beside it. */
export interface RasterFiles {
  readonly main: Source;
  /** The sidecar, opened; null where there is none. The caller closes what it gets. */
  sibling(suffix: SidecarSuffix, options?: FetchOptions): Promise<Source | null>;
}

/** World files replace the raster's extension; the other sidecars are appended to its name. */
export function sidecarName(rasterName: string, suffix: SidecarSuffix): string {
  const isWorldFile = suffix === '.tfw' || suffix === '.tifw' || suffix === '.wld';
  return (isWorldFile ? rasterName.replace(/\.[^./\\]*$/, '') : rasterName) + suffix;
}

/** A raster on its own: no sidecar is looked for. */
export function singleFile(main: Source): RasterFiles {
  return { main, sibling: () => Promise.resolve(null) };
}
