import {
  type Affine,
  type BandProfile,
  type Crs,
  MASK_ALL_VALID,
  MASK_NODATA,
  type RasterLayout,
  type RasterProfile,
} from '@inlay/geo';
import type { VrtSourceInput } from '@inlay/vrt';

/** A band of bytes without any particulars; nodata sets the mask flag that goes with it. */
export function band(particulars: Partial<BandProfile> = {}): BandProfile {
  return {
    dataType: 'Byte',
    nbits: null,
    blockWidth: 256,
    blockHeight: 256,
    nodata: null,
    colorInterp: 'Gray',
    colorTable: null,
    scale: null,
    offset: null,
    unit: null,
    description: null,
    categories: null,
    metadata: {},
    maskFlags: (particulars.nodata ?? null) === null ? MASK_ALL_VALID : MASK_NODATA,
    ...particulars,
  };
}

export function layout(bands: readonly BandProfile[], particulars: Partial<RasterLayout> = {}): RasterLayout {
  return {
    bands,
    mask: null,
    overviews: [],
    storage: { bigTiff: false, tiled: true, interleave: 'PIXEL', compression: null, predictor: 1, sparse: false },
    metadata: {},
    areaOrPoint: 'Area',
    ...particulars,
  };
}

/** The layout of `source` unless it is told another. */
export const ONE_BYTE_BAND: RasterLayout = layout([band()]);

export function utm(zone: number): Crs {
  return {
    code: `EPSG:${32600 + zone}`,
    name: `WGS 84 / UTM zone ${zone}N`,
    kind: 'projected',
    wkt: `PROJCS["WGS 84 / UTM zone ${zone}N"]`,
    proj4: `+proj=utm +zone=${zone} +datum=WGS84`,
    unit: { name: 'metre', factor: 1 },
    axisMapping: '1,2',
    parametersKey: `utm ${zone}`,
  };
}

export const UTM_33: Crs = utm(33);

export const DEGREES: Crs = {
  code: 'EPSG:4326',
  name: 'WGS 84',
  kind: 'geographic',
  wkt: 'GEOGCS["WGS 84"]',
  proj4: '+proj=longlat +datum=WGS84 +no_defs',
  unit: { name: 'degree', factor: Math.PI / 180 },
  axisMapping: '2,1',
  parametersKey: 'degrees',
};

/** A source of 4x3 pixels of 10 m whose top-left corner is (0, 0). */
export function source(label: string, particulars: Partial<RasterProfile> = {}): VrtSourceInput {
  return {
    label,
    profile: {
      width: 4,
      height: 3,
      affine: northUp(0, 0, 10),
      georeference: 'affine',
      crs: UTM_33,
      layout: ONE_BYTE_BAND,
      statistics: [null],
      ...particulars,
    },
  };
}

/** Square north-up pixels whose top-left corner is (x, y). */
export function northUp(x: number, y: number, resolution: number): Affine {
  return [resolution, 0, x, 0, -resolution, y];
}
