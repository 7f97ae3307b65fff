import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import { Dice } from '@inlay/testing';
import { type CompiledMosaic, MosaicError, openCompiledMosaic, readMosaic, sourceId } from '@inlay/mosaic';
import { checkerboard, flatMosaic, type FlatMosaic } from './made-mosaics.ts';

const SIZE = { width: 200, height: 200 };
const WINDOW = { colOff: 33.5, rowOff: 20, width: 90, height: 77 };
const REQUEST = { window: WINDOW, width: 45, height: 77 };

/** Rectangles anywhere, of any size, some with nodata. */
function scattered(dice: Dice, count: number, options: Parameters<typeof flatMosaic>[2] = {}): FlatMosaic {
  const sources = Array.from({ length: count }, (_, index) => ({
    place: {
      colOff: dice.between(-20, 180),
      rowOff: dice.between(-20, 180),
      width: dice.integer(1, 60),
      height: dice.integer(1, 60),
    },
    value: index % 250,
    ...(dice.once(4) ? { nodata: 251 } : {}),
  }));
  return flatMosaic(SIZE, sources, options);
}

async function pixelsOf(compiled: CompiledMosaic, { open }: FlatMosaic): Promise<unknown> {
  const { raster } = await readMosaic(compiled, REQUEST, open);
  return { bands: raster.bands, mask: raster.mask };
}

/** The bytes with other ones, and the checksum that they then should have. */
function forged(bytes: ArrayBuffer, change: (view: DataView) => void): ArrayBuffer {
  const copy = bytes.slice();
  const view = new DataView(copy);
  change(view);
  view.setUint32(16, crc32(new Uint8Array(copy, 20)), true);
  return copy;
}

describe('a compiled mosaic', () => {
  it('is the same when it is opened of its bytes', async () => {
    const mosaic = scattered(new Dice(1), 300);
    const again = openCompiledMosaic(mosaic.compiled.bytes.slice());
    const { index: _built, bytes: _bytes, ...rest } = mosaic.compiled;
    const { index: _opened, bytes: _same, ...opened } = again;
    assert.deepEqual(opened, rest);
    assert.deepEqual(await pixelsOf(again, mosaic), await pixelsOf(mosaic.compiled, mosaic));
    assert.equal(sourceId(again, 299), 'source-299');
  });

  it('lies in shared memory where that is wanted', async () => {
    const mosaic = scattered(new Dice(2), 50, { shared: true });
    const { bytes } = mosaic.compiled;
    assert.ok(bytes instanceof SharedArrayBuffer);
    for (const isTrusted of [false, true]) {
      const again = openCompiledMosaic(bytes, { isTrusted });
      assert.deepEqual(await pixelsOf(again, mosaic), await pixelsOf(mosaic.compiled, mosaic));
      assert.equal(sourceId(again, 7), 'source-7');
    }
  });

  it('of nothing has nothing to read', async () => {
    const mosaic = flatMosaic(SIZE, []);
    const again = openCompiledMosaic(mosaic.compiled.bytes);
    const { raster } = await readMosaic(again, REQUEST, mosaic.open);
    assert.ok(raster.mask?.every((value) => value === 0));
  });

  it('keeps nodata values that JSON has no numbers for', () => {
    const sources = [NaN, -Infinity, 0].map((nodata, value) => ({ place: { ...WINDOW, colOff: 3 }, value, nodata }));
    const { compiled } = flatMosaic(SIZE, sources, { dataType: 'Float64' });
    const { bands } = openCompiledMosaic(compiled.bytes);
    assert.deepEqual(
      bands[0]?.reads.map(({ nodata }) => nodata),
      [NaN, -Infinity, 0],
    );
  });

  it('finds what a look at every placement finds', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const dice = new Dice(seed);
      const { compiled } = scattered(dice, dice.one(1, 5, 16, 17, 300, 2000));
      const { index, placements } = compiled;
      for (let count = 0; count < 50; count += 1) {
        const [left, top] = [dice.between(-30, 220), dice.between(-30, 220)];
        const [right, bottom] = [left + dice.between(0.1, 100), top + dice.between(0.1, 100)];
        const found = new Set(index?.search(left, top, right, bottom));
        for (let placement = 0; placement < placements.count; placement += 1) {
          const [x, y, width, height] = placements.dstRects.subarray(4 * placement, 4 * placement + 4) as unknown as [
            number,
            number,
            number,
            number,
          ];
          const isHit = x < right && x + width > left && y < bottom && y + height > top;
          assert.ok(!isHit || found.has(placement), `seed ${seed}: placement ${placement} was not found`);
          // Boxes are of whole pixels: what is found lies no further off than one.
          const isNear = x - 1 <= right && x + width + 1 >= left && y - 1 <= bottom && y + height + 1 >= top;
          assert.ok(isNear || !found.has(placement), `seed ${seed}: placement ${placement} is far off`);
        }
      }
    }
  });
});

