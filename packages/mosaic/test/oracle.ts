import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext } from 'node:test';
import type { Crs, RasterProfile } from '@inlay/geo';
import { createBlockCache, localRasterFiles, openLevels, openRaster, type RasterLevels } from '@inlay/geotiff';
import {
  type CompiledMosaic,
  compileMosaic,
  geoTiffSource,
  type MosaicRequest,
  type MosaicRead,
  readMosaic,
  type ReadMosaicOptions,
} from '@inlay/mosaic';
import type { Samples } from '@inlay/raster';
import { type Gdal, openGdal, type RasterSpec } from '@inlay/testing';
import {
  type CompatibleOptions,
  planBandStack,
  planMosaic,
  type PlanOptions,
  type VrtPlan,
  writeVrt,
} from '@inlay/vrt';

/** A raster that is ready to be read. */
export interface TestRaster extends RasterLevels {
  readonly profile: RasterProfile;
}

/** A mosaic that both GDAL and we can read. */
export interface TestMosaic {
  readonly path: string;
  readonly plan: VrtPlan<Crs | null>;
  readonly compiled: CompiledMosaic;
  /** By their position in the order sent. */
  readonly rasters: readonly TestRaster[];
}

/** What to make a mosaic of. */
export interface MosaicSpec {
  readonly kind: 'mosaic' | 'band_stack';
  readonly sources: readonly RasterSpec[];
  readonly options: PlanOptions | CompatibleOptions;
}

/** What a test says when it is skipped. Versions before 3.12 take other pixels for the nearest. */
export const NEW_GDAL_IS_ABSENT =
  'needs GDAL 3.12 or later with its Python bindings; INLAY_TEST_GDAL_BIN names its folder';

/** GDAL, and rasters that both it and we read. Close it in `after()`. */
export class MosaicOracle {
  readonly gdal: Gdal;
  readonly folder: string;
  #count = 0;
  #open: TestRaster[] = [];

  private constructor(gdal: Gdal, folder: string) {
    this.gdal = gdal;
    this.folder = folder;
  }

  /** Null where there is no GDAL that is new enough. */
  static async open(): Promise<MosaicOracle | null> {
    const gdal = await openGdal('newest');
    if (gdal === null) return null;
    const [major = 0, minor = 0] = gdal.version.split('.').map(Number);
    if (major < 3 || (major === 3 && minor < 12)) {
      await gdal.close();
      return null;
    }
    return new MosaicOracle(gdal, await mkdtemp(join(tmpdir(), 'inlay-mosaic-')));
  }

  async close(): Promise<void> {
    await this.closeRasters();
    await this.gdal.close();
    await rm(this.folder, { recursive: true });
  }

  async closeRasters(): Promise<void> {
    await Promise.all(this.#open.map((raster) => raster.close()));
    this.#open = [];
  }

  /** Where a file can be written that is none yet. */
  newPath(extension: string): string {
    this.#count += 1;
    return join(this.folder, `${this.#count}.${extension}`);
  }

  /** Makes a raster and opens it. */
  async raster(spec: RasterSpec): Promise<{ path: string; raster: TestRaster }> {
    const path = this.newPath('tif');
    await this.gdal.makeRaster(path, spec);
    const opened = await openRaster(await localRasterFiles(path));
    const raster = { ...(await openLevels(opened)), profile: opened.profile };
    this.#open.push(raster);
    return { path, raster };
  }

  /** Makes the sources, plans, writes the VRT and compiles; null where the planner refuses them. */
  async mosaic({ kind, sources, options }: MosaicSpec): Promise<TestMosaic | null> {
    const made: { path: string; raster: TestRaster }[] = [];
    for (const source of sources) made.push(await this.raster(source));
    const inputs = made.map(({ path, raster }) => ({ label: path, profile: raster.profile }));
    const { plan } = (kind === 'mosaic' ? planMosaic : planBandStack)(inputs, options);
    if (plan === null) return null;
    const path = this.newPath('vrt');
    const text = writeVrt(plan, (index) => ({ filename: made[index]!.path, relativeToVrt: false }));
    await writeFile(path, [...text].join(''));
    const compiled = compileMosaic(
      plan,
      made.map(({ path: id, raster }) => ({ id, layout: raster.profile.layout })),
    );
    return { path, plan, compiled, rasters: made.map(({ raster }) => raster) };
  }

  /** Asserts that GDAL and we read the same pixels, and the same mask where GDAL has one that is not nodata. */
  async assertSame(mosaic: TestMosaic, request: MosaicRequest, options: ReadMosaicOptions = {}): Promise<MosaicRead> {
    const bands = request.bands ?? mosaic.plan.bands.map((_, bandOffset) => bandOffset + 1);
    const { colOff, rowOff, width, height } = request.window;
    const window = [colOff, rowOff, width, height] as const;
    const size = [request.width, request.height] as const;
    const ours = await read(mosaic, request, options);
    const theirs = await this.gdal.read(mosaic.path, window, size, bands);
    for (const [at, expected] of theirs.entries())
      assertSamples(ours.raster.bands[at]!, expected, request, `band ${bands[at]}`);
    const last = mosaic.plan.bands.at(-1);
    if (mosaic.plan.mask === null && !(last?.colorInterp === 'Alpha')) return ours;
    if (mosaic.plan.mask === null) {
      const [alpha] = await this.gdal.read(mosaic.path, window, size, [mosaic.plan.bands.length]);
      assertSamples(ours.raster.mask!, validity(alpha!), request, 'alpha');
    } else {
      const [mask] = await this.gdal.read(mosaic.path, window, size, [1], { mask: true });
      assertSamples(
        ours.raster.mask!.map((value) => (value === 0 ? 0 : 255)),
        validity(mask!),
        request,
        'mask',
      );
    }
    return ours;
  }
}

const cache = createBlockCache({ maxBytes: 2 ** 24 });

/** Reads with our reader. */
export function read(
  { compiled, rasters }: TestMosaic,
  request: MosaicRequest,
  options: ReadMosaicOptions = {},
): Promise<MosaicRead> {
  return readMosaic(
    compiled,
    request,
    async (index) => geoTiffSource(rasters[index]!, rasters[index]!.profile.layout, { cache }),
    options,
  );
}

function validity(samples: Samples): Uint8Array {
  return Uint8Array.from(samples as ArrayLike<number>, (value) => (value > 0 ? 255 : 0));
}

function assertSamples(ours: Samples, theirs: Samples, request: MosaicRequest, what: string): void {
  assert.equal(ours.length, theirs.length);
  for (let at = 0; at < theirs.length; at += 1) {
    // oxlint-disable-next-line eqeqeq -- bands of several types come out in one, and 0n is 0
    if (Object.is(ours[at], theirs[at]) || ours[at] == theirs[at]) continue;
    const [col, row] = [at % request.width, Math.floor(at / request.width)];
    assert.fail(`${what} at ${col},${row} is ${ours[at]} and not ${theirs[at]}: ${JSON.stringify(request)}`);
  }
}

/**
 * One for all tests of a file: call it once, at the top. What it returns gives a test the oracle; where there is none, null,
 * and the test is skipped.
 */
export function shareOracle(): (t: TestContext) => MosaicOracle | null {
  let oracle: MosaicOracle | null = null;
  before(async () => {
    oracle = await MosaicOracle.open();
  });
  after(async () => {
    await oracle?.close();
  });
  return (t) => {
    if (oracle === null) t.skip(NEW_GDAL_IS_ABSENT);
    return oracle;
  };
}
