import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  type PixelGrid,
  WEB_MERCATOR_QUAD,
  WORLD_CRS84_QUAD,
  bboxOfGrid,
  gridOfTile,
  tilesOfBBox,
  transformBetween,
} from '@inlay/geo';
import { type GeoTiffRaster, localRasterFiles, openLevels, openRaster } from '@inlay/geotiff';
import type { Picture, Resampling } from '@inlay/raster';
import { GDAL_IS_ABSENT, type Gdal, type RasterSpec, openGdal } from '@inlay/testing';
import {
  type PictureGrid,
  type PixelSource,
  geotiffPixelSource,
  parseRenderOptions,
  planPicture,
  prepareRecipe,
  type RenderQuery,
  renderPicture,
} from '@inlay/tiler';

// Pictures against gdalwarp -et 0 (no approximation) of the same level onto the same grid.

let gdal: Gdal | null;
let folder: string;
const opened: GeoTiffRaster[] = [];

before(async () => {
  gdal = await openGdal();
  folder = await mkdtemp(join(tmpdir(), 'inlay-tiler-'));
});

after(async () => {
  await Promise.all(opened.map((raster) => raster.close()));
  await gdal?.close();
  await rm(folder, { recursive: true });
});

/** Noise in which every pixel differs from its neighbours, 1..255: a pixel taken from the wrong place shows. */
function noise(count: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return 1 + ((state >>> 16) % 255);
  });
}

function bytes(width: number, height: number, particulars: Partial<RasterSpec>): RasterSpec {
  const band = (seed: number, colorInterp: 'Red' | 'Green' | 'Blue') =>
    ({ dataType: 'Byte', colorInterp, values: noise(width * height, seed) }) as const;
  return {
    width,
    height,
    bands: [band(1, 'Red'), band(2, 'Green'), band(3, 'Blue')],
    options: ['TILED=YES'],
    ...particulars,
  };
}

async function openSource(name: string, spec: RasterSpec): Promise<{ path: string; source: PixelSource }> {
  const path = join(folder, `${name}.tif`);
  await gdal!.makeRaster(path, spec);
  const raster = await openRaster(await localRasterFiles(path));
  opened.push(raster);
  return { path, source: geotiffPixelSource(raster.profile, await openLevels(raster))! };
}

async function render(source: PixelSource, query: RenderQuery, target: PictureGrid): Promise<Picture> {
  const { options } = parseRenderOptions(query);
  const { recipe } = await prepareRecipe(source, options!);
  const rendered = await renderPicture(source, recipe!, target);
  assert.equal(rendered.kind, 'picture');
  return (rendered as { picture: Picture }).picture;
}

/** Our picture and GDAL's, four bands each; how many pixels differ at all, and by how much at most. */
async function compare(
  name: string,
  { path, source }: { path: string; source: PixelSource },
  target: PictureGrid,
  crsName: string,
  kernel: Resampling,
): Promise<{ valid: number; different: number; most: number; maskDifferent: number }> {
  const picture = await render(source, { resampling: kernel }, target);
  const { options } = parseRenderOptions({ resampling: kernel });
  const { recipe } = await prepareRecipe(source, options!);
  const plan = planPicture(source, recipe!, target);
  const level = plan.kind === 'paint' ? plan.reads[0]!.request.level : 0;
  const warped = join(folder, `${name}-${kernel}.tif`);
  const [width, height] = [target.grid.width, target.grid.height];
  const method = kernel === 'nearest' ? 'near' : kernel;
  const overview = level === 0 ? 'NONE' : String(level - 1);
  const place = `-te ${bboxOfGrid(target.grid).join(' ')} -ts ${width} ${height}`;
  const args = `-et 0 -r ${method} -ovr ${overview} -t_srs ${crsName} ${place} -dstalpha`;
  await gdal!.warp(warped, path, args.split(' '));
  const [red, green, blue, alpha] = await Promise.all([1, 2, 3, 4].map((band) => gdal!.values(warped, band)));
  let [valid, different, most, maskDifferent] = [0, 0, 0, 0];
  for (let i = 0; i < width * height; i++) {
    const at = i * picture.channels;
    const isOpaque = picture.channels === 3 || picture.data[at + 3] !== 0;
    if (isOpaque !== (alpha![i] !== 0)) {
      maskDifferent++;
    } else if (isOpaque) {
      valid++;
      const off = Math.max(...[red, green, blue].map((band, k) => Math.abs(Number(band![i]) - picture.data[at + k]!)));
      if (off > 0) different++;
      most = Math.max(most, off);
    }
  }
  return { valid, different, most, maskDifferent };
}

