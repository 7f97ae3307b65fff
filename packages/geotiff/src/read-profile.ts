import type { Crs, MaskProfile, OverviewProfile, RasterLayout, RasterProfile } from '@inlay/geo';
import { type DatasetFacts, NO_FACTS, mergeItems } from './band-facts.ts';
import { type HeightFacts, describeBands } from './bands.ts';
import { compressionName } from './compression.ts';
import { crsFromGeoKeys } from './crs/crs-from-geo-keys.ts';
import { crsFromText } from './crs/crs-from-text.ts';
import { heightUnit } from './crs/vertical-keys.ts';
import { parseGdalMetadata } from './gdal-metadata.ts';
import { GEO_KEY, type GeoKeys, readGeoKeys } from './geo-key-directory.ts';
import { type Georeference, georeference } from './georeference.ts';
import { type BlockLayout, readBlockFacts, readBlockLayout } from './image-blocks.ts';
import type { RasterImage, RasterImages } from './images.ts';
import { type AttachedImages, attachImages } from './attached-images.ts';
import { parseNumber } from './number-text.ts';
import type { OpenImage, OpenTiff } from './open-tiff.ts';
import type { PamFacts } from './pam.ts';
import { type SampleLayout, readSampleLayout } from './sample-layout.ts';
import { type SidecarContext, readPam, readWorldFile } from './sidecars.ts';
import type { Source } from './source.ts';
import { METADATA_TAGS, readTagMetadata } from './tag-metadata.ts';
import { type TagValues, readTags } from './tiff-directory.ts';
import { TAG } from './tiff-tag.ts';

/** The first image's tags beyond those every image is known by. */
const FULL_TAGS: readonly number[] = [
  TAG.BitsPerSample,
  TAG.SampleFormat,
  TAG.SamplesPerPixel,
  TAG.PhotometricInterpretation,
  TAG.Compression,
  TAG.LercParameters,
  TAG.Predictor,
  TAG.PlanarConfiguration,
  TAG.ExtraSamples,
  TAG.ColorMap,
  TAG.ModelPixelScale,
  TAG.ModelTiepoint,
  TAG.ModelTransformation,
  TAG.GeoKeyDirectory,
  TAG.GeoDoubleParams,
  TAG.GeoAsciiParams,
  TAG.GdalMetadata,
  TAG.GdalNodata,
  TAG.RpcCoefficients,
  ...METADATA_TAGS,
];

/** Reads all that the profile of an open raster needs; sidecars that stay open are added to `opened`. */
export async function readProfile(
  main: OpenTiff,
  context: SidecarContext,
  opened: Source[],
): Promise<{ profile: RasterProfile; images: RasterImages }> {
  const { reader, structure } = main;
  const { options } = context;
  const full = main.images[0]!;
  const tags = await readTags(reader, structure, full.directory, FULL_TAGS, options);
  const nodataText = tags.text(TAG.GdalNodata) || null;
  const samples = readSampleLayout(tags, reader.name, nodataText === null ? null : parseNumber(nodataText));
  const blocks = readBlockLayout(full.tags, reader.name, { ...full, ...samples });

  const pam = await readPam(context);
  const internal = readInternalFacts(tags, context);
  const attached = await attachImages(main, context, opened);
  const geoKeys = readGeoKeys(tags);
  const place = await locate(tags, geoKeys, pam, context);
  const crs = place.georeference === 'gcp' ? null : await readCrs(geoKeys, pam, context);
  const metadata = mergeItems(mergeItems(readTagMetadata(tags), internal.metadata), pam?.metadata ?? {});
  const areaOrPoint = takeAreaOrPoint(metadata, geoKeys, pam);
  const { bands, statistics } = describeBands({
    samples,
    blocks,
    nodataText,
    internal,
    sidecar: pam ?? NO_FACTS,
    heights: await readHeights(tags, geoKeys, crs),
    metadata,
    hasMask: attached.mask !== null,
    maskOfBand: attached.maskOfBand,
  });

  const layout: RasterLayout = {
    bands,
    mask: describeMask(attached),
    overviews: attached.overviews.map(describeOverview),
    storage: await describeStorage(main, tags, samples, blocks, context),
    metadata,
    areaOrPoint,
  };
  const profile: RasterProfile = {
    width: full.width,
    height: full.height,
    affine: place.affine,
    georeference: place.georeference,
    crs,
    layout,
    statistics,
  };
  return { profile, images: toRasterImages(full, attached, context.files.main) };
}

function readInternalFacts(tags: TagValues, { files, warnings }: SidecarContext): DatasetFacts {
  const xml = tags.text(TAG.GdalMetadata);
  const facts = xml === null ? NO_FACTS : parseGdalMetadata(xml);
  if (facts === null) {
    const message = `${files.main.name} has metadata (tag 42112) that is not valid XML; it was ignored, as GDAL does`;
    warnings.push({ code: 'ignored-metadata', message });
  }
  return facts ?? NO_FACTS;
}

