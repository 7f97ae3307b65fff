import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { constants, deflateSync, inflateSync } from 'node:zlib';
import sharp from 'sharp';
import type { Picture } from '@inlay/raster';
import { Dice, GDAL_IS_ABSENT, type Gdal, openGdal } from '@inlay/testing';
import { encodePicture } from '@inlay/tiler';

// Tiles of continuous tones are packed by a Deflate of our own: other decoders have to find the same pixels in them.

let gdal: Gdal | null;
let folder: string;

before(async () => {
  gdal = await openGdal();
  folder = await mkdtemp(join(tmpdir(), 'inlay-png-'));
});

after(async () => {
  await gdal?.close();
  await rm(folder, { recursive: true });
});

type Channels = Picture['channels'];

function pictureOf(
  width: number,
  height: number,
  channels: Channels,
  valueAt: (col: number, row: number, channel: number) => number,
): Picture {
  const data = new Uint8Array(width * height * channels);
  for (let at = 0; at < data.length; at++) {
    const pixel = Math.floor(at / channels);
    data[at] = valueAt(pixel % width, Math.floor(pixel / width), at % channels);
  }
  return { layout: 'pixel-interleaved', width, height, channels, data };
}

/** Pictures that fall into runs, codes and blocks in ways of their own. */
function pictures(): [name: string, picture: Picture][] {
  const dice = new Dice(4);
  const wave = (col: number, row: number): number => 110 + 60 * Math.sin(col / 61) * Math.cos(row / 83);
  const sensor = (col: number, row: number): number => wave(col, row) + dice.between(0, 24);
  const all: [string, Picture][] = [
    ['a sensor', pictureOf(256, 256, 3, sensor)],
    ['a sensor, half transparent', pictureOf(256, 256, 4, (col, row) => (col < row ? 0 : sensor(col, row)))],
    ['smooth, 512', pictureOf(512, 512, 4, (col, row, channel) => (channel === 3 ? 255 : wave(col, row)))],
    ['noise', pictureOf(300, 200, 3, () => dice.integer(0, 255))],
    ['one colour', pictureOf(256, 256, 3, () => 77)],
    ['nothing', pictureOf(256, 256, 4, () => 0)],
    ['one pixel', pictureOf(1, 1, 1, () => 200)],
    ['one column', pictureOf(1, 700, 1, () => dice.integer(0, 255))],
    ['one long row', pictureOf(60_000, 1, 4, () => dice.integer(0, 3))],
    ['larger than memory is kept for', pictureOf(800, 700, 3, sensor)],
  ];
  // Runs of each length that matters, at each place in a word.
  const runs = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 257, 258, 259, 260, 261, 262, 515, 516, 517, 518, 519, 520];
  const pieces = [...runs, ...dice.shuffled(runs)].flatMap((run, i) => [
    ...Array.from({ length: 1 + (i % 5) }, () => dice.integer(1, 255)),
    ...Array.from({ length: run }, () => i),
  ]);
  all.push(['runs', { ...pictureOf(pieces.length, 1, 1, (col) => pieces[col]!) }]);
  // Counts that grow as Fibonacci's numbers do make the longest codes there are: 24 bits, if they were left so.
  const counts = [1, 1];
  while (counts.length < 25) counts.push(counts.at(-1)! + counts.at(-2)!);
  const skewed = dice.shuffled(counts.flatMap((count, value) => Array.from({ length: count }, () => value)));
  all.push(['skewed', pictureOf(skewed.length, 1, 1, (col) => skewed[col]!)]);
  return all;
}

function pack(picture: Picture): Promise<Uint8Array<ArrayBuffer>> {
  return encodePicture(picture, { format: 'png', isFlat: false });
}

/** The compressed rows. */
function dataOf(png: Uint8Array): Buffer {
  const start = 33; // the signature and the header (PNG, 5.2 and 11.2.1)
  const bytes = Buffer.from(png);
  assert.equal(bytes.toString('latin1', start + 4, start + 8), 'IDAT');
  return bytes.subarray(start + 8, start + 8 + bytes.readUInt32BE(start));
}

describe('a PNG of continuous tones', () => {
  for (const [name, picture] of pictures()) {
    it(`has the pixels of ${name} for another decoder, in about the bytes that zlib takes`, async () => {
      const { width, height, channels, data } = picture;
      const png = await pack(picture);
      const byZlib = deflateSync(inflateSync(dataOf(png)), { level: 1, strategy: constants.Z_RLE });
      assert.ok(dataOf(png).length <= 1.08 * byZlib.length + 64, `${dataOf(png).length}, by zlib ${byZlib.length}`);
      const image = sharp(png, { limitInputPixels: width * height });
      const toBytes = channels === 1 ? image.toColourspace('b-w') : image;
      const decoded = await toBytes.raw().toBuffer({ resolveWithObject: true });
      assert.deepEqual([decoded.info.width, decoded.info.height, decoded.info.channels], [width, height, channels]);
      assert.equal(Buffer.compare(decoded.data, data), 0);
    });
  }

  it('has the same pixels for GDAL', async (t) => {
    if (gdal === null) {
      t.skip(GDAL_IS_ABSENT);
      return;
    }
    for (const [name, picture] of pictures()) {
      const { width, height, channels, data } = picture;
      const path = join(folder, `${name}.png`);
      await writeFile(path, await pack(picture));
      const bands = Array.from({ length: channels }, (_, i) => i + 1);
      const read = await gdal.read(path, [0, 0, width, height], [width, height], bands);
      for (const [channel, band] of read.entries()) {
        const wanted = data.filter((_, at) => at % channels === channel);
        assert.equal(Buffer.compare(band as Uint8Array, wanted), 0, `${name}, channel ${channel}`);
      }
    }
  });

  it('is the same bytes whatever was packed before it', async () => {
    const [first, second] = pictures().map(([, picture]) => picture);
    const before = await pack(first!);
    await pack(second!);
    assert.deepEqual(await pack(first!), before);
  });
});