/** The tile of a set around a raster's middle. */
function middleTile(source: PixelSource, set: typeof WEB_MERCATOR_QUAD, z: number): PictureGrid {
  const [minX, minY, maxX, maxY] = bboxOfGrid(source.grid);
  const [x, y] = transformBetween(source.crs, set.crs)!((minX + maxX) / 2, (minY + maxY) / 2)!;
  const reach = set.matrices[z]!.cellSize / 100;
  const range = tilesOfBBox(set, z, [x, y, x + reach, y + reach])!;
  return { grid: gridOfTile(set, { z, x: range.minX, y: range.minY }), crs: set.crs };
}

describe('pictures against gdalwarp', () => {
  it("are identical in the raster's own CRS, also where every centre lies on an edge between two pixels", async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const raster = await openSource(
      'own',
      bytes(300, 280, { crs: 'EPSG:32633', geoTransform: [400_000, 10, 0, 5_400_000, 0, -10], overviews: [2] }),
    );
    const { crs } = raster.source;
    const grids: Readonly<Record<string, PixelGrid>> = {
      aligned: { affine: [10, 0, 400_320, 0, -10, 5_399_680], width: 200, height: 200 },
      'twice as fine': { affine: [5, 0, 400_320, 0, -5, 5_399_680], width: 256, height: 256 },
      'half as fine': { affine: [19, 0, 399_900, 0, -19, 5_400_100], width: 200, height: 180 },
      'off by a fraction': { affine: [7.3, 0, 400_003.1, 0, -7.3, 5_399_998.7], width: 256, height: 256 },
    };
    for (const [name, grid] of Object.entries(grids)) {
      for (const kernel of ['nearest', 'bilinear'] as const) {
        const { valid, ...rest } = await compare(`own-${name}`, raster, { grid, crs }, 'EPSG:32633', kernel);
        assert.ok(valid > 10_000);
        // Weights of round numbers give sums that end in a half, to the last digit or just beside it.
        const allowed = kernel === 'nearest' ? 0 : valid / 50;
        assert.ok(
          rest.different <= allowed && rest.most <= 1 && rest.maskDifferent === 0,
          `${name} ${kernel}: ${JSON.stringify(rest)}`,
        );
      }
    }
    return undefined;
  });

  it('take 99.99 % of pixels from the same place in another CRS', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const rasters: Readonly<Record<string, Partial<RasterSpec>>> = {
      utm: { crs: 'EPSG:32633', geoTransform: [400_000, 10, 0, 5_400_000, 0, -10] },
      'utm, rotated': { crs: 'EPSG:32633', geoTransform: [400_000, 8, 6, 5_400_000, 6, -8] },
      laea: { crs: 'EPSG:3035', geoTransform: [4_300_000, 250, 0, 3_100_000, 0, -250] },
      degrees: { crs: 'EPSG:4326', geoTransform: [10, 0.005, 0, 48, 0, -0.005] },
      polar: { crs: 'EPSG:3413', geoTransform: [-400_000, 2000, 0, -900_000, 0, -2000] },
    };
    let [valid, different] = [0, 0];
    for (const [name, particulars] of Object.entries(rasters)) {
      const raster = await openSource(name, bytes(400, 350, { ...particulars, overviews: [2, 4] }));
      for (const [set, crsName] of [
        [WEB_MERCATOR_QUAD, 'EPSG:3857'],
        [WORLD_CRS84_QUAD, 'OGC:CRS84'],
      ] as const) {
        const cell = transformScale(raster.source, set);
        const native = set.matrices.findIndex(({ cellSize }) => cellSize <= cell);
        for (const z of [native - 2, native, native + 2]) {
          const target = middleTile(raster.source, set, z);
          const result = await compare(`${name}-${set.id}-${z}`, raster, target, crsName, 'nearest');
          assert.ok(result.valid > 500, `${name} ${set.id} ${z}: ${result.valid} pixels`);
          assert.ok(result.maskDifferent <= 2, `${name} ${set.id} ${z}: ${result.maskDifferent} pixels at the edge`);
          valid += result.valid;
          different += result.different;
        }
      }
    }
    t.diagnostic(`${different} of ${valid} pixels differ`);
    assert.ok(valid > 500_000);
    assert.ok(different <= valid / 10_000, `${different} of ${valid} pixels differ`);
    return undefined;
  });

  it('blend the same values in another CRS, to the last digit', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const raster = await openSource(
      'blend',
      bytes(400, 350, { crs: 'EPSG:32633', geoTransform: [400_000, 10, 0, 5_400_000, 0, -10], overviews: [2] }),
    );
    for (const kernel of ['bilinear', 'cubic'] as const) {
      for (const z of [13, 15]) {
        const target = middleTile(raster.source, WEB_MERCATOR_QUAD, z);
        const { valid, different, most, maskDifferent } = await compare(
          `blend-${z}`,
          raster,
          target,
          'EPSG:3857',
          kernel,
        );
        // Beside the raster's edge GDAL's cubic takes another formula.
        const nearEdge = kernel === 'cubic' && z === 13 ? 0.02 : 0.001;
        assert.ok(different <= valid * nearEdge, `${kernel} z${z}: ${different} of ${valid} differ, by ${most}`);
        assert.ok(
          (kernel === 'cubic' || most <= 1) && maskDifferent === 0,
          `${kernel} z${z}: by ${most}, mask ${maskDifferent}`,
        );
      }
    }
    return undefined;
  });

  it('shade relief as gdaldem does', async (t) => {
    if (gdal === null) return t.skip(GDAL_IS_ABSENT);
    const heights = Array.from({ length: 80 * 70 }, (_, i) => {
      const [col, row] = [i % 80, Math.floor(i / 80)];
      return 500 + 80 * Math.sin(col / 5) * Math.cos(row / 7) + 3 * ((col * 7 + row * 3) % 5);
    });
    const spec: RasterSpec = {
      width: 80,
      height: 70,
      crs: 'EPSG:3857',
      geoTransform: [0, 30, 0, 1050, 0, -30],
      bands: [{ dataType: 'Float32', values: heights }],
    };
    const { path, source } = await openSource('heights', spec);
    // At the equator, so that a metre of Web Mercator is one on the ground, to within a seven hundredth.
    const shaded = join(folder, 'shaded.tif');
    const target: PictureGrid = { grid: { affine: [30, 0, 30, 0, -30, 1020], width: 78, height: 68 }, crs: source.crs };
    for (const [mode, args, query] of [
      ['hillshade', [], { algorithm: 'hillshade' }],
      [
        'hillshade',
        ['-az', '90', '-alt', '30', '-z', '2'],
        { algorithm: 'hillshade', algorithm_params: '{"azimuth":90,"angle_altitude":30,"z_exaggeration":2}' },
      ],
      ['slope', [], { algorithm: 'slope', rescale: '0,255' }],
    ] as const) {
      await gdal.dem(shaded, path, mode, args);
      const expected = await gdal.values(shaded, 1, { window: [1, 1, 78, 68] });
      const picture = await render(source, { resampling: 'nearest', ...query }, target);
      assert.equal(picture.channels, 1);
      const off = expected.map((value, i) => Math.abs(Number(value) - picture.data[i]!));
      assert.ok(Math.max(...off) <= 1.5, `${mode}: off by ${Math.max(...off)}`);
    }
    return undefined;
  });
});

/** CRS units of a set that a raster's pixel spans in its middle. */
function transformScale(source: PixelSource, set: typeof WEB_MERCATOR_QUAD): number {
  const transform = transformBetween(source.crs, set.crs)!;
  const [a, b, c, d, e, f] = source.grid.affine;
  const [col, row] = [source.grid.width / 2, source.grid.height / 2];
  const at = (col: number, row: number) => transform(a * col + b * row + c, d * col + e * row + f)!;
  const [here, next] = [at(col, row), at(col + 1, row)];
  return Math.hypot(next[0] - here[0], next[1] - here[1]);
}