describe('bytes that are no compiled mosaic', () => {
  const { compiled } = scattered(new Dice(3), 40);
  const bytes = compiled.bytes as ArrayBuffer;

  function refusal(damaged: ArrayBuffer): string {
    try {
      openCompiledMosaic(damaged);
    } catch (error) {
      assert.ok(error instanceof MosaicError, `${(error as Error).stack}`);
      return error.code;
    }
    return 'none';
  }

  it('are refused wherever they end', () => {
    for (let length = 0; length < bytes.byteLength; length += 7) {
      assert.equal(refusal(bytes.slice(0, length)), 'mosaic/malformed-bytes');
    }
    const longer = new Uint8Array(bytes.byteLength + 8);
    longer.set(new Uint8Array(bytes));
    assert.equal(refusal(longer.buffer), 'mosaic/malformed-bytes');
  });

  it('are refused whichever byte is another', () => {
    const dice = new Dice(4);
    for (let at = 0; at < bytes.byteLength; at += dice.integer(1, 20)) {
      const damaged = bytes.slice();
      new Uint8Array(damaged)[at]! ^= 1 << dice.integer(0, 7);
      const expected = at >= 8 && at < 16 ? 'mosaic/unsupported-version' : 'mosaic/malformed-bytes';
      assert.equal(refusal(damaged), expected, `byte ${at}`);
    }
  });

  it('are refused, or can be read, where somebody has made the checksum right', async () => {
    const dice = new Dice(5);
    const signal = AbortSignal.timeout(60_000);
    let opened = 0;
    for (let count = 0; count < 3000; count += 1) {
      const damaged = forged(bytes, (view) => {
        for (let change = dice.integer(1, 4); change > 0; change -= 1) {
          view.setUint8(dice.integer(20, bytes.byteLength - 1), dice.integer(0, 255));
        }
      });
      let mosaic: CompiledMosaic;
      try {
        mosaic = openCompiledMosaic(damaged);
      } catch (error) {
        assert.ok(error instanceof MosaicError, `${(error as Error).stack}`);
        continue;
      }
      opened += 1;
      const reading = readMosaic(mosaic, REQUEST, async () => Promise.reject(new Error('not opened here')), {
        onSourceError: 'transparent',
        signal,
      });
      await reading.catch((error: unknown) => assert.ok(error instanceof MosaicError, `${(error as Error).stack}`));
    }
    assert.ok(opened > 100 && opened < 2900, `${opened} were opened`);
  });

  it('are refused where they declare more than there is', () => {
    for (let word = 5; word < 13; word += 1) {
      for (const value of [0, 1, 0x7fff_ffff, 0xffff_ffff]) {
        const damaged = forged(bytes, (view) => view.setUint32(4 * word, value, true));
        if (new DataView(bytes).getUint32(4 * word, true) === value) continue;
        assert.equal(refusal(damaged), 'mosaic/malformed-bytes', `word ${word}`);
      }
    }
  });

  it('of another version ask to be compiled again', () => {
    const later = forged(bytes, (view) => view.setUint32(8, 2, true));
    assert.throws(() => openCompiledMosaic(later), { code: 'mosaic/unsupported-version', message: /compile it again/ });
  });
});

describe('compiling', () => {
  it('stores what sources have in common once', () => {
    const sources = checkerboard(10_000, 10).map((place) => ({ place, value: 1 }));
    const { compiled } = flatMosaic({ width: 1000, height: 1000 }, sources);
    assert.equal(compiled.traits.length, 1);
    assert.equal(compiled.bands[0]?.reads.length, 1);
    const bytesPerSource = compiled.bytes.byteLength / sources.length;
    assert.ok(bytesPerSource < 140, `${bytesPerSource} bytes for each source`);
  });
});
