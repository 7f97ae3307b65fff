import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Affine,
  type BandProfile,
  type PixelGrid,
  WEB_MERCATOR_QUAD,
  WORLD_CRS84_QUAD,
  gridOfTile,
} from '@inlay/geo';
import type { Picture } from '@inlay/raster';
import { assertGolden } from '@inlay/testing';
import {
  encodePng,
  type PictureGrid,
  type RenderQuery,
  parseRenderOptions,
  prepareRecipe,
  renderPicture,
} from '@inlay/tiler';
import { type ArraySource, type ArraySpec, CRSS, DEGREES, WEB_MERCATOR, arraySource } from './array-source.ts';

// Pictures that were looked at: seams, edges, half pixels, holes, the Earth's seam and its poles, and what rasters of
// every kind look like when nobody says how.

const SIZE = 96;

const FOLDER = new URL('./golden/', import.meta.url);

async function assertLooked(name: string, picture: Picture): Promise<void> {
  await assertGolden(FOLDER, name, await encodePng(picture));
}

async function paint(source: ArraySource, query: RenderQuery, target: PictureGrid): Promise<Picture> {
  const { options, problems } = parseRenderOptions(query);
  assert.equal(problems, null);
  const { recipe } = await prepareRecipe(source, options);
  const rendered = await renderPicture(source, recipe!, target);
  assert.equal(rendered.kind, 'picture');
  return (rendered as { picture: Picture }).picture;
}

function mercatorTile(z: number, x: number, y: number, size: number = SIZE): PictureGrid {
  return { grid: gridOfTile(WEB_MERCATOR_QUAD, { z, x, y }, { size }), crs: WEB_MERCATOR };
}

function degreesTile(z: number, x: number, y: number): PictureGrid {
  return { grid: gridOfTile(WORLD_CRS84_QUAD, { z, x, y }, { size: SIZE }), crs: DEGREES };
}

/** Hills with a valley, in metres, smooth. */
function hills(col: number, row: number): number {
  return 600 + 250 * Math.sin(col / 23) * Math.cos(row / 31) + 120 * Math.sin((col + 2 * row) / 17);
}

const RGB: readonly Partial<BandProfile>[] = [
  { colorInterp: 'Red' },
  { colorInterp: 'Green' },
  { colorInterp: 'Blue' },
];

/** A grid of lines over a gradient: shifted, flipped or stretched pixels show. */
function chart(col: number, row: number, band: number): number {
  if (col % 40 === 0 || row % 40 === 0) return band === 1 ? 255 : 40;
  return [(col * 255) / 300, (row * 255) / 300, 128][band - 1]! % 256;
}

const UTM: Pick<ArraySpec, 'affine' | 'crs' | 'width' | 'height'> = {
  affine: [100, 0, 500_000, 0, -100, 5_300_000],
  crs: CRSS.utm33,
  width: 300,
  height: 300,
};

/** The tile of Web Mercator with the raster's north-western corner, and the one with its middle. */
const CORNER = mercatorTile(9, 277, 178);
const MIDDLE = mercatorTile(10, 555, 357);

function utm(particulars: Partial<ArraySpec> & Pick<ArraySpec, 'value'>): ArraySource {
  return arraySource({ ...UTM, ...particulars });
}

