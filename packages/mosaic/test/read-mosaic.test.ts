import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { MosaicError, type MosaicRead, readMosaic, readMosaicCells } from '@inlay/mosaic';
import { checkerboard, type FlatSource, flatMosaic } from './made-mosaics.ts';

const WHOLE = { colOff: 0, rowOff: 0, width: 4, height: 1 };
const REQUEST = { window: WHOLE, width: 4, height: 1 };

/** A source of one row. */
function run(colOff: number, width: number, value: number, nodata?: number): FlatSource {
  return { place: { colOff, rowOff: 0, width, height: 1 }, value, ...(nodata === undefined ? {} : { nodata }) };
}

function pixels({ raster }: MosaicRead): number[] {
  return Array.from(raster.bands[0] as ArrayLike<number>);
}

describe('readMosaic', () => {
  it('paints in document order, the last on top', async () => {
    const { compiled, open } = flatMosaic(WHOLE, [run(0, 3, 1), run(2, 2, 2), run(1, 1, 3)]);
    assert.deepEqual(pixels(await readMosaic(compiled, REQUEST, open)), [1, 3, 2, 2]);
  });

  it('says where no source is', async () => {
    const { compiled, open } = flatMosaic(WHOLE, [run(0, 1, 1), run(3, 1, 2)]);
    const { raster } = await readMosaic(compiled, REQUEST, open);
    assert.deepEqual([...raster.mask!], [255, 0, 0, 255]);
  });

  it('has no mask where sources are everywhere', async () => {
    const { compiled, open } = flatMosaic(WHOLE, [run(0, 4, 1)]);
    assert.equal((await readMosaic(compiled, REQUEST, open)).raster.mask, null);
  });

  it('reads beyond the edges of the output, where nothing is', async () => {
    const { compiled, open } = flatMosaic(WHOLE, [run(0, 4, 1)]);
    const window = { colOff: -2, rowOff: -1, width: 4, height: 3 };
    const { raster } = await readMosaic(compiled, { window, width: 4, height: 3 }, open);
    assert.deepEqual([...raster.mask!], [0, 0, 0, 0, 0, 0, 255, 255, 0, 0, 0, 0]);
  });

  it('refuses windows, sizes and bands that there is nothing to read for', async () => {
    const { compiled, open } = flatMosaic(WHOLE, [run(0, 4, 1)]);
    const refused = [
      { ...REQUEST, window: { ...WHOLE, width: 0 } },
      { ...REQUEST, window: { ...WHOLE, colOff: NaN } },
      { ...REQUEST, width: 0 },
      { ...REQUEST, width: 1.5 },
      { ...REQUEST, bands: [2] },
      { ...REQUEST, bands: [] },
    ];
    for (const request of refused) {
      await assert.rejects(readMosaic(compiled, request, open), { code: 'mosaic/invalid-request' });
    }
    await assert.rejects(readMosaic(compiled, REQUEST, open, { concurrency: 0 }), { code: 'mosaic/invalid-request' });
    await assert.rejects(readMosaic(compiled, { ...REQUEST, width: 10_000, height: 10_000 }, open), {
      code: 'mosaic/too-large',
    });
  });

  it('gives a band as often as it is asked for', async () => {
    const { compiled, open } = flatMosaic(WHOLE, [run(0, 4, 7)]);
    const { raster } = await readMosaic(compiled, { ...REQUEST, bands: [1, 1] }, open);
    assert.deepEqual(
      raster.bands.map((band) => band[3]),
      [7, 7],
    );
  });
});

