import type { DataType, Nodata, RasterLayout, Window } from '@inlay/geo';
import {
  compileMosaic,
  type CompiledMosaic,
  type CompileOptions,
  type OpenedSource,
  type OpenSource,
} from '@inlay/mosaic';
import { allocateSamples } from '@inlay/raster';
import type { Placements, SourceRead, VrtBandPlan, VrtPlan } from '@inlay/vrt';

/** A source that exists in memory only: every pixel of it has the same value. */
export interface FlatSource {
  /** In the output, which its pixels are those of. */
  readonly place: Window;
  readonly value: number;
  /** Nodata of the source; null for a source that nothing shines through. */
  readonly nodata?: Nodata;
}

/** A mosaic of flat sources, and a port to them that counts. */
export interface FlatMosaic {
  readonly compiled: CompiledMosaic;
  readonly open: OpenSource;
  /** The sources that were opened, in the order in which they were. */
  readonly opened: number[];
  /** Windows that were read, of all sources. */
  readonly windows: Window[];
}

/** How a plan of flat sources differs from a mosaic of bytes. */
export interface FlatOptions extends CompileOptions {
  readonly dataType?: DataType;
  readonly band?: Partial<VrtBandPlan>;
  /** What happens when a source is opened, by its position. */
  readonly onOpen?: (sourceIndex: number) => void | Promise<void>;
}

const READ: SourceRead = {
  sourceBand: 1,
  dataType: 'Byte',
  blockWidth: 256,
  blockHeight: 256,
  nodata: null,
  useMask: false,
  alphaBand: null,
  constant: null,
  maskThreshold: null,
};

/** The layout of a source with one band, shared by all with the same nodata. */
const layouts = new Map<string, RasterLayout>();

function layoutOf(dataType: DataType, nodata: Nodata | null): RasterLayout {
  const key = `${dataType} ${nodata}`;
  const known = layouts.get(key) ?? {
    bands: [
      {
        dataType,
        nbits: null,
        blockWidth: 256,
        blockHeight: 256,
        nodata,
        colorInterp: 'Gray',
        colorTable: null,
        scale: null,
        offset: null,
        unit: null,
        description: null,
        categories: null,
        metadata: {},
        maskFlags: nodata === null ? 1 : 8,
      },
    ],
    mask: null,
    overviews: [],
    storage: {
      bigTiff: false,
      tiled: true,
      interleave: 'BAND',
      compression: null,
      predictor: 1,
      sparse: false,
    },
    metadata: {},
    areaOrPoint: 'Area',
  };
  layouts.set(key, known);
  return known;
}

/** Compiles a mosaic of flat sources, the last on top. */
export function flatMosaic(
  size: { readonly width: number; readonly height: number },
  sources: readonly FlatSource[],
  { dataType = 'Byte', band = {}, onOpen, ...options }: FlatOptions = {},
): FlatMosaic {
  const nodatas = [...new Set(sources.map(({ nodata }) => nodata ?? null))];
  const count = sources.length;
  const rects = Float64Array.from(
    sources.flatMap(({ place }) => [place.colOff, place.rowOff, place.width, place.height]),
  );
  const placements: Placements = {
    count,
    sourceIndex: Int32Array.from(sources.keys()),
    variant: Int32Array.from(sources, ({ nodata }) => nodatas.indexOf(nodata ?? null)),
    sourceWidth: Int32Array.from(sources, ({ place }) => place.width),
    sourceHeight: Int32Array.from(sources, ({ place }) => place.height),
    srcRects: rects.map((value, at) => (at % 4 < 2 ? 0 : value)),
    dstRects: rects,
  };
  const plan: VrtPlan<null> = {
    kind: 'mosaic',
    grid: { affine: [1, 0, 0, 0, -1, 0], ...size },
    isGeoreferenced: true,
    crs: null,
    metadata: {},
    requiresGdal: null,
    bands: [
      {
        firstPlacement: 0,
        placementCount: count,
        reads: nodatas.map((nodata) => ({ ...READ, dataType, nodata })),
        dataType,
        nodata: null,
        hideNodata: false,
        colorInterp: 'Gray',
        colorTable: null,
        scale: null,
        offset: null,
        unit: null,
        description: null,
        categories: null,
        metadata: {},
        pixelFunction: null,
        ...band,
      },
    ],
    mask: null,
    overviewDecimations: [],
    resampling: null,
    placements,
    warp: null,
  };
  const compiled = compileMosaic(
    plan,
    sources.map(({ nodata }, index) => ({
      id: `source-${index}`,
      layout: layoutOf(dataType, nodata ?? null),
    })),
    options,
  );
  const opened: number[] = [];
  const windows: Window[] = [];
  return {
    compiled,
    opened,
    windows,
    open: async (sourceIndex, signal) => {
      opened.push(sourceIndex);
      await onOpen?.(sourceIndex);
      signal?.throwIfAborted();
      return flatSource(sources[sourceIndex]!.value, dataType, windows);
    },
  };
}

function flatSource(value: number, dataType: DataType, windows: Window[]): OpenedSource {
  return {
    async read(_level, window, bands) {
      windows.push(window);
      const { width, height } = window;
      const samples = bands.map(() => allocateSamples(dataType, width * height).fill(value as never));
      return { layout: 'band-separate', width, height, dataType, bands: samples, mask: null };
    },
    readMask: async (_level, { width, height }) => new Uint8Array(width * height).fill(255),
  };
}

/** Windows of one size, row by row, as many as wanted, in a square. */
export function checkerboard(count: number, size: number): Window[] {
  const across = Math.ceil(Math.sqrt(count));
  return Array.from({ length: count }, (_, index) => ({
    colOff: (index % across) * size,
    rowOff: Math.floor(index / across) * size,
    width: size,
    height: size,
  }));
}
