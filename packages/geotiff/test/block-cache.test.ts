import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import {
  type BlockCache,
  type PixelLevel,
  type Source,
  cachedLevel,
  createBlockCache,
  memorySource,
  openLevels,
  openRaster,
  readLevel,
  singleFile,
} from '@inlay/geotiff';
import { type TiffField, makeTiff } from './make-tiff.ts';

/** 8x8 pixels in strips of one row that are too far apart to be fetched together; value = 10 * row + col. */
function spreadOut(rows = 8): Uint8Array {
  const blocks = Array.from({ length: rows }, (_, row) => {
    const block = new Uint8Array(20_000);
    block.set(rowOf(row));
    return block;
  });
  return makeTiff({
    width: 8,
    height: rows,
    blocks,
    fields: [
      [278, 4, [1]],
      [279, 4, blocks.map(() => 8)],
    ],
  });
}

function rowOf(row: number): Uint8Array {
  return Uint8Array.from({ length: 8 }, (_, col) => (10 * row + col) % 256);
}

interface Fetch {
  readonly offset: number;
  readonly length: number;
  readonly signal: AbortSignal | undefined;
  /** Lets the bytes through. */
  release(): void;
  fail(error: Error): void;
}

/** A source whose pixel reads wait until they are released; headers pass. */
function gated(bytes: Uint8Array): { source: Source; fetches: Fetch[]; gate: { isOpen: boolean } } {
  const inner = memorySource('gated.tif', bytes);
  const fetches: Fetch[] = [];
  const gate = { isOpen: true };
  const source: Source = {
    ...inner,
    fetch(offset, length, options) {
      const signal = options?.signal;
      const released = new Promise<void>((resolve, reject) => {
        fetches.push({ offset, length, signal, release: resolve, fail: reject });
        signal?.addEventListener('abort', () => reject(signal.reason as Error));
        if (gate.isOpen) resolve();
      });
      return released.then(() => inner.fetch(offset, length));
    },
  };
  return { source, fetches, gate };
}

async function openGated(bytes: Uint8Array, cacheKey?: string) {
  const { source, fetches, gate } = gated(bytes);
  const { levels } = await openLevels(await openRaster(singleFile(source)), cacheKey === undefined ? {} : { cacheKey });
  fetches.length = 0;
  gate.isOpen = false;
  return { level: levels[0], fetches };
}

function row(rowOff: number, height = 1) {
  return { colOff: 0, rowOff, width: 8, height };
}

