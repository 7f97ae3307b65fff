import { MASK_PER_DATASET } from '@inlay/geo';
import { parseGdalMetadata } from './gdal-metadata.ts';
import { type BlockLayout, readBlockLayout } from './image-blocks.ts';
import type { RasterImage } from './images.ts';
import type { OpenImage, OpenTiff } from './open-tiff.ts';
import { type SidecarContext, openSidecarTiff } from './sidecars.ts';
import { sidecarOverviews, sortImages } from './sort-images.ts';
import type { Source } from './source.ts';
import { readTags } from './tiff-directory.ts';
import { TAG } from './tiff-tag.ts';

/** The overviews and masks of a raster, in its own file or beside it. */
export interface AttachedImages {
  /** Finest first. */
  readonly overviews: readonly RasterImage[];
  /** The mask of all bands. */
  readonly mask: (RasterImage & { readonly blocks: BlockLayout }) | null;
  readonly maskOverviews: readonly RasterImage[];
  /** Mask flags of a band that has a mask of its own in the `.msk`; null where it has none. */
  readonly maskOfBand: (bandOffset: number) => number | null;
}

/**
 * Finds overviews and mask in GDAL's order: images of the file itself, and only where it has none the `.ovr` and the
 * `.msk`, whose overviews may again be inside it or in a `.msk.ovr`.
 */
export async function attachImages(main: OpenTiff, context: SidecarContext, opened: Source[]): Promise<AttachedImages> {
  const own = sortImages(main);
  const source = context.files.main;
  const overviews =
    own.overviews.length > 0
      ? own.overviews.map((image) => toRasterImage(image, 'internal', source))
      : await sidecarImages(context, '.ovr', own.full, opened);
  if (own.mask === null) return { overviews, ...(await sidecarMask(context, own.full, opened)) };
  return {
    overviews,
    mask: { ...toRasterImage(own.mask, 'internal', source), blocks: blocksOf(own.mask, main) },
    maskOverviews: own.maskOverviews.map((image) => toRasterImage(image, 'internal', source)),
    maskOfBand: () => null,
  };
}

async function sidecarImages(
  context: SidecarContext,
  suffix: '.ovr' | '.msk.ovr',
  full: OpenImage,
  opened: Source[],
): Promise<RasterImage[]> {
  const ovr = await openSidecarTiff(context, suffix, opened);
  if (ovr === null) return [];
  return sidecarOverviews(ovr, full).map((image) => toRasterImage(image, 'sidecar', opened.at(-1)!));
}

/** The `.msk`'s metadata says of each band whether its mask is that of all bands (gdal.org, RFC 15). */
async function sidecarMask(
  context: SidecarContext,
  full: OpenImage,
  opened: Source[],
): Promise<Omit<AttachedImages, 'overviews'>> {
  const none = { mask: null, maskOverviews: [], maskOfBand: () => null };
  const msk = await openSidecarTiff(context, '.msk', opened);
  if (msk === null) return none;
  const source = opened.at(-1)!;
  const sorted = sortImages(msk);
  const tags = await readTags(msk.reader, msk.structure, sorted.full.directory, [TAG.GdalMetadata], context.options);
  const flags = parseGdalMetadata(tags.text(TAG.GdalMetadata) ?? '')?.metadata ?? {};
  const ofBand = (bandOffset: number): number | null => {
    const value = Number.parseInt(flags[`INTERNAL_MASK_FLAGS_${bandOffset + 1}`] ?? '', 10);
    return Number.isNaN(value) ? null : value;
  };
  const isUsable = sorted.full.width === full.width && sorted.full.height === full.height;
  if (ofBand(0) === null || !isUsable) {
    const message = `${source.name} is not a mask of ${context.files.main.name} and was ignored`;
    context.warnings.push({ code: 'ignored-sidecar', message });
    return none;
  }
  if ((ofBand(0)! & MASK_PER_DATASET) === 0) {
    const message = `${source.name} has a mask for each band, which is not supported: every pixel counts as valid`;
    context.warnings.push({ code: 'per-band-mask', message });
    return { ...none, maskOfBand: ofBand };
  }
  const maskOverviews =
    sorted.overviews.length > 0
      ? sorted.overviews.map((image) => toRasterImage(image, 'sidecar', source))
      : await sidecarImages(context, '.msk.ovr', sorted.full, opened);
  return {
    mask: { ...toRasterImage(sorted.full, 'sidecar', source), blocks: blocksOf(sorted.full, msk) },
    maskOverviews,
    maskOfBand: () => null,
  };
}

function toRasterImage(
  { image, width, height }: OpenImage,
  location: RasterImage['location'],
  source: Source,
): RasterImage {
  return { image, width, height, location, source };
}

function blocksOf({ tags, width, height, bandCount }: OpenImage, file: OpenTiff): BlockLayout {
  return readBlockLayout(tags, file.reader.name, {
    width,
    height,
    bandCount,
    bitsPerSample: tags.number(TAG.BitsPerSample) ?? 1,
    planarSeparate: tags.number(TAG.PlanarConfiguration) === 2,
    compressionCode: tags.number(TAG.Compression) ?? 1,
  });
}
