import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type QuicklookMember, composeQuicklook, renderQuicklook } from '@inlay/tiler';
import { gray, openSmall, pixelsOf, pngOf } from './pixels.ts';

const BYTES = { lo: 0, hi: 255 };

async function member(
  rect: readonly [xOff: number, yOff: number, xSize: number, ySize: number],
  picture: { width: number; values: readonly (number | null)[] },
  stretch = BYTES,
): Promise<QuicklookMember> {
  const [xOff, yOff, xSize, ySize] = rect;
  const { width, values } = picture;
  const png = await pngOf(width, values.length / width, gray(values));
  return { dstRect: { xOff, yOff, xSize, ySize }, png, stretch: [stretch, stretch, stretch] };
}

async function grayOf(members: Iterable<QuicklookMember>, width: number, height: number, size?: number) {
  const composed = await composeQuicklook(members, { width, height, ...(size === undefined ? {} : { size }) });
  return (await pixelsOf(composed.png)).map(([red, , , alpha]) => (alpha === 0 ? null : red));
}

test('members are painted at their places, and gaps are transparent', async () => {
  const members = [
    await member([0, 0, 2, 1], { width: 2, values: [10, 20] }),
    await member([3, 0, 1, 1], { width: 1, values: [30] }),
  ];
  assert.deepEqual(await grayOf(members, 4, 1), [10, 20, null, 30]);
});

test('the last member is on top, and transparent pixels show what is below', async () => {
  const members = [
    await member([0, 0, 3, 1], { width: 3, values: [1, 2, 3] }),
    await member([1, 0, 2, 1], { width: 2, values: [null, 9] }),
  ];
  assert.deepEqual(await grayOf(members, 3, 1), [1, 2, 9]);
});

test('members that were stretched apart match again', async () => {
  // Two halves of the ramp 0, 100, 200 ... 500, each stretched to the whole of black to white.
  const members = [
    await member([0, 0, 3, 1], { width: 3, values: [0, 128, 255] }, { lo: 0, hi: 200 }),
    await member([3, 0, 3, 1], { width: 3, values: [0, 128, 255] }, { lo: 300, hi: 500 }),
  ];
  assert.deepEqual(await grayOf(members, 6, 1), [0, 51, 102, 153, 204, 255]);
});

test('a member of one value lies at that value', async () => {
  const members = [
    await member([0, 0, 1, 1], { width: 1, values: [128] }, { lo: 50, hi: 50 }),
    await member([1, 0, 2, 1], { width: 2, values: [0, 255] }, { lo: 0, hi: 100 }),
  ];
  assert.deepEqual(await grayOf(members, 3, 1), [128, 0, 255]);
});

test('the picture is no longer than asked for, and pictures are averaged into it', async () => {
  const members = [await member([0, 0, 100, 50], { width: 4, values: [10, 20, 30, 40, 10, 20, 30, 40] })];
  const composed = await composeQuicklook(members, { width: 100, height: 50, size: 2 });
  assert.deepEqual([composed.width, composed.height], [2, 1]);
  assert.deepEqual(
    (await pixelsOf(composed.png)).map(([red]) => red),
    [15, 35],
  );
});

test('a lone member smaller than a pixel is still seen, and covers nothing', async () => {
  const tiny = await member([41, 0, 1, 1], { width: 1, values: [200] });
  assert.deepEqual(await grayOf([tiny], 100, 10, 10), [null, null, null, null, 200, null, null, null, null, null]);
  const below = await member([0, 0, 100, 10], { width: 1, values: [50] });
  assert.deepEqual((await grayOf([below, tiny], 100, 10, 10))[4], 50);
});

test('members that reach beyond the virtual raster are cut off', async () => {
  const members = [await member([-1, 0, 4, 1], { width: 4, values: [1, 2, 3, 4] })];
  assert.deepEqual(await grayOf(members, 2, 1), [2, 3]);
});