/** A read with its end observed from the start, so that none is unhandled. */
function read(level: PixelLevel, rowOff: number, cache: BlockCache, signal?: AbortSignal): Promise<number[]> {
  const reading = readLevel(level, row(rowOff), { cache, signal }).then(({ raster }) =>
    Array.from(raster.bands[0]!, Number),
  );
  reading.catch(() => undefined);
  return reading;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

const ROW_3 = [30, 31, 32, 33, 34, 35, 36, 37];

test('a block that was read is not read again, and is at hand at once', async () => {
  const { level, fetches } = await openGated(spreadOut());
  const cache = createBlockCache({ maxBytes: 10_000 });
  assert.equal(cachedLevel(level, row(3), cache), null);
  const first = read(level, 3, cache);
  await turn();
  fetches[0]!.release();
  assert.deepEqual(await first, ROW_3);
  assert.deepEqual(await read(level, 3, cache), ROW_3);
  assert.deepEqual(Array.from(cachedLevel(level, row(3), cache)!.bands[0]!, Number), ROW_3);
  assert.equal(cachedLevel(level, row(3, 2), cache), null);
  assert.equal(fetches.length, 1);
  const { hits, misses, reads, readBytes } = cache.counts();
  assert.deepEqual({ hits, misses, reads, readBytes }, { hits: 2, misses: 1, reads: 1, readBytes: 8 });
  cache.clear();
  assert.equal(cachedLevel(level, row(3), cache), null);
});

test('two readers of one block share one read', async () => {
  const { level, fetches } = await openGated(spreadOut());
  const cache = createBlockCache({ maxBytes: 10_000 });
  const both = Promise.all([read(level, 3, cache), read(level, 3, cache)]);
  await turn();
  assert.equal(fetches.length, 1);
  fetches[0]!.release();
  assert.deepEqual(await both, [ROW_3, ROW_3]);
  assert.equal(cache.counts().joined, 1);
});

test('an aborted reader leaves at once and takes nothing from the one that shares its read', async () => {
  const { level, fetches } = await openGated(spreadOut());
  const cache = createBlockCache({ maxBytes: 10_000 });
  const controller = new AbortController();
  const leaving = read(level, 3, cache, controller.signal);
  const staying = read(level, 3, cache, new AbortController().signal);
  await turn();
  const reason = new Error('scrolled away');
  controller.abort(reason);
  await assert.rejects(leaving, reason);
  assert.equal(fetches[0]!.signal!.aborted, false);
  fetches[0]!.release();
  assert.deepEqual(await staying, ROW_3);
});

test('when the last reader leaves, the bytes are no longer fetched, and the next one starts anew', async () => {
  const { level, fetches } = await openGated(spreadOut());
  const cache = createBlockCache({ maxBytes: 10_000 });
  const controllers = [new AbortController(), new AbortController()];
  const readings = controllers.map(({ signal }) => read(level, 3, cache, signal));
  await turn();
  controllers[0]!.abort();
  controllers[1]!.abort();
  assert.equal(fetches[0]!.signal!.aborted, true);
  const next = read(level, 3, cache);
  await Promise.all(readings.map((reading) => assert.rejects(reading, { name: 'AbortError' })));
  await turn();
  assert.equal(fetches.length, 2);
  fetches[1]!.release();
  assert.deepEqual(await next, ROW_3);
});

test('no more reads run at once than allowed, and one that was aborted in the queue never starts', async () => {
  const { level, fetches } = await openGated(spreadOut());
  const cache = createBlockCache({ maxBytes: 10_000, maxReads: 2 });
  const controller = new AbortController();
  const running = [read(level, 0, cache), read(level, 1, cache)];
  const queued = [read(level, 2, cache, controller.signal), read(level, 3, cache)];
  await turn();
  assert.equal(fetches.length, 2);
  controller.abort();
  await assert.rejects(queued[0]!, { name: 'AbortError' });
  fetches[0]!.release();
  await running[0];
  await turn();
  assert.equal(fetches.length, 3);
  fetches[1]!.release();
  fetches[2]!.release();
  assert.deepEqual((await queued[1])![0], 30);
});

test('blocks being decoded are bounded by their size too; a larger one goes alone', async () => {
  const { level, fetches } = await openGated(spreadOut());
  const cache = createBlockCache({ maxBytes: 10_000, maxDecodingBytes: 16 });
  const readings = [0, 1, 2].map((rowOff) => read(level, rowOff, cache));
  await turn();
  assert.equal(fetches.length, 2);
  fetches.forEach(({ release }) => release());
  await Promise.all(readings.slice(0, 2));
  await turn();
  fetches[2]!.release();
  await readings[2];
  const tiny = createBlockCache({ maxBytes: 10_000, maxDecodingBytes: 1 });
  const alone = [4, 5].map((rowOff) => read(level, rowOff, tiny));
  await turn();
  assert.equal(fetches.length, 4);
  fetches[3]!.release();
  await alone[0];
  await turn();
  fetches[4]!.release();
  assert.equal((await alone[1])![0], 50);
});

test('a source that fails fails for all who wait, and is asked again by the next', async () => {
  const { level, fetches } = await openGated(spreadOut());
  const cache = createBlockCache({ maxBytes: 10_000 });
  const readings = [read(level, 3, cache), read(level, 3, cache)];
  await turn();
  const error = new Error('the disk is gone');
  fetches[0]!.fail(error);
  await Promise.all(readings.map((reading) => assert.rejects(reading, error)));
  const next = read(level, 3, cache);
  await turn();
  fetches[1]!.release();
  assert.deepEqual(await next, ROW_3);
});

test('blocks of one raster are told from those of another, and of another version of it', async () => {
  const cache = createBlockCache({ maxBytes: 10_000 });
  const other = makeTiff({ width: 8, height: 8, blocks: [new Uint8Array(64).fill(9)] });
  const open = async (bytes: Uint8Array, cacheKey: string) => {
    const raster = await openRaster(singleFile(memorySource('a.tif', bytes)));
    return (await openLevels(raster, { cacheKey })).levels[0];
  };
  const first = await open(spreadOut(), 'a@1');
  assert.deepEqual(await read(first, 0, cache), [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.equal((await read(await open(other, 'a@2'), 0, cache))[0], 9);
  assert.deepEqual(await read(await open(spreadOut(), 'a@1'), 0, cache), [0, 1, 2, 3, 4, 5, 6, 7]);
  const { hits, misses } = cache.counts();
  assert.deepEqual({ hits, misses }, { hits: 1, misses: 2 });
});

test('the cache holds no more bytes than allowed, and forgets what was used least recently', async () => {
  const raster = await openRaster(singleFile(memorySource('tall.tif', spreadOut(100))));
  const { levels } = await openLevels(raster);
  const cache = createBlockCache({ maxBytes: 3_100 });
  for (let rowOff = 0; rowOff < 100; rowOff++) {
    await read(levels[0], rowOff, cache);
    await read(levels[0], 0, cache);
    assert.ok(cache.counts().heldBytes <= 3_100);
  }
  assert.notEqual(cachedLevel(levels[0], row(0), cache), null);
  assert.notEqual(cachedLevel(levels[0], row(99), cache), null);
  assert.equal(cachedLevel(levels[0], row(50), cache), null);
});

test('neighbours in the file are read together, up to a size; distant blocks apart', async () => {
  const side = 3000;
  const strips = Array.from({ length: 30 }, (_, i) => new Uint8Array(side * 100).fill(i));
  const tiff = makeTiff({ width: side, height: side, blocks: strips, fields: [[278, 4, [100]]] });
  const { source, fetches } = gated(tiff);
  const { levels } = await openLevels(await openRaster(singleFile(source)));
  const fetched = async (rowOff: number, height: number) => {
    fetches.length = 0;
    await readLevel(levels[0], { colOff: 0, rowOff, width: 1, height });
    return fetches.map(({ length }) => length).sort((a, b) => b - a);
  };
  assert.deepEqual(await fetched(150, 300), [4 * 300_000]);
  assert.deepEqual(await fetched(0, side), [13 * 300_000, 13 * 300_000, 4 * 300_000]);
});

test('a band of a planar file is read without the others', async () => {
  const planes = [1, 2, 3].map((value) => deflateSync(new Uint8Array(64).fill(value)));
  const fields: TiffField[] = [
    [258, 3, [8, 8, 8]],
    [277, 3, [3]],
    [284, 3, [2]],
  ];
  const tiff = makeTiff({ width: 8, height: 8, blocks: planes, compression: 8, fields });
  const { source, fetches } = gated(tiff);
  const { levels } = await openLevels(await openRaster(singleFile(source)));
  fetches.length = 0;
  const { raster } = await readLevel(levels[0], row(0), { bands: [2] });
  assert.deepEqual([...(raster.bands[0] as Uint8Array)], [2, 2, 2, 2, 2, 2, 2, 2]);
  assert.deepEqual(
    fetches.map(({ length }) => length),
    [planes[1]!.length],
  );
});

test('the block list of a huge image is read by the page, once', async () => {
  const side = 100_000;
  // TIFF lets blocks share their bytes; the one block follows the header of 8 bytes.
  const offsets = Array.from({ length: side }, () => 8);
  const block = deflateSync(new Uint8Array(side).fill(7));
  const tiff = makeTiff({
    width: side,
    height: side,
    blocks: [block],
    compression: 8,
    fields: [
      [278, 4, [1]],
      [273, 4, offsets],
      [279, 4, offsets.map(() => block.length)],
    ],
  });
  const { source, fetches } = gated(tiff);
  const { levels } = await openLevels(await openRaster(singleFile(source)));
  fetches.length = 0;
  const { raster } = await readLevel(levels[0], { colOff: 500, rowOff: 60_000, width: 2, height: 1 });
  assert.deepEqual([...(raster.bands[0] as Uint8Array)], [7, 7]);
  assert.deepEqual(
    fetches.map(({ length }) => length),
    [32_768, 32_768, block.length],
  );
  fetches.length = 0;
  await readLevel(levels[0], { colOff: 0, rowOff: 60_001, width: 1, height: 1 });
  assert.equal(fetches.length, 1);
});

test('decompressing in the calling thread gives the same pixels', async () => {
  const pixels = Uint8Array.from({ length: 400 * 400 }, (_, i) => (i * 31) % 251);
  const tiff = makeTiff({ width: 400, height: 400, blocks: [deflateSync(pixels)], compression: 8 });
  const { levels } = await openLevels(await openRaster(singleFile(memorySource('a.tif', tiff))));
  for (const inThisThread of [false, true]) {
    const cache = createBlockCache({ maxBytes: 0, inThisThread });
    const { raster } = await readLevel(levels[0], { colOff: 0, rowOff: 0, width: 400, height: 400 }, { cache });
    assert.deepEqual(raster.bands[0], pixels);
  }
});

test('those who wait for the same large block all get it, though its memory is given back right after', async () => {
  const pixels = Uint8Array.from({ length: 400 * 400 }, (_, i) => (i * 31) % 251);
  for (const [compression, block] of [
    [1, pixels],
    [8, deflateSync(pixels)],
  ] as const) {
    const tiff = makeTiff({ width: 400, height: 400, blocks: [block], compression });
    const { levels } = await openLevels(await openRaster(singleFile(memorySource('a.tif', tiff))));
    for (const maxBytes of [0, 2 ** 20]) {
      const cache = createBlockCache({ maxBytes, inThisThread: true });
      const read = async (): Promise<unknown> => {
        const { raster } = await readLevel(levels[0], { colOff: 0, rowOff: 0, width: 400, height: 400 }, { cache });
        return raster.bands[0];
      };
      const together = await Promise.all([read(), Promise.resolve().then(read), read()]);
      assert.equal(cache.counts().misses, 1);
      await new Promise(setImmediate);
      for (const band of [...together, await read()]) assert.deepEqual(band, pixels);
    }
  }
});