describe('readMosaicCells', () => {
  const cells = { cols: Int32Array.of(3, 0, 1, 1, 2), rows: new Int32Array(5) };

  it('has the cells that readMosaic has, in the order asked for, with holes and nodata', async () => {
    for (const runs of [
      [run(0, 4, 7)],
      [run(0, 3, 1), run(2, 2, 2), run(1, 1, 3)],
      [run(0, 1, 1), run(3, 1, 2)],
      [run(0, 4, 1), run(1, 2, 5, 5)],
    ]) {
      const { compiled, open } = flatMosaic(WHOLE, runs);
      const { raster } = await readMosaic(compiled, REQUEST, open);
      const picked = await readMosaicCells(compiled, { ...REQUEST, cells }, open);
      assert.ok(picked !== null);
      const at = (values: ArrayLike<number | bigint> | null) => values && Array.from(cells.cols, (col) => values[col]);
      assert.deepEqual(pixels(picked), at(raster.bands[0]!));
      const mask = picked.raster.mask;
      assert.deepEqual(mask === null ? Array(5).fill(255) : [...mask], at(raster.mask) ?? Array(5).fill(255));
    }
  });

  it('does not open what is hidden at those cells', async () => {
    const { compiled, open, opened } = flatMosaic(WHOLE, [run(0, 4, 1), run(0, 2, 2)]);
    const some = { cols: Int32Array.of(1, 0), rows: new Int32Array(2) };
    const picked = await readMosaicCells(compiled, { ...REQUEST, cells: some }, open);
    assert.deepEqual([pixels(picked!), opened], [[2, 2], [1]]);
  });

  it('shows what lies under a source that cannot be read, and tells which it is', async () => {
    const failing = (sourceIndex: number): void => {
      if (sourceIndex === 1) throw new Error('no such file');
    };
    const { compiled, open } = flatMosaic(WHOLE, [run(0, 2, 1), run(1, 3, 2)], { onOpen: failing });
    const request = { ...REQUEST, cells };
    await assert.rejects(readMosaicCells(compiled, request, open), { code: 'mosaic/source-failed' });
    const picked = await readMosaicCells(compiled, request, open, { onSourceError: 'transparent' });
    assert.deepEqual(
      [pixels(picked!), [...picked!.raster.mask!]],
      [
        [0, 1, 1, 1, 0],
        [0, 255, 255, 255, 0],
      ],
    );
    assert.deepEqual(
      picked!.failures.map(({ sourceIndex, error }) => [sourceIndex, (error as Error).message]),
      [[1, 'no such file']],
    );
  });
});

describe('what lies under other sources', () => {
  it('is not opened where one opaque source covers it', async () => {
    const { compiled, open, opened } = flatMosaic(WHOLE, [run(0, 2, 1), run(1, 2, 2), run(0, 4, 3)]);
    const read = await readMosaic(compiled, REQUEST, open);
    assert.deepEqual(pixels(read), [3, 3, 3, 3]);
    assert.deepEqual(opened, [2]);
    assert.equal(read.placementsHidden, 2);
    assert.equal(read.placementsRead, 1);
  });

  it('is not opened where several together cover it', async () => {
    const { compiled, open, opened } = flatMosaic(WHOLE, [run(0, 4, 1), run(0, 2, 2), run(2, 2, 3)]);
    assert.deepEqual(pixels(await readMosaic(compiled, REQUEST, open)), [2, 2, 3, 3]);
    assert.deepEqual(opened.toSorted(), [1, 2]);
  });

  it('is opened where any pixel is free', async () => {
    const { compiled, open } = flatMosaic(WHOLE, [run(0, 4, 1), run(0, 3, 2)]);
    assert.deepEqual(pixels(await readMosaic(compiled, REQUEST, open)), [2, 2, 2, 1]);
  });

  it('is opened where what covers it has nodata', async () => {
    const { compiled, open, opened } = flatMosaic(WHOLE, [run(0, 4, 1), run(0, 4, 9, 9)]);
    assert.deepEqual(pixels(await readMosaic(compiled, REQUEST, open)), [1, 1, 1, 1]);
    assert.deepEqual(opened.toSorted(), [0, 1]);
  });

  it('is not opened where what covers it has a nodata value that no pixel can have', async () => {
    const { compiled, open, opened } = flatMosaic(WHOLE, [run(0, 4, 1), run(0, 4, 9, -9999)]);
    assert.deepEqual(pixels(await readMosaic(compiled, REQUEST, open)), [9, 9, 9, 9]);
    assert.deepEqual(opened, [1]);
  });

  it('counts for pixel functions', async () => {
    const pixelFunction = { name: 'mean', arguments: {}, transferType: 'Byte' } as const;
    const sources = [run(0, 4, 1), run(0, 4, 5), run(2, 2, 6)];
    const { compiled, open, opened } = flatMosaic(WHOLE, sources, { band: { pixelFunction } });
    assert.deepEqual(pixels(await readMosaic(compiled, REQUEST, open)), [3, 3, 4, 4]);
    assert.equal(opened.length, 3);
  });
});

