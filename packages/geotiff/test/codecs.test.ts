import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { DataType, Window } from '@inlay/geo';
import { type GeoTiffRaster, openLevels, readLevel, readMask, readWindow } from '@inlay/geotiff';
import { type RasterArray, pickPixels } from '@inlay/raster';
import {
  type GdalCase,
  type GdalRasters,
  makeGdalRasters,
  openBytes,
  readCase,
  readGdalPixels,
  removeGdalRasters,
} from './gdal-rasters.ts';
import { randomNumbers } from './random-numbers.ts';

const WIDTH = 61;
const HEIGHT = 47;

/** Odd sizes over 16-pixel tiles and 5-row strips: every kind of edge block. */
const LAYOUTS: Readonly<Record<string, readonly string[]>> = {
  'tiles-pixel': ['TILED=YES', 'BLOCKXSIZE=16', 'BLOCKYSIZE=16', 'INTERLEAVE=PIXEL', 'BIGTIFF=YES'],
  'tiles-band': ['TILED=YES', 'BLOCKXSIZE=16', 'BLOCKYSIZE=16', 'INTERLEAVE=BAND'],
  'strips-pixel': ['BLOCKYSIZE=5', 'INTERLEAVE=PIXEL'],
  'strips-band': ['BLOCKYSIZE=5', 'INTERLEAVE=BAND'],
};

const DATA_TYPES: readonly DataType[] = [
  'Byte',
  'Int8',
  'UInt16',
  'Int16',
  'UInt32',
  'Int32',
  'UInt64',
  'Int64',
  'Float16',
  'Float32',
  'Float64',
  'CInt16',
  'CInt32',
  'CFloat32',
  'CFloat64',
];

const PREDICTORS: Readonly<Record<string, readonly number[]>> = {
  NONE: [1],
  PACKBITS: [1],
  LZW: [1, 2, 3],
  DEFLATE: [1, 2, 3],
  ZSTD: [1, 2, 3],
};

const lossless = DATA_TYPES.flatMap((dataType) =>
  Object.entries(PREDICTORS).flatMap(([compression, predictors]) =>
    predictors
      .filter((predictor) => predictor !== 3 || dataType.startsWith('Float'))
      // GDAL's own limit: predictor 2 up to 64 bits.
      .filter((predictor) => predictor !== 2 || dataType !== 'CFloat64')
      .flatMap((predictor) =>
        Object.entries(LAYOUTS).flatMap(([layout, options]) =>
          ['LITTLE', 'BIG'].map((order): GdalCase => ({
            name: [dataType, compression, `predictor${predictor}`, layout, order].join('-'),
            width: WIDTH,
            height: HEIGHT,
            bands: 3,
            dataType,
            options: [...options, `COMPRESS=${compression}`, `PREDICTOR=${predictor}`, `ENDIANNESS=${order}`],
          })),
        ),
      ),
  ),
);

/** LERC's own types: no 64-bit integers, no complex numbers. */
const LERC_TYPES = ['Byte', 'Int8', 'UInt16', 'Int16', 'UInt32', 'Int32', 'Float32', 'Float64'] as const;

const lerc: readonly GdalCase[] = [
  ...LERC_TYPES.flatMap((dataType) =>
    ['LERC', 'LERC_DEFLATE', 'LERC_ZSTD'].flatMap((compression) =>
      Object.entries(LAYOUTS).flatMap(([layout, options]) =>
        ['LITTLE', 'BIG'].map((order): GdalCase => ({
          name: [dataType, compression, layout, order].join('-'),
          width: WIDTH,
          height: HEIGHT,
          bands: 3,
          dataType,
          options: [...options, `COMPRESS=${compression}`, `ENDIANNESS=${order}`],
        })),
      ),
    ),
  ),
  ...(['Float32', 'Float64'] as const).flatMap((dataType) =>
    [1, 2, 4].flatMap((bands) =>
      ['tiles-pixel', 'strips-band'].map((layout) =>
        eightBit(
          `lerc-error-${dataType}-${bands}-${layout}`,
          bands,
          [...LAYOUTS[layout]!, 'COMPRESS=LERC', 'MAX_Z_ERROR=0.1'],
          {
            dataType,
          },
        ),
      ),
    ),
  ),
  ...[0, 17].map((translucent) =>
    eightBit(
      `lerc-alpha-${translucent}`,
      4,
      [...LAYOUTS['tiles-pixel']!, 'COMPRESS=LERC', 'PHOTOMETRIC=RGB', 'ALPHA=YES'],
      {
        alpha: translucent,
      },
    ),
  ),
];

