import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type BandProfile, WEB_MERCATOR_QUAD, gridOfTile } from '@inlay/geo';
import type { Picture } from '@inlay/raster';
import { type RenderQuery, parseRenderOptions, prepareRecipe, renderPicture } from '@inlay/tiler';
import { type ArraySource, type ArraySpec, CRSS, WEB_MERCATOR, arraySource } from './array-source.ts';

// Three bands of bytes as they are take a way of their own through the renderer. What comes of it is held against the same
// bands drawn one by one in gray, which go the way of all others.

const RGB: readonly Partial<BandProfile>[] = [
  { colorInterp: 'Red' },
  { colorInterp: 'Green' },
  { colorInterp: 'Blue' },
];

/** 1000 x 1000 pixels of 20 m around 15° E, 50° N; no two bands alike. */
function source(spec: Partial<ArraySpec> = {}): ArraySource {
  return arraySource({
    affine: [20, 0, 490_000, 0, -20, 5_550_000],
    width: 1000,
    height: 1000,
    crs: CRSS.utm33,
    bands: RGB,
    value: (col, row, band) => (col * 31 + row * 17 + band * 85 + ((col * row) % 13)) % 256,
    ...spec,
  });
}

async function draw(from: ArraySource, query: RenderQuery, z: number, x: number, y: number): Promise<Picture> {
  const { options } = parseRenderOptions(query);
  const { recipe } = await prepareRecipe(from, options!);
  const grid = gridOfTile(WEB_MERCATOR_QUAD, { z, x, y });
  const rendered = await renderPicture(from, recipe!, { grid, crs: WEB_MERCATOR });
  assert.equal(rendered.kind, 'picture');
  return (rendered as { picture: Picture }).picture;
}

/** The bands drawn in gray, put together: red, green, blue, and alpha where one of them has it. */
async function putTogether(from: ArraySource, bands: readonly number[], z: number, x: number, y: number) {
  const grays: Picture[] = [];
  for (const band of bands) grays.push(await draw(from, { bidx: `${band}`, rescale: '0,255' }, z, x, y));
  const step = grays[0]!.channels;
  return Array.from({ length: 256 * 256 }, (_, i) => [
    ...grays.map(({ data }) => data[i * step]!),
    ...(step === 2 ? [grays[0]!.data[i * step + 1]!] : []),
  ]).flat();
}

function assertSame(picture: Picture, expected: readonly number[]): void {
  assert.equal(picture.data.length, expected.length);
  const at = expected.findIndex((value, i) => picture.data[i] !== value);
  assert.equal(at, -1, `sample ${at} of ${picture.channels} a pixel is ${picture.data[at]}, not ${expected[at]}`);
}

// The middle lies in tile 12/2218/1388; 10/554/347 reaches beyond the raster.
const CASES: Readonly<Record<string, readonly [spec: Partial<ArraySpec>, z: number, x: number, y: number]>> = {
  'in the middle': [{}, 12, 2218, 1388],
  'at the edge': [{}, 10, 554, 347],
  'with a mask': [{ mask: (col, row) => (col + row) % 7 !== 0 }, 12, 2218, 1388],
  'with a mask that leaves nothing out there': [{ mask: (col) => col > 3 }, 12, 2218, 1388],
  'far out, pixel by pixel': [{}, 8, 138, 86],
  'far out, with a mask': [{ mask: (col, row) => (col + row) % 7 !== 0 }, 8, 138, 86],
};

describe('RGB of bytes as they are', () => {
  for (const [name, [spec, z, x, y]] of Object.entries(CASES)) {
    it(`is what its bands are in gray: ${name}`, async () => {
      const from = source(spec);
      const picture = await draw(from, {}, z, x, y);
      const expected = await putTogether(from, [1, 2, 3], z, x, y);
      assert.ok(new Set(picture.data).size > 100, 'there is something to see');
      assertSame(picture, expected);
    });
  }

  it('has its bands in the order asked for', async () => {
    const from = source();
    const picture = await draw(from, { bidx: '3,1,2' }, 12, 2218, 1388);
    assertSame(picture, await putTogether(from, [3, 1, 2], 12, 2218, 1388));
  });

  it('goes the way of all others where a band has nodata', async () => {
    const bands = RGB.map((band) => ({ ...band, nodata: 77 }));
    const value = (col: number, _row: number, band: number): number => (col % 2 === 0 || band === 1 ? 77 : 200);
    const picture = await draw(source({ bands, value }), {}, 12, 2218, 1388);
    assert.equal(picture.channels, 4);
    const alphas = new Set(picture.data.filter((_, i) => i % 4 === 3));
    assert.deepEqual([...alphas].toSorted(), [0, 255].toSorted());
  });
});