describe('pixel functions', () => {
  const sources = [run(0, 4, 1), run(0, 3, 9), run(0, 2, 4), run(0, 1, 2), run(0, 4, 200, 200)];
  for (const [name, expected] of [
    ['min', [1, 1, 1, 1]],
    ['max', [9, 9, 9, 1]],
    ['mean', [4, 5, 5, 1]],
    ['median', [3, 4, 5, 1]],
  ] as const) {
    it(`${name} of the valid pixels of all sources`, async () => {
      const pixelFunction = { name, arguments: {}, transferType: 'Float64' } as const;
      const { compiled, open } = flatMosaic(WHOLE, sources, { band: { pixelFunction } });
      assert.deepEqual(pixels(await readMosaic(compiled, REQUEST, open)), expected);
    });
  }

  it('that are not computed here are refused when the mosaic is compiled', () => {
    const pixelFunction = { name: 'norm_diff', arguments: {}, transferType: 'Float64' } as const;
    assert.throws(() => flatMosaic(WHOLE, sources, { band: { pixelFunction } }), { code: 'mosaic/unsupported' });
  });
});

describe('a source that cannot be read', () => {
  const fail = (broken: number) => ({
    onOpen: (source: number) => {
      if (source === broken) throw new Error('gone');
    },
  });

  it('is an error that names it', async () => {
    const { compiled, open } = flatMosaic(WHOLE, [run(0, 2, 1), run(2, 2, 2)], fail(1));
    const error = await readMosaic(compiled, REQUEST, open).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof MosaicError);
    assert.equal(error.code, 'mosaic/source-failed');
    assert.deepEqual(error.details, { sourceId: 'source-1', sourceIndex: 1 });
    assert.equal((error.cause as Error).message, 'gone');
  });

  it('is transparent, and reported, where that is wanted', async () => {
    const { compiled, open } = flatMosaic(WHOLE, [run(0, 2, 1), run(2, 2, 2)], fail(1));
    const read = await readMosaic(compiled, REQUEST, open, { onSourceError: 'transparent' });
    assert.deepEqual(pixels(read), [1, 1, 0, 0]);
    assert.deepEqual([...read.raster.mask!], [255, 255, 0, 0]);
    assert.deepEqual(
      read.failures.map(({ sourceId }) => sourceId),
      ['source-1'],
    );
  });

  it('shows what it would have hidden', async () => {
    const { compiled, open } = flatMosaic(WHOLE, [run(0, 4, 1), run(0, 4, 2)], fail(1));
    const read = await readMosaic(compiled, REQUEST, open, { onSourceError: 'transparent' });
    assert.deepEqual(pixels(read), [1, 1, 1, 1]);
    assert.equal(read.failures.length, 1);
  });

  it('does not take the others down with it', async () => {
    const sources = checkerboard(100, 10).map((place, value) => ({ place, value }));
    const { compiled, open } = flatMosaic({ width: 100, height: 100 }, sources, fail(55));
    const request = { window: { colOff: 0, rowOff: 0, width: 100, height: 100 }, width: 10, height: 10 };
    const read = await readMosaic(compiled, request, open, { onSourceError: 'transparent' });
    assert.deepEqual(
      pixels(read),
      Array.from({ length: 100 }, (_, value) => (value === 55 ? 0 : value)),
    );
  });

  it('that reads other than what it was asked for has failed', async () => {
    const { compiled } = flatMosaic(WHOLE, [run(0, 4, 1)]);
    const short = new Uint8Array(3);
    const open = async () => ({
      read: async () => ({
        layout: 'band-separate' as const,
        width: 3,
        height: 1,
        dataType: 'Byte' as const,
        bands: [short],
        mask: null,
      }),
      readMask: async () => short,
    });
    await assert.rejects(readMosaic(compiled, REQUEST, open), { code: 'mosaic/source-failed' });
  });
});

