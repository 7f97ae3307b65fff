import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crsFromEpsg, createBlockCache } from '@inlay/geotiff';
import { geoTiffSource, type MosaicRead, type MosaicRequest, readMosaicCells } from '@inlay/mosaic';
import { type BandSpec, Dice, type RasterSpec } from '@inlay/testing';
import { shareOracle, type TestMosaic } from './oracle.ts';
import { randomRequest } from './random-mosaic.ts';

const needOracle = shareOracle();

const CELLS = 200;

/** Cells of a request by chance, some of them twice. */
function someCells(dice: Dice, { width, height }: MosaicRequest): { cols: Int32Array; rows: Int32Array } {
  const pick = (length: number) => Int32Array.from({ length: CELLS }, () => dice.integer(0, length - 1));
  return { cols: pick(width), rows: pick(height) };
}

/** Holds single cells against a read of all that GDAL agrees with. @returns false where cells are not read one by one */
async function assertSameCells(mosaic: TestMosaic, request: MosaicRequest, whole: MosaicRead, dice: Dice) {
  const { compiled, rasters } = mosaic;
  const cache = createBlockCache({ maxBytes: 2 ** 22 });
  const cells = someCells(dice, request);
  const picked = await readMosaicCells(compiled, { ...request, cells }, async (index) =>
    geoTiffSource(rasters[index]!, rasters[index]!.profile.layout, { cache }),
  );
  if (picked === null) return false;
  const at = Array.from(cells.cols, (col, i) => cells.rows[i]! * request.width + col);
  for (const [band, samples] of picked.raster.bands.entries()) {
    assert.deepEqual(
      Array.from(samples as ArrayLike<number>),
      at.map((place) => whole.raster.bands[band]![place]),
      `band ${band + 1} of ${JSON.stringify(request)}`,
    );
  }
  const validity = ({ raster }: MosaicRead, place: number): boolean => raster.mask === null || raster.mask[place] !== 0;
  assert.deepEqual(
    at.map((_, i) => validity(picked, i)),
    at.map((place) => validity(whole, place)),
    `mask of ${JSON.stringify(request)}`,
  );
  assert.deepEqual([picked.failures, picked.damages], [[], []]);
  return true;
}

/** 90x70 pixels of 100 m near 12 degrees east, 45 degrees north, where UTM zones 32 and 33 meet. */
function zone(epsg: 32632 | 32633, spec: Partial<RasterSpec> = {}): RasterSpec {
  return {
    width: 90,
    height: 70,
    geoTransform: [epsg === 32632 ? 733_000 : 262_000, 100, 0, 4_991_000, 0, -100],
    crs: `EPSG:${epsg}`,
    bands: [{ dataType: 'Byte' }],
    seed: epsg,
    ...spec,
  };
}

const RGB: readonly BandSpec[] = (['Red', 'Green', 'Blue'] as const).map((colorInterp) => ({
  dataType: 'Byte',
  colorInterp,
}));
const ALPHA: BandSpec = {
  dataType: 'Byte',
  colorInterp: 'Alpha',
  values: Array.from({ length: 6300 }, (_, index) => ((index * 7919) % 13 < 4 ? 0 : 255)),
};

/**
 * Of each kind, whether its cells can be read one by one, as they are and warped: a mask is read apart, and so is that of
 * the corners that a warped source has none of its pixels in, where nothing else tells.
 */
const KINDS: Readonly<Record<string, readonly [spec: Partial<RasterSpec>, isRead: boolean, isReadWarped: boolean]>> = {
  'in colour': [{ bands: RGB }, true, false],
  'with nodata': [{ bands: [{ dataType: 'Int16', nodata: 3 }] }, true, true],
  'with alpha': [{ bands: [...RGB, ALPHA] }, true, true],
  'with alpha beside nodata': [{ bands: [...RGB.map((band) => ({ ...band, nodata: 5 })), ALPHA] }, true, true],
  'with overviews': [{ bands: RGB, overviews: [2, 4] }, true, false],
  'with a mask': [{ bands: RGB, mask: 'internal' }, false, false],
};

describe('single cells', () => {
  for (const [name, [spec, isRead, isReadWarped]] of Object.entries(KINDS)) {
    for (const code of [null, 32633, 3857] as const) {
      const where = code === null ? 'of sources as they are' : `of sources that are warped to EPSG:${code}`;
      it(`${where}, ${name}, are those that GDAL reads`, async (t) => {
        const gdal = needOracle(t);
        if (gdal === null) return;
        const first = zone(32633, spec);
        // Overlaps the first one by half where it is not warped.
        const second =
          code === null
            ? { ...first, seed: 2, geoTransform: [266_500, 100, 0, 4_989_000, 0, -100] as const }
            : zone(32632, spec);
        const crs = code === null ? null : await crsFromEpsg(code);
        const mosaic = await gdal.mosaic({
          kind: 'mosaic',
          sources: [first, second],
          options: { resolutionStrategy: 'finest', ...(crs === null ? {} : { crs }) },
        });
        assert.ok(mosaic);
        const { width, height } = mosaic.plan.grid;
        const dice = new Dice(code ?? 1);
        const requests: MosaicRequest[] = [
          { window: { colOff: 0, rowOff: 0, width, height }, width, height },
          ...Array.from({ length: 4 }, () => randomRequest(dice, { width, height })),
        ];
        for (const request of requests) {
          const whole = await gdal.assertSame(mosaic, request);
          assert.equal(await assertSameCells(mosaic, request, whole, dice), code === null ? isRead : isReadWarped);
        }
        await gdal.closeRasters();
      });
    }
  }
});
