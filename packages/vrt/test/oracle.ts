import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Crs, isRepresentable, type RasterProfile } from '@inlay/geo';
import { type Gdal, type GdalBand, type GdalDataset, openGdal, type RasterSpec } from '@inlay/testing';
import { planBandStack, planMosaic, type ResolutionStrategy, type VrtPlan, writeVrt } from '@inlay/vrt';
import { datasetWithoutNews, hasStableGrid, isOlderGdal, withoutNews } from './older-gdal.ts';
import { gdalArguments } from './gdal-arguments.ts';
import { profileFromGdal } from './profile-from-gdal.ts';
import { readVrtText } from './vrt-model.ts';

export const STRATEGIES: readonly ResolutionStrategy[] = ['finest', 'coarsest', 'average'];

/** How two VRTs of the same files are made and compared. */
export interface Case {
  readonly kind: 'mosaic' | 'band_stack';
  readonly strategy: ResolutionStrategy;
  readonly files: readonly string[];
}

/** A newest GDAL that we compare with, a system one that must read the same, and a folder for both. */
export class Oracle {
  readonly folder: string;
  readonly newest: Gdal;
  readonly system: Gdal;
  #count = 0;

  private constructor(folder: string, newest: Gdal, system: Gdal) {
    this.folder = folder;
    this.newest = newest;
    this.system = system;
  }

  /** Null where there is no GDAL; see `openGdal`. */
  static async open(): Promise<Oracle | null> {
    const newest = await openGdal('newest');
    if (newest === null) return null;
    const system = (await openGdal('system')) ?? newest;
    return new Oracle(await mkdtemp(join(tmpdir(), 'inlay-vrt-')), newest, system);
  }

  async close(): Promise<void> {
    await this.newest.close();
    await this.system.close();
    await rm(this.folder, { recursive: true });
  }

  /** Makes a raster and returns its path. */
  async raster(name: string, spec: RasterSpec): Promise<string> {
    const path = join(this.folder, `${name}.tif`);
    await this.newest.makeRaster(path, spec);
    return path;
  }

  async profiles(files: readonly string[]): Promise<RasterProfile[]> {
    const profiles: RasterProfile[] = [];
    for (const file of files) profiles.push(profileFromGdal(await this.newest.describe(file, false)));
    return profiles;
  }

  /** Plans and writes our VRT in the compatible mode, and returns its path with the plan. */
  async build({ kind, strategy, files }: Case): Promise<{ path: string; plan: VrtPlan<Crs | null> }> {
    const sources = (await this.profiles(files)).map((profile, index) => ({ label: files[index] ?? '', profile }));
    const planner = kind === 'mosaic' ? planMosaic : planBandStack;
    const { plan, problems } = planner(sources, { mode: 'compatible', resolutionStrategy: strategy });
    assert.deepEqual(problems, []);
    assert.ok(plan);
    return { path: await this.write(plan, files), plan };
  }

  /** Writes a plan for these files and returns the path of the VRT. */
  async write(plan: VrtPlan<Crs | null>, files: readonly string[]): Promise<string> {
    const path = this.newPath('ours');
    const chunks = writeVrt(plan, (index) => ({ filename: files[index] ?? '', relativeToVrt: false }));
    await writeFile(path, [...chunks].join(''));
    return path;
  }

  /** Builds gdalbuildvrt's VRT of the same files and returns its path. */
  async buildWithGdal({ kind, strategy, files }: Case, gdal: Gdal = this.newest): Promise<string> {
    const path = this.newPath('theirs');
    await gdal.buildvrt(path, files, gdalArguments(kind, { resolutionStrategy: strategy }));
    return path;
  }

  /** Where a VRT can be written that is none yet. */
  newPath(whose: 'ours' | 'theirs'): string {
    this.#count += 1;
    return join(this.folder, `${whose}-${this.#count}.vrt`);
  }

  /** Asserts that our VRT of some files is the one that gdalbuildvrt makes of them, in text and when read. */
  async compare(example: Case): Promise<void> {
    const ours = await this.build(example);
    const theirs = await this.buildWithGdal(example);

    const [our, their] = [readVrtText(await readFile(ours.path, 'utf8')), readVrtText(await readFile(theirs, 'utf8'))];
    assert.ok(await this.newest.sameCrs(ours.path, theirs), 'the CRSs are not the same');
    assert.equal(our.size, their.size);
    if (isOlderGdal(this.newest.version)) {
      if (!hasStableGrid(ours.plan, example.strategy)) return;
      assert.equal(our.geoTransform, their.geoTransform);
      assert.equal(withoutNews(our.rest, example.kind), withoutNews(their.rest, example.kind));
      if (example.kind === 'band_stack' && /UseMaskBand/.test(our.rest)) return;
      const [read, expected] = [await this.newest.describe(ours.path), await this.newest.describe(theirs)];
      assert.deepEqual(comparable(datasetWithoutNews(read)), comparable(datasetWithoutNews(expected)));
      return;
    }

    assert.equal(our.geoTransform, their.geoTransform);
    assert.equal(our.rest, their.rest);
    const readByNewest = await this.newest.describe(ours.path);
    assert.deepEqual(comparable(readByNewest), comparable(await this.newest.describe(theirs)));

    if (this.system.version === this.newest.version) return;
    assert.ok(await this.system.sameCrs(ours.path, theirs), `the CRSs are not the same to GDAL ${this.system.version}`);
    // GDAL versions read fractional rectangles differently, and the same for both VRTs: whole ones read alike.
    if (!isWhole(ours.plan)) return;
    const readBySystem = await this.system.describe(ours.path);
    assert.deepEqual(readBySystem.bands.map(pixelsOf), readByNewest.bands.map(pixelsOf));
  }
}

/** Whether every source pixel fills exactly one output pixel, and no nodata value has to be converted to find it. */
export function isWhole({ placements, bands }: VrtPlan<Crs | null>): boolean {
  const values = bands.flatMap((band) => [band, ...band.reads]);
  if (values.some(({ nodata, dataType }) => nodata !== null && !isRepresentable(nodata, dataType))) return false;
  const { count, srcRects, dstRects } = placements;
  return range(4 * count).every((at) => {
    const [src = NaN, dst = NaN] = [srcRects[at], dstRects[at]];
    return Number.isInteger(src) && Number.isInteger(dst) && (at % 4 < 2 || src === dst);
  });
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** The pixels of a band and of its mask. */
export function pixelsOf({ pixels, maskPixels }: GdalBand): unknown {
  return { pixels, maskPixels };
}

/** All that both VRTs must have in common. The CRS is compared as a CRS; only ours keeps units. */
export function comparable({ crs: _crs, files: _files, bands, ...dataset }: GdalDataset): unknown {
  return {
    ...dataset,
    bands: bands.map(({ metadata, unit: _unit, ...band }) => ({
      ...band,
      metadata: Object.entries(metadata).filter(([key]) => !key.startsWith('STATISTICS_')),
    })),
  };
}
