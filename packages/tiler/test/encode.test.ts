import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import sharp from 'sharp';
import type { Picture } from '@inlay/raster';
import { IMAGE_FORMATS, IMAGE_MEDIA_TYPES, encodePicture } from '@inlay/tiler';
import { type Rgba, pixelsOf } from './pixels.ts';

/** A picture of smooth bytes with a little noise in as many channels; the last of 2 and 4 is alpha, with a hole. */
function picture(channels: 1 | 2 | 3 | 4, width = 37, height = 23): Picture {
  const data = new Uint8Array(width * height * channels);
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / channels);
    const [col, row, channel] = [pixel % width, Math.floor(pixel / width), i % channels];
    const isAlpha = channels % 2 === 0 && channel === channels - 1;
    data[i] = isAlpha
      ? col < 9
        ? 0
        : col < 18
          ? 128
          : 255
      : 40 * channel + 3 * col + 2 * row + ((col * 7 + row * 13) % 5);
  }
  return { layout: 'pixel-interleaved', width, height, channels, data };
}

/** The picture's pixels as red, green, blue and alpha. */
function rgbaOf({ channels, data }: Picture): Rgba[] {
  return Array.from({ length: data.length / channels }, (_, i) => {
    const [first, second, third, fourth] = data.subarray(i * channels, (i + 1) * channels);
    if (channels <= 2) return [first!, first!, first!, second ?? 255];
    return [first!, second!, third!, fourth ?? 255];
  });
}

describe('an encoded picture', () => {
  it('as PNG is the picture to the last bit, for another decoder', async () => {
    for (const channels of [1, 2, 3, 4] as const) {
      for (const isFlat of [true, false]) {
        const original = picture(channels);
        const png = await encodePicture(original, { format: 'png', isFlat });
        assert.deepEqual(await pixelsOf(png), rgbaOf(original));
      }
    }
  });

  it('as WebP keeps what is transparent, as JPEG shows white there', async () => {
    const original = picture(4);
    const webp = await sharp(await encodePicture(original, { format: 'webp', isFlat: false }))
      .raw()
      .toBuffer({ resolveWithObject: true });
    assert.equal(webp.info.channels, 4);
    assert.deepEqual([webp.data[3], webp.data[4 * 12 + 3], webp.data[4 * 30 + 3]], [0, 128, 255]);
    const jpeg = await sharp(await encodePicture(original, { format: 'jpg', isFlat: false }))
      .raw()
      .toBuffer({ resolveWithObject: true });
    assert.equal(jpeg.info.channels, 3);
    assert.ok(Math.min(...jpeg.data.subarray(0, 12)) > 240);
  });

  it('of flat colours is lossless as WebP too', async () => {
    const original = picture(3);
    const webp = await encodePicture(original, { format: 'webp', isFlat: true });
    assert.deepEqual(new Uint8Array(await sharp(webp).raw().toBuffer()), original.data);
  });

  it('is smaller with less quality', async () => {
    for (const format of ['webp', 'jpg'] as const) {
      const sizes = await Promise.all(
        [20, 75, 95].map(
          async (quality) => (await encodePicture(picture(3, 256, 256), { format, isFlat: false, quality })).length,
        ),
      );
      assert.ok(sizes[0]! < sizes[1]! && sizes[1]! < sizes[2]!, `${format}: ${sizes.join(', ')}`);
    }
  });

  it('is the same bytes every time, and owns its memory', async () => {
    for (const format of IMAGE_FORMATS) {
      const [first, second] = await Promise.all([0, 1].map(() => encodePicture(picture(4), { format, isFlat: false })));
      assert.deepEqual(first, second);
      // What is handed to another thread takes its whole buffer along: it must hold nothing else.
      assert.equal(first!.buffer.byteLength, first!.byteLength, format);
    }
  });

  it('has a media type', () => {
    assert.deepEqual(IMAGE_MEDIA_TYPES, { png: 'image/png', webp: 'image/webp', jpg: 'image/jpeg' });
  });
});
