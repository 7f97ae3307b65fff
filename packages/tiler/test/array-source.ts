import {
  type Affine,
  type BandProfile,
  type Crs,
  type DataType,
  MASK_ALL_VALID,
  WEB_MERCATOR_QUAD,
  WORLD_CRS84_QUAD,
} from '@inlay/geo';
import { type RasterArray, allocateSamples, isBigSamples } from '@inlay/raster';
import { type PixelSource, type WindowRead, type WindowRequest, windowInLevel } from '@inlay/tiler';

/** A raster in memory to render from. */
export interface ArraySpec {
  readonly affine: Affine;
  readonly width: number;
  readonly height: number;
  readonly crs: Crs;
  readonly dataType?: DataType;
  readonly bands?: readonly Partial<BandProfile>[];
  /** Value of a pixel at full resolution; `band` is 1-based. */
  readonly value: (col: number, row: number, band: number) => number;
  /** Whether the mask has the pixel; no mask unless set. */
  readonly mask?: (col: number, row: number) => boolean;
  /** Factors of the overviews, which hold every n-th pixel; none unless set. */
  readonly overviews?: readonly number[];
}

/** A source of computed pixels that remembers what it was asked for. */
export interface ArraySource extends PixelSource {
  readonly requests: WindowRequest[];
}

const PLAIN_BAND: BandProfile = {
  dataType: 'Byte',
  nbits: null,
  blockWidth: 256,
  blockHeight: 256,
  nodata: null,
  colorInterp: 'Undefined',
  colorTable: null,
  scale: null,
  offset: null,
  unit: null,
  description: null,
  categories: null,
  metadata: {},
  maskFlags: MASK_ALL_VALID,
};

export function arraySource(spec: ArraySpec): ArraySource {
  const { affine, width, height, crs, dataType = 'Byte', bands = [{}], overviews = [], value, mask } = spec;
  const requests: WindowRequest[] = [];
  const source: ArraySource = {
    requests,
    grid: { affine, width, height },
    crs,
    bands: bands.map((band) => ({ ...PLAIN_BAND, dataType, ...band })),
    levels: overviews.map((factor) => ({ width: Math.ceil(width / factor), height: Math.ceil(height / factor) })),
    readWindow: async (request, signal): Promise<WindowRead> => {
      signal?.throwIfAborted();
      requests.push(request);
      const window = windowInLevel(source, request);
      const level = request.level === 0 ? source.grid : source.levels[request.level - 1]!;
      const place = (i: number, off: number, length: number, size: number, levelLength: number, full: number): number =>
        Math.min(full - 1, Math.floor(((off + ((i + 0.5) * length) / size) * full) / levelLength));
      const pixels = Array.from({ length: request.width * request.height }, (_, i) => {
        const [col, row] = [i % request.width, Math.floor(i / request.width)];
        return [
          place(col, window.colOff, window.width, request.width, level.width, width),
          place(row, window.rowOff, window.height, request.height, level.height, height),
        ] as const;
      });
      const raster: RasterArray = {
        layout: 'band-separate',
        width: request.width,
        height: request.height,
        dataType,
        bands: request.bands.map((band) => {
          const samples = allocateSamples(dataType, pixels.length);
          for (const [i, [col, row]] of pixels.entries()) {
            if (isBigSamples(samples)) samples[i] = BigInt(value(col, row, band));
            else samples[i] = value(col, row, band);
          }
          return samples;
        }),
        mask: mask === undefined ? null : Uint8Array.from(pixels, ([col, row]) => (mask(col, row) ? 255 : 0)),
      };
      return { raster, problems: [] };
    },
  };
  return source;
}

export const WEB_MERCATOR: Crs = WEB_MERCATOR_QUAD.crs;
export const DEGREES: Crs = WORLD_CRS84_QUAD.crs;

function projected(name: string, proj4: string): Crs {
  return { ...WEB_MERCATOR, code: null, name, wkt: '', proj4, parametersKey: name };
}

/** Projected CRSs to render from, by what tests call them. */
export const CRSS = {
  utm33: projected('UTM 33N', '+proj=utm +zone=33 +datum=WGS84 +units=m +no_defs'),
  utm1: projected('UTM 1N', '+proj=utm +zone=1 +datum=WGS84 +units=m +no_defs'),
  laea: projected(
    'LAEA Europe',
    '+proj=laea +lat_0=52 +lon_0=10 +x_0=4321000 +y_0=3210000 +ellps=GRS80 +units=m +no_defs',
  ),
  north: projected('Polar north', '+proj=stere +lat_0=90 +lat_ts=70 +lon_0=-45 +datum=WGS84 +units=m +no_defs'),
  south: projected('Polar south', '+proj=stere +lat_0=-90 +lat_ts=-71 +lon_0=0 +datum=WGS84 +units=m +no_defs'),
  pacific: projected('PDC Mercator', '+proj=merc +lon_0=150 +datum=WGS84 +units=m +no_defs'),
} as const;
