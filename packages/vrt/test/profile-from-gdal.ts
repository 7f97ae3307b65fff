import {
  COLOR_INTERPS,
  type BandProfile,
  type ColorInterp,
  type Crs,
  fromGeoTransform,
  MASK_PER_DATASET,
  type Nodata,
  type RasterLayout,
  type RasterProfile,
} from '@inlay/geo';
import type { GdalBand, GdalDataset } from '@inlay/testing';

/** The profile of a raster as GDAL sees it, so that the planner is tested apart from our own GeoTIFF reader. */
export function profileFromGdal(dataset: GdalDataset): RasterProfile {
  const { width, height, geoTransform, gcpCount, crs } = dataset;
  return {
    width,
    height,
    affine: geoTransform === null ? null : fromGeoTransform(geoTransform),
    georeference: geoTransform !== null ? 'affine' : gcpCount > 0 ? 'gcp' : 'none',
    crs: crs === null ? null : crsFromGdal(crs),
    layout: layoutFromGdal(dataset),
    statistics: dataset.bands.map(() => null),
  };
}

function layoutFromGdal({ bands, metadata, interleave }: GdalDataset): RasterLayout {
  const [first] = bands;
  const { AREA_OR_POINT: areaOrPoint, ...items } = metadata;
  return {
    bands: bands.map(bandFromGdal),
    mask:
      first?.maskFlags === MASK_PER_DATASET
        ? {
            location: 'internal',
            blockWidth: first.maskBlockSize[0],
            blockHeight: first.maskBlockSize[1],
            overviews: first.maskOverviews.map(([width, height]) => ({ width, height, location: 'internal' })),
          }
        : null,
    overviews: (first?.overviews ?? []).map(([width, height]) => ({ width, height, location: 'internal' })),
    storage: {
      bigTiff: false,
      tiled: false,
      interleave: interleave ?? 'BAND',
      compression: null,
      predictor: 1,
      sparse: false,
    },
    metadata: items,
    areaOrPoint: areaOrPoint === 'Area' || areaOrPoint === 'Point' ? areaOrPoint : null,
  };
}

function bandFromGdal(band: GdalBand): BandProfile {
  const metadata = Object.entries(band.metadata).filter(([key]) => !key.startsWith('STATISTICS_'));
  return {
    dataType: band.dataType,
    nbits: null,
    blockWidth: band.blockSize[0],
    blockHeight: band.blockSize[1],
    nodata: band.nodata === null ? null : nodataFromGdal(band.nodata, band.dataType),
    colorInterp: colorInterpOf(band.colorInterp),
    colorTable: band.colorTable,
    scale: band.scale,
    offset: band.offset,
    unit: band.unit || null,
    description: band.description || null,
    categories: band.categories,
    metadata: Object.fromEntries(metadata),
    maskFlags: band.maskFlags,
  };
}

function nodataFromGdal(nodata: number | string, dataType: string): Nodata {
  if (dataType === 'Int64' || dataType === 'UInt64') return BigInt(nodata);
  return Number(typeof nodata === 'string' ? nodata.replace('inf', 'Infinity') : nodata);
}

function colorInterpOf(name: string): ColorInterp {
  const found = COLOR_INTERPS.find((candidate) => candidate === name);
  if (found === undefined) throw new Error(`GDAL reports the colour interpretation "${name}", which geo does not know`);
  return found;
}

function crsFromGdal(crs: NonNullable<GdalDataset['crs']>): Crs {
  const { authority, code, name, wkt, proj4 } = crs;
  return {
    code: authority !== null && code !== null ? `${authority}:${code}` : null,
    name,
    kind: crs.isProjected ? 'projected' : crs.isGeographic ? 'geographic' : 'local',
    wkt,
    proj4,
    unit: { name: crs.isGeographic ? 'degree' : 'metre', factor: crs.isGeographic ? Math.PI / 180 : 1 },
    axisMapping: crs.axisMapping[0] === 2 ? '2,1' : '1,2',
    parametersKey: proj4,
  };
}