const narrow = [1, 2, 3, 4, 5, 6, 7, 9, 10, 12, 15, 17, 24, 31].flatMap((nbits) =>
  Object.entries(LAYOUTS).flatMap(([layout, options]) =>
    ['LITTLE', 'BIG'].map((order): GdalCase => ({
      name: `nbits${nbits}-${layout}-${order}`,
      width: WIDTH,
      height: HEIGHT,
      bands: layout.endsWith('pixel') ? 3 : 2,
      dataType: nbits < 8 ? 'Byte' : nbits < 16 ? 'UInt16' : 'UInt32',
      nbits,
      options: [...options, `NBITS=${nbits}`, 'COMPRESS=DEFLATE', `ENDIANNESS=${order}`],
    })),
  ),
);

const lossy: readonly GdalCase[] = [
  ...[1, 2, 3, 4].flatMap((bands) =>
    ['tiles-pixel', 'tiles-band', 'strips-pixel'].map((layout) =>
      eightBit(`jpeg-${bands}-${layout}`, bands, [...tall(LAYOUTS[layout]!), 'COMPRESS=JPEG']),
    ),
  ),
  ...[0, 1, 2, 3].map((tables) =>
    eightBit(`jpeg-ycbcr-tables${tables}`, 3, [
      ...LAYOUTS['tiles-pixel']!,
      'COMPRESS=JPEG',
      'PHOTOMETRIC=YCBCR',
      `JPEGTABLESMODE=${tables}`,
    ]),
  ),
  eightBit('jpeg-ycbcr-noise', 3, ['COMPRESS=JPEG', 'PHOTOMETRIC=YCBCR'], { smooth: false, width: 200, height: 147 }),
  ...[3, 4].flatMap((bands) =>
    ['WEBP_LOSSLESS=YES', 'WEBP_LEVEL=60'].map((quality) =>
      eightBit(`webp-${bands}-${quality}`, bands, [...LAYOUTS['tiles-pixel']!, 'COMPRESS=WEBP', quality]),
    ),
  ),
];

const SPARSE = [...LAYOUTS['tiles-pixel']!, 'SPARSE_OK=TRUE', 'COMPRESS=LZW'];

const special: readonly GdalCase[] = [
  eightBit('min-is-white-1', 1, ['NBITS=1', 'PHOTOMETRIC=MINISWHITE'], { nbits: 1, smooth: false }),
  eightBit('min-is-white-8', 1, ['PHOTOMETRIC=MINISWHITE']),
  eightBit('palette', 1, ['COMPRESS=LZW'], { palette: true }),
  ...(['Byte', 'Int16', 'Int64', 'Float32'] as const).map((dataType) =>
    eightBit(`sparse-${dataType}`, 2, SPARSE, { dataType, sparse: true, nodata: [7, 7] }),
  ),
  eightBit('sparse-without-nodata', 1, SPARSE, { sparse: true }),
  ...Object.entries(LAYOUTS).map(([layout, options]) =>
    eightBit(`mask-${layout}`, 2, [...options, 'COMPRESS=DEFLATE'], { mask: true }),
  ),
];

let gdal: GdalRasters | null = null;

before(async () => {
  gdal = await makeGdalRasters([...lossless, ...lerc, ...narrow, ...lossy, ...special]);
});

after(async () => {
  if (gdal !== null) await removeGdalRasters(gdal);
});

// JPEG and WebP too: libjpeg-turbo and libwebp are GDAL's decoders as well as sharp's, with the same settings.
for (const [what, cases] of Object.entries({
  'every data type, lossless codec, predictor, layout and byte order': lossless,
  'LERC, plain, deflated and packed by Zstandard': lerc,
  'samples of 1 to 31 bits': narrow,
  'JPEG and WebP': lossy,
  'masks, palettes, unstored blocks and inverted gray': special,
})) {
  test(`${what}: the very bytes that GDAL reads`, async (t) => {
    if (gdal === null) return t.skip('needs GDAL with its Python bindings and numpy (python3-gdal)');
    const refusals = new Set<string>();
    let compared = 0;
    for (const expected of cases) {
      const refusal = gdal.refused[expected.name];
      if (refusal === undefined) {
        await assertSamePixels(gdal, expected);
        compared++;
      } else {
        refusals.add(refusal.replace(/^.*\.tif, /, ''));
      }
    }
    t.diagnostic(`GDAL ${gdal.version}: ${compared} of ${cases.length} files compared; ${[...refusals].join('; ')}`);
    // GDAL before 3.7 has neither Int8 nor Float16, which are a sixth of the first list, and does not read back what it
    // wrote of NaN in several bands as LERC.
    assert.ok(compared > cases.length * 0.75, `only ${compared} of ${cases.length} compared`);
    return undefined;
  });
}

