import type { TiffImage } from '@cogeotiff/core';
import { malformed, unsupported } from './error.ts';
import { type HeaderReader, headerReader } from './header-reader.ts';
import type { FetchOptions, Source } from './source.ts';
import { type Directory, type TagValues, type TiffStructure, readStructure, readTags } from './tiff-directory.ts';
import { toTiffImages } from './tiff-images.ts';
import { TAG } from './tiff-tag.ts';

/** GDAL counts pixels in 32-bit integers. */
const MAX_SIZE = 2 ** 31 - 1;

/** Tags that tell what an image is; read for every image of a file. */
const IMAGE_TAGS = [
  TAG.NewSubfileType,
  TAG.ImageWidth,
  TAG.ImageLength,
  TAG.BitsPerSample,
  TAG.Compression,
  TAG.SamplesPerPixel,
  TAG.RowsPerStrip,
  TAG.PlanarConfiguration,
  TAG.TileWidth,
  TAG.TileLength,
];

/** An image of a file, its size and kind known. */
export interface OpenImage {
  readonly image: TiffImage;
  readonly directory: Directory;
  readonly tags: TagValues;
  readonly width: number;
  readonly height: number;
  readonly bandCount: number;
  /** NewSubfileType bit 0: a smaller version of another image (TIFF 6.0 p. 36). */
  readonly isReduced: boolean;
  /** NewSubfileType bit 2: a mask of another image. */
  readonly isMask: boolean;
}

/** A TIFF file with its images in file order. */
export interface OpenTiff {
  readonly reader: HeaderReader;
  readonly structure: TiffStructure;
  readonly images: readonly OpenImage[];
}

/**
 * Opens one file; the caller closes `source`.
 * @throws GeoTiffError `not-a-tiff`, `truncated`, `malformed`, `too-large`, `unsupported`, and those of the source.
 */
export async function openTiff(source: Source, options?: FetchOptions): Promise<OpenTiff> {
  const reader = headerReader(source);
  const structure = await readStructure(reader, options);
  const tiffImages = toTiffImages(reader, structure);
  const images: OpenImage[] = [];
  for (const [index, directory] of structure.directories.entries()) {
    const tags = await readTags(reader, structure, directory, IMAGE_TAGS, options);
    const subfileType = tags.number(TAG.NewSubfileType) ?? 0;
    images.push({
      image: tiffImages[index]!,
      directory,
      tags,
      ...readSize(tags, source.name),
      bandCount: tags.number(TAG.SamplesPerPixel) ?? 1,
      isReduced: (subfileType & 1) !== 0,
      isMask: (subfileType & 4) !== 0,
    });
  }
  return { reader, structure, images };
}

function readSize(tags: TagValues, name: string): { width: number; height: number } {
  const width = tags.number(TAG.ImageWidth) ?? 0;
  const height = tags.number(TAG.ImageLength) ?? 0;
  if (!(width >= 1 && height >= 1)) throw malformed(name, `it has an image of ${width} x ${height} pixels`);
  if (width > MAX_SIZE || height > MAX_SIZE) {
    throw unsupported(name, `is ${width} x ${height} pixels; at most ${MAX_SIZE} in each direction can be read`);
  }
  return { width, height };
}
