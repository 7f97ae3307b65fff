import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Dice } from '@inlay/testing';
import { MosaicOracle, NEW_GDAL_IS_ABSENT } from './oracle.ts';
import { randomMosaic, randomRequest } from './random-mosaic.ts';

/** Windows to compare. `INLAY_MOSAIC_WINDOWS=5000` for all that were compared once. */
const WINDOWS = Number(process.env['INLAY_MOSAIC_WINDOWS'] ?? 500);
const WINDOWS_PER_MOSAIC = 10;
const FIRST_SEED = Number(process.env['INLAY_MOSAIC_SEED'] ?? 1);

let oracle: MosaicOracle | null = null;
before(async () => {
  oracle = await MosaicOracle.open();
});
after(async () => {
  await oracle?.close();
});

describe('reading the nearest pixels', () => {
  it(`gives GDAL's pixels in ${WINDOWS} random windows of random mosaics`, async (t) => {
    if (oracle === null) return t.skip(NEW_GDAL_IS_ABSENT);
    let compared = 0;
    const failures: string[] = [];
    for (let seed = FIRST_SEED; compared < WINDOWS; seed += 1) {
      const dice = new Dice(seed);
      const spec = randomMosaic(dice);
      const mosaic = await oracle.mosaic(spec);
      if (mosaic === null) continue;
      for (let count = 0; count < WINDOWS_PER_MOSAIC && compared < WINDOWS; count += 1) {
        compared += 1;
        try {
          await oracle.assertSame(mosaic, randomRequest(dice, mosaic.plan.grid));
        } catch (error) {
          failures.push(`seed ${seed}: ${(error as Error).message} ${mosaic.path}`);
          break;
        }
      }
      await oracle.closeRasters();
    }
    t.diagnostic(`${compared} windows, GDAL ${oracle.gdal.version}`);
    assert.deepEqual(failures, []);
  });

  for (const name of ['min', 'max', 'mean', 'median']) {
    for (const dataType of ['Byte', 'Int16', 'Float32'] as const) {
      it(`of ${dataType} sources gives GDAL's ${name} of them`, async (t) => {
        if (oracle === null) return t.skip(NEW_GDAL_IS_ABSENT);
        const dice = new Dice(dataType.length);
        const sources = Array.from({ length: 5 }, (_, seed) => ({
          width: 40,
          height: 30,
          geoTransform: [500_000 + 10 * dice.integer(0, 20), 10, 0, 4_000_000 - 10 * dice.integer(0, 20), 0, -10],
          crs: 'EPSG:32633',
          bands: [{ dataType, nodata: 7 }],
          seed,
        }));
        const options = { resolutionStrategy: 'finest', pixelFunction: { name } } as const;
        const mosaic = await oracle.mosaic({ kind: 'mosaic', sources, options });
        assert.ok(mosaic);
        for (let count = 0; count < 10; count += 1) {
          const { window, ...size } = randomRequest(dice, mosaic.plan.grid);
          // GDAL reads whole windows only where there is a pixel function.
          const whole = Object.fromEntries(Object.entries(window).map(([key, value]) => [key, Math.ceil(value / 2)]));
          await oracle.assertSame(mosaic, { ...size, window: whole as unknown as typeof window });
        }
      });
    }
  }
});