async function assertSamePixels(rasters: GdalRasters, expected: GdalCase): Promise<void> {
  const { name, width, height, mask = false } = expected;
  const raster = await openBytes(name, await readCase(rasters, name));
  const window = { colOff: 0, rowOff: 0, width, height };
  const nodata = raster.profile.layout.bands.map((band) => band.nodata);
  const read = await readWindow(raster.images.full, window, { nodata });
  const pixels = await readGdalPixels(rasters, name, mask);
  await assertSameWindows(raster, read);
  const wanted = read.dataType === 'Float16' ? widened(pixels.bands) : pixels.bands;
  assert.ok(bytesOf(read).equals(wanted), `${name} differs`);
  if (pixels.mask !== null) {
    const valid = await readMask(raster.images.mask!, window);
    assert.deepEqual([...valid].map(Boolean), [...pixels.mask].map(Boolean), `the mask of ${name}`);
  }
}

/** Two windows and a band, cut out of the blocks, are the same parts of the whole. */
async function assertSameWindows(raster: GeoTiffRaster, whole: RasterArray): Promise<void> {
  const { levels } = await openLevels(raster);
  const all = [{ colOff: 15, rowOff: 4, width: 19, height: 13 }, randomWindow()];
  for (const window of all) {
    const band = 1 + Math.floor(random() * whole.bands.length);
    const read = await readLevel(levels[0], window, { bands: [band] });
    const cols = Uint32Array.from({ length: window.width }, (_, i) => window.colOff + i);
    const rows = Uint32Array.from({ length: window.height }, (_, i) => window.rowOff + i);
    const cut = pickPixels({ ...whole, bands: [whole.bands[band - 1]!] }, cols, rows, [null]);
    assert.deepEqual(read.raster.bands[0], cut.bands[0], `band ${band} of ${JSON.stringify(window)}`);
  }
}

const random = randomNumbers(7);

/** One pixel at least, and often few. */
function randomWindow(): Window {
  const [colOff, rowOff] = [Math.floor(random() * WIDTH), Math.floor(random() * HEIGHT)];
  const width = 1 + Math.floor(random() ** 2 * (WIDTH - colOff));
  return { colOff, rowOff, width, height: 1 + Math.floor(random() ** 2 * (HEIGHT - rowOff)) };
}

function bytesOf({ bands }: RasterArray): Buffer {
  return Buffer.concat(bands.map((band) => Buffer.from(band.buffer, band.byteOffset, band.byteLength)));
}

/** GDAL keeps 16-bit floats; we widen them. Decoded here by arithmetic of its own: sign, exponent, fraction. */
function widened(halves: Buffer): Buffer {
  const floats = Float32Array.from({ length: halves.length / 2 }, (_, i) => {
    const bits = halves.readUInt16LE(2 * i);
    const magnitude = bits & 0x7fff;
    // Moved to the place of a 32-bit float's fraction, a half is 2^112 times too small; subnormals included.
    const scaled = new Float32Array(Uint32Array.of(magnitude << 13).buffer)[0]! * 2 ** 112;
    const value = magnitude > 0x7c00 ? Number.NaN : magnitude === 0x7c00 ? Infinity : scaled;
    return bits & 0x8000 ? -value : value;
  });
  return Buffer.from(floats.buffer);
}

function eightBit(name: string, bands: number, options: readonly string[], changes: Partial<GdalCase> = {}): GdalCase {
  return { name, width: WIDTH, height: HEIGHT, bands, dataType: 'Byte', options, smooth: true, ...changes };
}

/** JPEG strips are at least 8 rows. */
function tall(options: readonly string[]): string[] {
  return options.filter((option) => option !== 'BLOCKYSIZE=5');
}
