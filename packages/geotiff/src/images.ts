import type { TiffImage } from '@cogeotiff/core';
import type { Source } from './source.ts';

/** One image (IFD) of a raster and where its bytes are. */
export interface RasterImage {
  /** Its tags; block offsets and sizes are fetched on first use. `image.tiff.source` reads from {@link source}. */
  readonly image: TiffImage;
  /** Size in pixels. */
  readonly width: number;
  readonly height: number;
  /** `sidecar`: in the `.ovr` or `.msk` beside the raster. */
  readonly location: 'internal' | 'sidecar';
  /** The file that holds it; `RasterImage`s of one file share one source. */
  readonly source: Source;
}

/** The images of a raster by what they are, in the order of `profile.layout`. */
export interface RasterImages {
  readonly full: RasterImage;
  /** `overviews[i]` is described by `profile.layout.overviews[i]`; finest first. */
  readonly overviews: readonly RasterImage[];
  /** The mask of {@link full}; null where there is none. */
  readonly mask: RasterImage | null;
  /** `maskOverviews[i]` is described by `profile.layout.mask.overviews[i]`. */
  readonly maskOverviews: readonly RasterImage[];
}
