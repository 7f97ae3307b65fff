import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { DATA_TYPES } from '@inlay/geo';
import { type Gdal, GDAL_IS_ABSENT, openGdal } from '@inlay/testing';
import { planMosaic } from '@inlay/vrt';
import { isOlderGdal } from './older-gdal.ts';
import { band, layout, source } from './profiles.ts';

let gdal: Gdal | null = null;

before(async () => {
  gdal = await openGdal('newest');
});
after(async () => {
  await gdal?.close();
});

describe('the common type of two', () => {
  it("is GDAL's own for each pair of different types", async (t: TestContext) => {
    if (gdal === null || isOlderGdal(gdal.version)) {
      t.skip(gdal === null ? GDAL_IS_ABSENT : 'needs GDAL 3.13, which knows all types: set INLAY_TEST_GDAL_BIN');
      return;
    }
    for (const first of DATA_TYPES) {
      for (const second of DATA_TYPES.filter((other) => other !== first)) {
        const sources = [first, second].map((dataType) => source('s', { layout: layout([band({ dataType })]) }));
        const { plan } = planMosaic(sources, { resolutionStrategy: 'finest', dataType: 'promote' });
        assert.equal(plan?.bands[0]?.dataType, await gdal.dataTypeUnion(first, second), `${first} and ${second}`);
      }
    }
  });
});