describe('a source of which parts cannot be read', () => {
  /** The second source has lost its last two pixels. */
  function damaged(compiledAndOpen: ReturnType<typeof flatMosaic>, index: number) {
    const { compiled, open } = compiledAndOpen;
    return {
      compiled,
      open: async (source: number, signal: AbortSignal | undefined) => {
        const opened = await open(source, signal);
        if (source !== index) return opened;
        return {
          ...opened,
          damage: () => new Error('a bad block'),
          read: async (...[level, window, bands, readSignal]: Parameters<typeof opened.read>) => {
            const raster = await opened.read(level, window, bands, readSignal);
            const mask = Uint8Array.from({ length: window.width }, (_, at) => (window.colOff + at < 2 ? 255 : 0));
            return { ...raster, mask };
          },
        };
      },
    };
  }

  it('is there in its other parts, and reported', async () => {
    const { compiled, open } = damaged(flatMosaic(WHOLE, [run(0, 4, 7)]), 0);
    const read = await readMosaic(compiled, REQUEST, open);
    assert.deepEqual([...read.raster.mask!], [255, 255, 0, 0]);
    assert.deepEqual(pixels(read), [7, 7, 0, 0]);
    assert.deepEqual(read.failures, []);
    assert.deepEqual(
      read.damages.map(({ sourceId, error }) => [sourceId, (error as Error).message]),
      [['source-0', 'a bad block']],
    );
  });

  it('shows what lies under the lost ones', async () => {
    const { compiled, open } = damaged(flatMosaic(WHOLE, [run(0, 4, 1), run(0, 4, 2)]), 1);
    const read = await readMosaic(compiled, REQUEST, open);
    assert.deepEqual(pixels(read), [2, 2, 1, 1]);
    assert.equal(read.raster.mask, null);
    assert.equal(read.damages.length, 1);
  });

  it('is there in its other parts when single pixels of it are taken', async () => {
    const { compiled, open } = damaged(flatMosaic(WHOLE, [run(0, 4, 7)]), 0);
    const { raster } = await readMosaic(compiled, { window: WHOLE, width: 2, height: 1 }, open);
    assert.deepEqual([...raster.mask!], [255, 0]);
  });

  it('takes no part in means where it is lost', async () => {
    const { compiled, open } = damaged(flatMosaic(WHOLE, [run(0, 4, 8)]), 0);
    const request = { window: WHOLE, width: 1, height: 1, resampling: 'average' as const };
    assert.deepEqual(pixels(await readMosaic(compiled, request, open)), [8]);
  });
});

describe('reading many sources', () => {
  const sources = checkerboard(100, 10).map((place, value) => ({ place, value }));
  const size = { width: 100, height: 100 };
  const request = { window: { colOff: 0, rowOff: 0, ...size }, ...size };

  it('opens no more at a time than it may', async () => {
    let [open, most] = [0, 0];
    const mosaic = flatMosaic(size, sources, {
      onOpen: async () => {
        open += 1;
        most = Math.max(most, open);
        await delay(1);
        open -= 1;
      },
    });
    await readMosaic(mosaic.compiled, request, mosaic.open, { concurrency: 3 });
    assert.equal(most, 3);
  });

  it('stops when it is aborted, with the reason of the abort', async () => {
    const controller = new AbortController();
    const reason = new Error('the client has gone');
    const mosaic = flatMosaic(size, sources, {
      onOpen: (source) => {
        if (source === 20) controller.abort(reason);
      },
    });
    const reading = readMosaic(mosaic.compiled, request, mosaic.open, {
      signal: controller.signal,
      onSourceError: 'transparent',
    });
    await assert.rejects(reading, reason);
    assert.ok(mosaic.opened.length < 40, `${mosaic.opened.length} were opened`);
  });

  it('tells each source when it is no longer needed', async () => {
    const released: number[] = [];
    const mosaic = flatMosaic(size, sources);
    await readMosaic(mosaic.compiled, request, async (source, signal) => ({
      ...(await mosaic.open(source, signal)),
      release: () => released.push(source),
    }));
    assert.equal(released.length, 100);
  });

  it('of 100,000 touches those of the window, and no others', async () => {
    const many = checkerboard(100_000, 10).map((place, index) => ({ place, value: index % 200 }));
    const { compiled, open, opened, windows } = flatMosaic({ width: 3170, height: 3170 }, many);
    const window = { colOff: 1005, rowOff: 2005, width: 20, height: 10 };
    const { raster } = await readMosaic(compiled, { window, width: 20, height: 10 }, open);
    const touched = [200, 201].flatMap((row) => [100, 101, 102].map((col) => row * 317 + col));
    assert.deepEqual(opened, touched);
    assert.equal(windows.length, 6);
    assert.equal(raster.bands[0]![0], touched[0]! % 200);
    assert.equal(raster.bands[0]!.at(-1), touched[5]! % 200);
  });

  it('of a window far from all of them touches none', async () => {
    const { compiled, open, opened } = flatMosaic(size, sources);
    const window = { colOff: 1000, rowOff: 0, width: 10, height: 10 };
    await readMosaic(compiled, { window, width: 10, height: 10 }, open);
    assert.deepEqual(opened, []);
  });

  it('reads few rows of a source that is much reduced', async () => {
    const place = { colOff: 0, rowOff: 0, width: 8000, height: 80_000 };
    const { compiled, open, windows } = flatMosaic(place, [{ place, value: 5 }]);
    const { raster } = await readMosaic(compiled, { window: place, width: 8, height: 80 }, open);
    assert.equal(
      raster.bands[0]!.every((value) => value === 5),
      true,
    );
    assert.equal(
      windows.every(({ height }) => height === 1),
      true,
    );
    assert.equal(windows.length, 80);
  });
});