describe('golden pictures', () => {
  const scenes: Readonly<Record<string, () => Promise<Picture>>> = {
    'rgb-corner': () => paint(utm({ bands: RGB, value: chart }), {}, CORNER),
    'rgb-middle-bilinear': () => paint(utm({ bands: RGB, value: chart }), { resampling: 'bilinear' }, MIDDLE),
    'rgb-rotated': () => {
      const affine: Affine = [80, 60, 495_000, 60, -80, 5_290_000];
      return paint(utm({ bands: RGB, value: chart, affine }), {}, CORNER);
    },
    'rgba-alpha': () => {
      const bands = [...RGB, { colorInterp: 'Alpha' as const }];
      const value = (col: number, row: number, band: number): number =>
        band < 4 ? chart(col, row, band) : Math.hypot(col - 120, row - 120) < 60 ? 255 : col > 200 ? 128 : 0;
      return paint(utm({ bands, value }), { resampling: 'bilinear' }, MIDDLE);
    },
    'byte-gray': () => paint(utm({ value: (col, row) => 60 + hills(col, row) / 15 }), {}, CORNER),
    'uint16-rgb': () =>
      paint(
        utm({
          dataType: 'UInt16',
          bands: [{}, {}, {}],
          value: (col, row, band) => 800 * band + 3 * hills(col, row * band),
        }),
        {},
        CORNER,
      ),
    'int16-below-zero': () =>
      paint(utm({ dataType: 'Int16', value: (col, row) => hills(col, row) - 1200 }), {}, CORNER),
    'float32-holes': () => {
      const value = (col: number, row: number): number =>
        Math.hypot(col - 150, row - 150) < 40 ? NaN : col < 30 ? -9999 : hills(col, row) / 1e5;
      return paint(
        utm({ dataType: 'Float32', bands: [{ nodata: -9999 }], value }),
        { colormap_name: 'viridis' },
        CORNER,
      );
    },
    'mask-cubic': () =>
      paint(
        utm({ bands: RGB, value: chart, mask: (col, row) => (col + row) % 90 > 25 }),
        { resampling: 'cubic' },
        MIDDLE,
      ),
    'palette-asked-for-bilinear': () => {
      const colorTable = [
        [0, 0, 0, 0],
        [34, 139, 34, 255],
        [30, 144, 255, 255],
        [210, 180, 140, 255],
      ] as const;
      const bands = [{ colorInterp: 'Palette' as const, colorTable }];
      return paint(
        utm({ bands, value: (col, row) => Math.floor(hills(col, row) / 200) % 5 }),
        { resampling: 'bilinear' },
        MIDDLE,
      );
    },
    intervals: () => {
      const colormap = '[[[0,450],"#2c7bb6"],[[450,600],"#abd9e9"],[[600,750],"#ffffbf"],[[750,850],"#fdae61"]]';
      return paint(utm({ dataType: 'Float32', value: hills }), { colormap }, CORNER);
    },
    'expression-rdylgn': () => {
      const value = (col: number, row: number, band: number): number =>
        band === 1 ? hills(col, row) : hills(row, col);
      const query = { expression: '(b1-b2)/(b1+b2)', rescale: '-0.5,0.5', colormap_name: 'rdylgn' };
      return paint(utm({ dataType: 'UInt16', bands: [{}, {}], value }), query, CORNER);
    },
    'color-formula': () =>
      paint(
        utm({ bands: RGB, value: chart }),
        { color_formula: 'gamma rgb 1.6 sigmoidal rgb 4 0.5 saturation 0.4' },
        CORNER,
      ),
    hillshade: () => paint(utm({ dataType: 'Float32', value: hills }), { algorithm: 'hillshade' }, CORNER),
    'slope-magma': () =>
      paint(
        utm({ dataType: 'Float32', value: hills }),
        { algorithm: 'slope', colormap_name: 'magma', rescale: '0,15' },
        CORNER,
      ),
    contours: () =>
      paint(
        utm({ dataType: 'Float32', value: hills }),
        { algorithm: 'contours', algorithm_params: '{"increment":50}' },
        MIDDLE,
      ),
    'terrain-rgb': () => {
      const value = (col: number, row: number): number => (col < 60 ? -9999 : hills(col, row));
      return paint(
        utm({ dataType: 'Float32', bands: [{ nodata: -9999 }], value }),
        { algorithm: 'terrainrgb' },
        CORNER,
      );
    },
    'antimeridian-west': () => paint(acrossTheSeam(), {}, mercatorTile(5, 31, 16)),
    'antimeridian-east': () => paint(acrossTheSeam(), {}, mercatorTile(5, 0, 16)),
    'world-from-0-to-360': () => paint(worldFrom(0), {}, mercatorTile(0, 0, 0, 128)),
    'world-from-minus-180': () => paint(worldFrom(-180), {}, mercatorTile(0, 0, 0, 128)),
    'north-pole-in-degrees': () => paint(polar(), {}, degreesTile(0, 0, 0)),
    'north-pole-in-mercator': () => paint(polar(), {}, mercatorTile(1, 0, 0)),
    'world-around-the-pole': () => {
      const grid: PixelGrid = { affine: [80_000, 0, -48 * 80_000, 0, -80_000, 48 * 80_000], width: SIZE, height: SIZE };
      return paint(worldFrom(-180), {}, { grid, crs: CRSS.north });
    },
  };
  for (const [name, scene] of Object.entries(scenes)) {
    it(name, async () => {
      await assertLooked(name, await scene());
    });
  }

  for (const kernel of ['nearest', 'bilinear', 'cubic', 'average', 'mode'] as const) {
    it(`half-pixels-${kernel}`, async () => {
      const source = arraySource({
        affine: [10, 0, 0, 0, -10, 60],
        crs: WEB_MERCATOR,
        width: 6,
        height: 6,
        bands: RGB,
        value: (col, row, band) => ((col + row) % 2 === 0 ? 230 : band === 3 ? 120 : 20 * col),
      });
      const grid: PixelGrid = { affine: [1, 0, -6, 0, -1, 66], width: 72, height: 72 };
      await assertLooked(
        `half-pixels-${kernel}`,
        await paint(source, { resampling: kernel }, { grid, crs: WEB_MERCATOR }),
      );
    });
  }

  for (const [name, query] of [
    ['seams-hillshade', { algorithm: 'hillshade' }],
    ['seams-bilinear', { resampling: 'bilinear', rescale: '200,1000' }],
    ['seams-contours', { algorithm: 'contours' }],
  ] as const) {
    it(`${name}: four tiles are one picture`, async () => {
      const affine: Affine = [100, 0, 470_000, 0, -100, 5_350_000];
      const source = utm({ affine, width: 900, height: 900, dataType: 'Float32', value: hills });
      const at = (i: number): PictureGrid => mercatorTile(11, 1109 + (i % 2), 713 + Math.floor(i / 2), 64);
      const parts = await Promise.all([0, 1, 2, 3].map((i) => paint(source, query, at(i))));
      const joined = join(parts as [Picture, Picture, Picture, Picture]);
      await assertLooked(name, joined);
      // The same place as one picture: it has the same pixels, so the edges between the tiles cannot be told.
      const grid = { ...at(0).grid, width: 128, height: 128 };
      const whole = await paint(source, query, { grid, crs: WEB_MERCATOR });
      assert.deepEqual([whole.channels, whole.data.length], [joined.channels, joined.data.length]);
      const off = whole.data.map((value, i) => Math.abs(value - joined.data[i]!));
      const different = off.filter((value) => value > 1).length;
      // Meshes differ by some thousandths of a pixel: now and then a contour goes by the other side of a pixel.
      assert.ok(different <= off.length / 500, `${different} samples differ`);
    });
  }
});