async function locate(
  tags: TagValues,
  geoKeys: GeoKeys | null,
  pam: PamFacts | null,
  context: SidecarContext,
): Promise<Georeference> {
  const place = await georeference(
    {
      tiepoints: tags.numbers(TAG.ModelTiepoint),
      pixelScale: tags.numbers(TAG.ModelPixelScale),
      matrix: tags.numbers(TAG.ModelTransformation),
      isPoint: geoKeys?.code(GEO_KEY.RasterType) === 2,
      hasRpc: tags.has(TAG.RpcCoefficients),
    },
    pam,
    () => readWorldFile(context),
  );
  if (place.isUnusable) {
    const message = `${context.files.main.name} is placed with numbers that are not finite; its georeference was ignored`;
    context.warnings.push({ code: 'unusable-georeference', message });
  }
  return place;
}

async function readCrs(geoKeys: GeoKeys | null, pam: PamFacts | null, context: SidecarContext): Promise<Crs | null> {
  if (pam === null && geoKeys === null) return null;
  const reading = pam?.srs ? await crsFromText(pam.srs) : geoKeys === null ? null : await crsFromGeoKeys(geoKeys);
  if (reading === null) return null;
  if (reading.reason !== null) {
    const message = `${context.files.main.name}: ${reading.reason}; state the CRS when cataloguing it`;
    context.warnings.push({ code: 'unknown-crs', message });
  }
  return reading.crs;
}

/**
 * The third dimension of the georeference. GDAL looks at the z of scale and tie point only where it reports a compound
 * CRS; a scale of 0, which would make all heights equal, is taken for none.
 */
async function readHeights(tags: TagValues, geoKeys: GeoKeys | null, crs: Crs | null): Promise<HeightFacts> {
  const unit = geoKeys === null ? null : await heightUnit(geoKeys);
  const scale = tags.numbers(TAG.ModelPixelScale)?.[2] ?? 0;
  const tiepoint = tags.numbers(TAG.ModelTiepoint) ?? [];
  const isCompound = crs?.wkt.startsWith('COMPD_CS') === true;
  if (!isCompound || scale === 0 || tiepoint.length < 6) return { unit, scale: null, offset: null };
  return { unit, scale, offset: tiepoint[5]! - tiepoint[2]! * scale };
}

/**
 * AREA_OR_POINT, taken out of `metadata`. The GeoKeys state it, but GDAL does not look at them where the `.aux.xml`
 * has a CRS or ground control points; items of that name come before both.
 */
function takeAreaOrPoint(
  metadata: Record<string, string>,
  geoKeys: GeoKeys | null,
  pam: PamFacts | null,
): RasterLayout['areaOrPoint'] {
  const item = metadata['AREA_OR_POINT']?.toLowerCase();
  delete metadata['AREA_OR_POINT'];
  if (item === 'point') return 'Point';
  if (item === 'area') return 'Area';
  const rasterType = pam?.srs || pam?.hasGcps === true ? null : geoKeys?.code(GEO_KEY.RasterType);
  if (rasterType === 2) return 'Point';
  return rasterType === 1 ? 'Area' : null;
}

function describeMask({ mask, maskOverviews }: AttachedImages): MaskProfile | null {
  if (mask === null) return null;
  return {
    location: mask.location,
    blockWidth: mask.blocks.blockWidth,
    blockHeight: mask.blocks.blockHeight,
    overviews: maskOverviews.map(describeOverview),
  };
}

function describeOverview({ width, height, location }: RasterImage): OverviewProfile {
  return { width, height, location };
}

async function describeStorage(
  main: OpenTiff,
  tags: TagValues,
  samples: SampleLayout,
  { tiled, blockCount }: BlockLayout,
  context: SidecarContext,
): Promise<RasterLayout['storage']> {
  const { reader, structure } = main;
  const { directory } = main.images[0]!;
  const facts = await readBlockFacts(reader, structure, directory, tiled, context.options);
  if (facts.reachesBeyondEnd) {
    const message = `${reader.name} ends before its last pixels: the file is incomplete; copy or upload it again`;
    context.warnings.push({ code: 'beyond-end', message });
  }
  if (facts.listedBlocks < blockCount) {
    const message = `${reader.name} lists ${facts.listedBlocks} of its ${blockCount} blocks; the others read as empty`;
    context.warnings.push({ code: 'block-list-too-short', message });
  }
  const compression = compressionName(samples, tags.numbers(TAG.LercParameters), reader.name);
  const predictor = tags.number(TAG.Predictor);
  return {
    bigTiff: structure.bigTiff,
    tiled,
    interleave: samples.bandCount > 1 && !samples.planarSeparate ? 'PIXEL' : 'BAND',
    compression,
    predictor: compression !== null && (predictor === 2 || predictor === 3) ? predictor : 1,
    sparse: facts.sparse,
  };
}

function toRasterImages(full: OpenImage, attached: AttachedImages, source: Source): RasterImages {
  return {
    full: { image: full.image, width: full.width, height: full.height, location: 'internal', source },
    overviews: attached.overviews,
    mask: attached.mask,
    maskOverviews: attached.maskOverviews,
  };
}
