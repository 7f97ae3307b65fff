import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Crs, RasterProfile } from '@inlay/geo';
import { crsFromEpsg, localRasterFiles, openRaster } from '@inlay/geotiff';
import { type Gdal, GDAL_IS_ABSENT, openGdal, type RasterSpec } from '@inlay/testing';
import { inlineFile, planMosaic, type PlacedRaster, profileWarper, suggestGrid, warpedVrt, writeVrt } from '@inlay/vrt';
import { artifactHref, renameSources } from '../src/virtual-rasters/artifact.ts';
import { maskedSourceXml } from '../src/virtual-rasters/masked-source.ts';

// Mosaics of two UTM zones as the service stores them: each source of the other zone is a VRT inside of the VRT, which
// names the catalogue's id, and may have a VRT with its mask inside of it again. GDAL must open the files by names
// that need escaping, as deep as they stand.

let gdals: readonly Gdal[] = [];
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inlay artifact & "names" <é> '));
  const newest = await openGdal('newest');
  const system = newest === null ? null : await openGdal('system');
  gdals = [newest, system].filter((gdal) => gdal !== null);
});
after(async () => {
  for (const gdal of gdals) await gdal.close();
  await rm(folder, { recursive: true });
});

type Placed = RasterProfile & PlacedRaster;

/** What our own reader says of a file. */
async function profileOf(path: string): Promise<Placed> {
  const raster = await openRaster(await localRasterFiles(path));
  await raster.close();
  const { affine, crs } = raster.profile;
  assert.ok(affine && crs);
  return { ...raster.profile, affine, crs };
}

/** Two rasters side by side, each in its own zone: 32632 ends where 32633 begins. */
async function makeZones(gdal: Gdal, home: string, spec: Partial<RasterSpec>): Promise<string[]> {
  await mkdir(home);
  const places = [
    ['zone & 32.tif', 'EPSG:32632', 723_000, 5_319_000],
    ["zone's “33”.tif", 'EPSG:32633', 278_600, 5_320_000],
  ] as const;
  const paths: string[] = [];
  for (const [index, [name, crs, west, north]] of places.entries()) {
    const path = join(home, name);
    await gdal.makeRaster(path, {
      width: 120,
      height: 90,
      geoTransform: [west, 10, 0, north, 0, -10],
      crs,
      bands: [{ dataType: 'Int16' }],
      seed: index + 1,
      ...spec,
    });
    paths.push(path);
  }
  return paths;
}

/** The mosaic of the files in 32633 as a VRT, with each named as `nameOf` says. */
async function mosaicOf(profiles: readonly Placed[], crs: Crs, nameOf: (index: number) => string): Promise<string> {
  const { grid } = suggestGrid(profiles, crs, 'finest');
  assert.ok(grid);
  const target = { grid, crs };
  const warp = profileWarper(target);
  const sources = profiles.map((profile, index) => ({ label: `${index}`, profile: warp(profile, null) }));
  const { plan, problems } = planMosaic(sources, { resolutionStrategy: 'finest' });
  assert.deepEqual(problems, []);
  assert.ok(plan);
  const files = profiles.map((profile, index) =>
    inlineFile(warpedVrt(profile, nameOf(index), target, { resampling: 'nearest', overviewLevel: null })),
  );
  return [...writeVrt(plan, (index) => files[index] ?? assert.fail())].join('');
}

const IDS = ['e268dfef-3f1c-417b-817b-157930f03c53', 'aa16b4c1-c688-4888-a9f6-4d88d4a86789'];

async function renamed(artifact: string, names: readonly string[]): Promise<string> {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(artifact);
  }
  const nameOf = (reference: string): string | null => names[IDS.indexOf(reference)] ?? null;
  const written: Uint8Array[] = [];
  for await (const piece of renameSources(pieces(), nameOf)) written.push(piece);
  return Buffer.concat(written).toString();
}

async function pixelsOf(gdal: Gdal, path: string): Promise<unknown> {
  const { width, height, bands } = await gdal.describe(path);
  return { width, height, bands: bands.map(({ pixels, maskPixels, maskFlags }) => [pixels, maskPixels, maskFlags]) };
}

function newestGdal(t: TestContext): Gdal | null {
  const [newest] = gdals;
  if (newest === undefined) t.skip(GDAL_IS_ABSENT);
  return newest ?? null;
}

const RGB = ['Red', 'Green', 'Blue'] as const;
const int16 = { dataType: 'Int16' } as const;
const cases: readonly (readonly [string, Partial<RasterSpec>])[] = [
  ['with nodata', { bands: [{ ...int16, nodata: 7 }] }],
  ['with alpha that is made of their extent', { bands: [int16] }],
  ['of two bands, with a mask of yet another VRT inside', { bands: [int16, int16] }],
  ['with a mask file, as alpha', { bands: RGB.map((colorInterp) => ({ ...int16, colorInterp })), mask: 'sidecar' }],
  ['of two bands with a mask file, three VRTs deep', { bands: [int16, int16], mask: 'sidecar' }],
];

describe('a stored mosaic of two zones, once it is named', () => {
  for (const [index, [what, spec]] of cases.entries()) {
    it(`is read as one that was written with the names: ${what}`, async (t) => {
      const newest = newestGdal(t);
      if (newest === null) return;
      const home = join(folder, `${index}`);
      const paths = await makeZones(newest, home, spec);
      const profiles = await Promise.all(paths.map(profileOf));
      const crs = await crsFromEpsg(32633);
      assert.ok(crs);
      const direct = join(home, 'direct.vrt');
      await writeFile(direct, await mosaicOf(profiles, crs, (source) => paths[source] ?? ''));
      const artifact = await mosaicOf(profiles, crs, (source) => artifactHref(IDS[source] ?? ''));
      assert.ok(artifact.includes('inlay:'));

      // Masks are beside rasters of other names here, as they are over HTTP, so that GDAL finds none by itself.
      const names = [];
      for (const [source, path] of paths.entries()) {
        if (spec.mask === undefined) {
          names.push(path);
          continue;
        }
        const [rasterName, maskName] = [join(home, `a & "${source}".tif`), join(home, `b < ${source}.msk`)];
        await copyFile(path, rasterName);
        await copyFile(`${path}.msk`, maskName);
        names.push(maskedSourceXml({ ...(profiles[source] ?? assert.fail()), rasterName, maskName }));
      }
      const ours = join(home, 'ours.vrt');
      await writeFile(ours, await renamed(artifact, names));
      for (const gdal of gdals) {
        const expected = await pixelsOf(gdal, direct);
        assert.deepEqual(await pixelsOf(gdal, ours), expected, gdal.version);
        const values = await gdal.values(ours, 1);
        assert.ok(new Set(values).size > 8, 'there are pixels');
      }
      if (spec.mask === undefined)
        assert.equal(await renamed(artifact, names), await mosaicOf(profiles, crs, (source) => paths[source] ?? ''));
    });
  }
});