function acrossTheSeam(): ArraySource {
  const value = (col: number, row: number, band: number): number => chart(col, row, band);
  return arraySource({ affine: [0.04, 0, 174, 0, -0.04, 4], crs: DEGREES, width: 300, height: 300, bands: RGB, value });
}

/** A world in degrees that begins at a longitude: land where a few waves are high, a line at 0 and 180 degrees. */
function worldFrom(west: number): ArraySource {
  const value = (col: number, row: number, band: number): number => {
    const lon = ((((west + col + 0.5 + 180) % 360) + 360) % 360) - 180;
    const lat = 90 - row - 0.5;
    if (Math.abs(lon) < 1 || Math.abs(lon) > 179) return band === 1 ? 255 : 0;
    if (Math.abs(lat) < 1) return band === 2 ? 255 : 0;
    const isLand = Math.sin(lon / 20) + Math.cos(lat / 13 + lon / 37) > 0.4;
    return isLand ? [120, 160, 80][band - 1]! : [40, 70, 90 + lon / 3][band - 1]!;
  };
  return arraySource({ affine: [1, 0, west, 0, -1, 90], crs: DEGREES, width: 360, height: 180, bands: RGB, value });
}

function polar(): ArraySource {
  const affine: Affine = [20_000, 0, -3_000_000, 0, -20_000, 3_000_000];
  return arraySource({ affine, crs: CRSS.north, width: 300, height: 300, bands: RGB, value: chart });
}

/** Four pictures of one size and kind as one: top left, top right, bottom left, bottom right. */
function join(parts: readonly [Picture, Picture, Picture, Picture]): Picture {
  const [{ width, height, channels }] = parts;
  const data = new Uint8Array(4 * width * height * channels);
  for (const [i, part] of parts.entries()) {
    assert.equal(part.channels, channels);
    for (let row = 0; row < height; row++) {
      const to = ((Math.floor(i / 2) * height + row) * 2 + (i % 2)) * width * channels;
      data.set(part.data.subarray(row * width * channels, (row + 1) * width * channels), to);
    }
  }
  return { layout: 'pixel-interleaved', width: 2 * width, height: 2 * height, channels, data };
}
