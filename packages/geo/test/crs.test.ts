import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Crs, crsLabel, sameCrs } from '@inlay/geo';

function crs(code: string | null, parametersKey: string): Crs {
  return {
    code,
    name: 'UTM by hand',
    kind: 'projected',
    wkt: '',
    proj4: null,
    unit: { name: 'metre', factor: 1 },
    axisMapping: '1,2',
    parametersKey,
  };
}

test('two codes decide, whatever else is said', () => {
  assert.equal(sameCrs(crs('EPSG:32631', 'a'), crs('EPSG:32631', 'b')), true);
  assert.equal(sameCrs(crs('EPSG:32631', 'a'), crs('EPSG:25831', 'a')), false);
});

test('a CRS without a code is compared by its parameters', () => {
  assert.equal(sameCrs(crs(null, 'a'), crs('EPSG:32631', 'a')), true);
  assert.equal(sameCrs(crs(null, 'a'), crs(null, 'b')), false);
});

test('a CRS is called by its code, else by its name', () => {
  assert.equal(crsLabel(crs('EPSG:32631', 'a')), 'EPSG:32631');
  assert.equal(crsLabel(crs(null, 'a')), 'UTM by hand');
});
