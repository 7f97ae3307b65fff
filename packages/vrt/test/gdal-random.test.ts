import { after, before, describe, it, type TestContext } from 'node:test';
import type { Crs } from '@inlay/geo';
import { GDAL_IS_ABSENT } from '@inlay/testing';
import { compareCompatible } from './compare-compatible.ts';
import { isOlderGdal } from './older-gdal.ts';
import { Oracle } from './oracle.ts';
import { randomCase } from './random-case.ts';

/** How many random VRTs to compare; the seeds are the numbers from 0 on. */
const CASES = Number(process.env['INLAY_VRT_CASES'] ?? (process.env['CI'] ? 300 : 60));

let oracle: Oracle | null = null;
let otherCrs: Crs | null = null;

before(async () => {
  oracle = await Oracle.open();
  if (oracle === null) return;
  const path = await oracle.raster('elsewhere', {
    width: 1,
    height: 1,
    geoTransform: [0, 1, 0, 0, 0, -1],
    crs: 'EPSG:32634',
    bands: [{ dataType: 'Byte' }],
  });
  otherCrs = (await oracle.profiles([path]))[0]?.crs ?? null;
});
after(async () => {
  await oracle?.close();
});

describe(`${CASES} random VRTs equal gdalbuildvrt`, () => {
  for (let seed = 0; seed < CASES; seed += 1) {
    it(`seed ${seed}`, async (t: TestContext) => {
      if (oracle === null || otherCrs === null) {
        t.skip(GDAL_IS_ABSENT);
        return;
      }
      if (isOlderGdal(oracle.newest.version)) {
        t.skip('needs GDAL 3.13, whose gdalbuildvrt is the reference: set INLAY_TEST_GDAL_BIN');
        return;
      }
      const { kind, specs, options } = randomCase(seed, otherCrs);
      const files: string[] = [];
      for (const [index, spec] of specs.entries()) files.push(await oracle.raster(`random-${seed}-${index}`, spec));
      t.diagnostic(await compareCompatible(oracle, kind, files, options));
    });
  }
});