test('gray and colour members share a picture', async () => {
  const red = await pngOf(1, 1, [[200, 0, 0, 255]]);
  const colored = { dstRect: { xOff: 1, yOff: 0, xSize: 1, ySize: 1 }, png: red, stretch: [BYTES, BYTES, BYTES] };
  const small = await openSmall({ width: 2, height: 1, value: () => 0 });
  const plain = await renderQuicklook(small);
  const grayMember = {
    dstRect: { xOff: 0, yOff: 0, xSize: 3, ySize: 1 },
    png: plain.png,
    stretch: [BYTES],
  };
  for (const members of [
    [grayMember, colored],
    [colored, { ...grayMember, dstRect: { xOff: 0, yOff: 0, xSize: 1, ySize: 1 } }],
  ]) {
    const { png } = await composeQuicklook(members, { width: 2, height: 1 });
    assert.deepEqual(await pixelsOf(png), [
      [128, 128, 128, 255],
      [200, 0, 0, 255],
    ]);
  }
});

test('in a band stack each member fills one channel', async () => {
  const rect = { xOff: 0, yOff: 0, xSize: 2, ySize: 1 };
  const members = await Promise.all(
    ([0, 1, 2] as const).map(async (channel) => {
      const raster = await openSmall({ width: 2, height: 1, value: (col) => (col === channel ? 1 : 0) });
      const { png, stretch } = await renderQuicklook(raster);
      return { dstRect: rect, png, stretch, channel };
    }),
  );
  const { png, stretch } = await composeQuicklook(members, { width: 2, height: 1 });
  assert.deepEqual(await pixelsOf(png), [
    [255, 0, 128, 255],
    [0, 255, 128, 255],
  ]);
  assert.deepEqual(stretch, [
    { lo: 0, hi: 1 },
    { lo: 0, hi: 1 },
    { lo: 0, hi: 0 },
  ]);
});

test('a composed picture can be a member again', async () => {
  const first = await composeQuicklook(
    [await member([0, 0, 2, 1], { width: 2, values: [0, 255] }, { lo: 10, hi: 20 })],
    { width: 2, height: 1 },
  );
  const again = await composeQuicklook(
    [
      { dstRect: { xOff: 0, yOff: 0, xSize: 2, ySize: 1 }, png: first.png, stretch: first.stretch },
      await member([2, 0, 1, 1], { width: 1, values: [128] }, { lo: 30, hi: 30 }),
    ],
    { width: 3, height: 1 },
  );
  assert.deepEqual(
    (await pixelsOf(again.png)).map(([red]) => red),
    [0, 128, 255],
  );
});

test('thousands of members stream: no more than a few are asked for ahead of the painting', async () => {
  const one = await member([0, 0, 1, 1], { width: 1, values: [7] });
  let asked = 0;
  let furthestAhead = 0;
  let painted = 0;
  async function* members(): AsyncGenerator<QuicklookMember> {
    for (; asked < 2000; asked++) {
      furthestAhead = Math.max(furthestAhead, asked - painted);
      yield { ...one, dstRect: { ...one.dstRect, xOff: asked } };
    }
  }
  const progress: number[] = [];
  await composeQuicklook(members(), {
    width: 2000,
    height: 1,
    size: 16,
    onProgress: (count) => {
      painted = count;
      progress.push(count);
    },
  });
  assert.equal(painted, 2000);
  assert.deepEqual(progress.slice(0, 3), [1, 2, 3]);
  assert.ok(furthestAhead <= 4, `${furthestAhead} ahead`);
});

test('an abort ends the composing with the reason given', async () => {
  const one = await member([0, 0, 1, 1], { width: 1, values: [7] });
  const controller = new AbortController();
  const reason = new Error('no longer wanted');
  await assert.rejects(
    composeQuicklook(
      Array.from({ length: 100 }, () => one),
      {
        width: 1,
        height: 1,
        signal: controller.signal,
        onProgress: () => controller.abort(reason),
      },
    ),
    reason,
  );
});

test('thumbnails that are no PNGs of ours are refused', async () => {
  const good = await pngOf(3, 3, gray([1, 2, 3, 4, 5, 6, 7, 8, 9]));
  const flipped = Uint8Array.from(good);
  flipped[good.length - 30]! ^= 1;
  const rect = { xOff: 0, yOff: 0, xSize: 1, ySize: 1 };
  for (const png of [
    new Uint8Array(0),
    good.subarray(0, 40),
    flipped,
    Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
  ]) {
    await assert.rejects(
      composeQuicklook([{ dstRect: rect, png, stretch: [BYTES, BYTES, BYTES] }], { width: 1, height: 1 }),
      { code: 'tiler/malformed-png' },
    );
  }
});

test('nothing at all is a transparent picture', async () => {
  assert.deepEqual(await grayOf([], 2, 1), [null, null]);
});
