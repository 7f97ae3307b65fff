import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Crs, DATA_TYPE_BYTES, DATA_TYPES, type DataType, isComplex } from '@inlay/geo';
import {
  blockGrid,
  type CogContents,
  type CogFormat,
  crsFromEpsg,
  decodeCogBlock,
  encodeCogBlock,
  fileSource,
  layOutCog,
  openLevels,
  openRaster,
  readLevel,
  singleFile,
} from '@inlay/geotiff';
import { allocateSamples, isBigSamples, type Samples } from '@inlay/raster';
import { type Gdal, GDAL_IS_ABSENT, openGdal } from '@inlay/testing';

// What is written is read back: by GDAL, its newest version and the system's, and by this package.

const BLOCK = 64;
const SIZES = [
  { width: 150, height: 100 },
  { width: 75, height: 50 },
  { width: 38, height: 25 },
];
/** Types that GDAL 3.6 does not have, or makes others of. */
const NEWER: ReadonlySet<DataType> = new Set(['Int8', 'Float16', 'CFloat16']);

describe('writing COGs', () => {
  let folder: string;
  let gdals: Gdal[];
  let crs: Crs;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inlay-cog-'));
    gdals = [await openGdal(), await openGdal('system')].filter((gdal) => gdal !== null);
    crs = (await crsFromEpsg(32633))!;
  });
  after(async () => {
    for (const gdal of gdals) await gdal.close();
    await rm(folder, { recursive: true, force: true });
  });

  const formatOf = (change: Partial<CogFormat>): CogFormat => ({
    dataType: 'Byte',
    samplesPerPixel: 1,
    blockSize: BLOCK,
    nodata: null,
    isRgb: false,
    hasAlpha: false,
    ...change,
  });

  /** Values that every type holds, of both signs where it has one; `null` in an area that is left to nodata. */
  function valueAt(dataType: DataType, col: number, row: number, sample: number): number {
    const value = ((col * 31 + row * 17 + sample * 57) % 101) + 1;
    return /^(Byte|UInt)/.test(dataType) ? value : value - 50;
  }

  function samplesOf(format: CogFormat, { width, height }: { width: number; height: number }): Samples[] {
    const { dataType, samplesPerPixel } = format;
    const parts = isComplex(dataType) ? 2 : 1;
    return Array.from({ length: samplesPerPixel }, (_, sample) => {
      const samples = allocateSamples(dataType, width * height);
      for (let at = 0; at < samples.length; at += 1) {
        const pixel = Math.floor(at / parts);
        const value = valueAt(dataType, pixel % width, Math.floor(pixel / width), sample + (at % parts) * 3);
        samples[at] = (isBigSamples(samples) ? BigInt(value) : value) as never;
      }
      return samples;
    });
  }

  /** Cuts a level into tiles, and encodes them. */
  function encodeLevel(bands: readonly Samples[], size: { width: number; height: number }, format: CogFormat) {
    const { cols, rows } = blockGrid(size, format.blockSize);
    const parts = isComplex(format.dataType) ? 2 : 1;
    const blocks: (Uint8Array | null)[] = [];
    for (let at = 0; at < cols * rows; at += 1) {
      const [col, row] = [(at % cols) * format.blockSize, Math.floor(at / cols) * format.blockSize];
      const part = {
        width: Math.min(format.blockSize, size.width - col),
        height: Math.min(format.blockSize, size.height - row),
      };
      const cut = bands.map((samples) => {
        const piece = allocateSamples(format.dataType, part.width * part.height);
        for (let line = 0; line < part.height; line += 1) {
          const start = ((row + line) * size.width + col) * parts;
          piece.set(samples.subarray(start, start + part.width * parts) as never, line * part.width * parts);
        }
        return piece;
      });
      blocks.push(encodeCogBlock(cut, part, format));
    }
    return blocks;
  }

  async function write(
    name: string,
    format: CogFormat,
    levels: readonly (readonly Samples[])[],
    change: Partial<CogContents> = {},
  ): Promise<string> {
    const blocks = levels.map((bands, index) => encodeLevel(bands, SIZES[index]!, format));
    const layout = layOutCog({
      format,
      affine: [10, 0, 500_000, 0, -10, 5_300_000],
      crs,
      levels: levels.map((_, index) => ({
        ...SIZES[index]!,
        blockBytes: Float64Array.from(blocks[index]!, (block) => block?.byteLength ?? 0),
      })),
      ...change,
    });
    const path = join(folder, `${name}.tif`);
    const tiles = blocks.toReversed().flatMap((level) => level.filter((block) => block !== null));
    await writeFile(path, Buffer.concat([layout.header, ...tiles]));
    return path;
  }

  const bytesOf = (samples: Samples): Buffer => Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);

  async function readBack(path: string, level: number): Promise<readonly Samples[]> {
    const { levels, close } = await openLevels(await openRaster(singleFile(await fileSource(path))));
    try {
      const { raster } = await readLevel(levels[level]!, { colOff: 0, rowOff: 0, ...SIZES[level]! });
      return raster.bands;
    } finally {
      await close();
    }
  }

  for (const dataType of DATA_TYPES) {
    it(`keeps ${dataType} samples, of one band and of four, at every level`, async (t) => {
      for (const samplesPerPixel of [1, 4]) {
        const format = formatOf({ dataType, samplesPerPixel });
        const levels = SIZES.map((size) => samplesOf(format, size));
        const path = await write(`${dataType}-${samplesPerPixel}`, format, levels);
        for (const [level, size] of SIZES.entries()) {
          for (const [band, samples] of (await readBack(path, level)).entries()) {
            assert.ok(bytesOf(samples).equals(bytesOf(levels[level]![band]!)), `level ${level}, band ${band + 1}`);
          }
          for (const gdal of gdals) {
            if (NEWER.has(dataType) && !gdal.version.startsWith('3.13')) continue;
            const name = level === 0 ? path : `GTIFF_DIR:${level + 1}:${path}`;
            const bands = Array.from({ length: samplesPerPixel }, (_, band) => band + 1);
            const read = await gdal.read(name, [0, 0, size.width, size.height], [size.width, size.height], bands);
            for (const [band, samples] of read.entries()) {
              assert.ok(bytesOf(samples).equals(bytesOf(levels[level]![band]!)), `${gdal.version}, level ${level}`);
            }
          }
        }
      }
      if (gdals.length === 0) t.diagnostic(GDAL_IS_ABSENT);
    });
  }

  it('makes COGs by GDAL’s own rules, classic and BigTIFF, with the place, the CRS and the levels', async (t) => {
    if (gdals.length === 0) return t.skip(GDAL_IS_ABSENT);
    const format = formatOf({ dataType: 'Float32', nodata: -9999 });
    const levels = SIZES.map((size) => samplesOf(format, size));
    for (const isBig of [false, true]) {
      const path = await write(`big-${isBig}`, format, levels, { isBig });
      for (const gdal of gdals) {
        assert.deepEqual(await gdal.cogProblems(path), [], gdal.version);
        const { geoTransform, crs: found, bands } = await gdal.describe(path);
        assert.deepEqual(geoTransform, [500_000, 10, 0, 5_300_000, 0, -10]);
        assert.equal(found?.code, '32633');
        assert.equal(bands[0]!.nodata, -9999);
        assert.deepEqual(bands[0]!.overviews, [
          [75, 50],
          [38, 25],
        ]);
      }
    }
  });

  it('is BigTIFF where 32-bit offsets do not reach', () => {
    const format = formatOf({});
    const level = { width: BLOCK * 3, height: BLOCK, blockBytes: Float64Array.of(2 ** 31, 2 ** 31, 5) };
    const contents = { format, affine: [1, 0, 0, 0, -1, 0] as const, crs: null };
    assert.equal(layOutCog({ ...contents, levels: [level] }).isBig, true);
    const small = { ...level, blockBytes: Float64Array.of(2 ** 31, 2 ** 30, 5) };
    const { isBig, bytes, header } = layOutCog({ ...contents, levels: [small] });
    assert.deepEqual([isBig, bytes], [false, header.byteLength + 2 ** 31 + 2 ** 30 + 5]);
  });

  it('does not store tiles of nothing but nodata, which readers find all the same', async () => {
    for (const [dataType, nodata] of [
      ['Byte', 7],
      ['Float32', NaN],
      ['Int16', null],
    ] as const) {
      const format = formatOf({ dataType, nodata });
      const [level] = SIZES.map((size) => samplesOf(format, size)) as [Samples[]];
      // The first tile whole.
      for (let row = 0; row < BLOCK; row += 1) {
        level[0]!.fill((nodata ?? 0) as never, row * 150, row * 150 + BLOCK);
      }
      const [first, second] = encodeLevel(level, SIZES[0]!, format);
      assert.deepEqual([first, second === null], [null, false]);
      const path = await write(`sparse-${dataType}`, format, [level]);
      const [samples] = await readBack(path, 0);
      assert.ok(bytesOf(samples!).equals(bytesOf(level[0]!)), dataType);
      for (const gdal of gdals) {
        const [read] = await gdal.read(path, [0, 0, 150, 100], [150, 100], [1]);
        assert.ok(bytesOf(read!).equals(bytesOf(level[0]!)), `${dataType} in ${gdal.version}`);
      }
    }
  });

  it('says what colours are, and which sample is alpha', async (t) => {
    if (gdals.length === 0) return t.skip(GDAL_IS_ABSENT);
    const format = formatOf({ samplesPerPixel: 4, isRgb: true, hasAlpha: true });
    const path = await write('rgba', format, [samplesOf(format, SIZES[0]!)]);
    for (const gdal of gdals) {
      const { bands } = await gdal.describe(path, false);
      assert.deepEqual(
        bands.map(({ colorInterp }) => colorInterp),
        ['Red', 'Green', 'Blue', 'Alpha'],
      );
      assert.deepEqual(
        bands.map(({ maskFlags }) => maskFlags),
        [6, 6, 6, 1],
      );
    }
  });

  it('undoes what it does, tile by tile', async () => {
    for (const dataType of ['Byte', 'Int16', 'UInt32', 'Float64', 'CFloat32', 'Int64'] as const) {
      const format = formatOf({ dataType, samplesPerPixel: 2 });
      const bands = samplesOf(format, { width: BLOCK, height: BLOCK });
      const encoded = encodeCogBlock(bands, { width: BLOCK, height: BLOCK }, format);
      assert.ok(encoded!.byteLength < 2 * BLOCK * BLOCK * DATA_TYPE_BYTES[dataType]);
      for (const [band, samples] of (await decodeCogBlock(encoded, format)).entries()) {
        assert.ok(bytesOf(samples).equals(bytesOf(bands[band]!)), dataType);
      }
    }
  });

  it('refuses tiles that are not what they say', () => {
    const bands = [new Uint8Array(12)];
    assert.throws(() => encodeCogBlock(bands, { width: 4, height: 4 }, formatOf({})), RangeError);
    assert.throws(() => encodeCogBlock(bands, { width: 12, height: 1 }, formatOf({ blockSize: 8 })), RangeError);
    const level = { width: BLOCK + 1, height: BLOCK, blockBytes: Float64Array.of(5) };
    const contents = { format: formatOf({}), affine: [1, 0, 0, 0, -1, 0] as const, crs: null };
    assert.throws(() => layOutCog({ ...contents, levels: [level] }), /have 2 tiles, not 1/);
  });
});
