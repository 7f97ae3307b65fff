import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Crs, datumUncertainty, fromLonLat, transformBetween, turnWidth } from '@inlay/geo';

function crs(proj4: string | null, particulars: Partial<Crs> = {}): Crs {
  const isGeographic = proj4?.includes('+proj=longlat') ?? false;
  return {
    code: null,
    name: proj4 ?? 'unknown',
    kind: isGeographic ? 'geographic' : 'projected',
    wkt: '',
    proj4,
    unit: isGeographic ? { name: 'degree', factor: Math.PI / 180 } : { name: 'metre', factor: 1 },
    axisMapping: '1,2',
    parametersKey: proj4 ?? 'unknown',
    ...particulars,
  };
}

const DEGREES = crs('+proj=longlat +datum=WGS84 +no_defs');
const UTM_32 = crs('+proj=utm +zone=32 +datum=WGS84 +units=m +no_defs');
const UTM_33 = crs('+proj=utm +zone=33 +datum=WGS84 +units=m +no_defs');
const WEB_MERCATOR = crs(
  '+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 +units=m +nadgrids=@null +no_defs',
);
const POLAR = crs('+proj=stere +lat_0=90 +lat_ts=70 +lon_0=-45 +datum=WGS84 +units=m +no_defs');
const NAD27 = crs('+proj=utm +zone=12 +datum=NAD27 +units=m +no_defs');
const ETRS89 = crs('+proj=utm +zone=33 +ellps=GRS80 +towgs84=0,0,0,0,0,0,0 +units=m +no_defs');

function assertNear(
  point: readonly [number, number] | null | undefined,
  expected: readonly [number, number],
  by: number,
): void {
  assert.ok(point);
  for (const axis of [0, 1] as const)
    assert.ok(Math.abs(point[axis] - expected[axis]) <= by, `${point.join(' ')} is not ${expected.join(' ')}`);
}

describe('transformBetween', () => {
  it('puts the central meridian of a zone where it is in degrees, and back', () => {
    assertNear(transformBetween(UTM_33, DEGREES)?.(500_000, 0), [15, 0], 1e-9);
    assertNear(transformBetween(DEGREES, UTM_33)?.(15, 0), [500_000, 0], 1e-6);
  });

  it('goes from zone to zone and returns', () => {
    const there = transformBetween(UTM_33, UTM_32)?.(262_000, 4_991_000);
    assert.ok(there);
    // What gdaltransform (GDAL 3.6.2) says.
    assertNear(there, [734_624.588157, 4_990_874.842874], 1e-5);
    assertNear(transformBetween(UTM_32, UTM_33)?.(...there), [262_000, 4_991_000], 1e-4);
  });

  it('leaves points alone where the CRSs are the same, even one that proj4 does not know', () => {
    const unknown = crs('+proj=nonsense');
    assert.deepEqual(transformBetween(unknown, unknown)?.(1, 2), [1, 2]);
    assert.equal(transformBetween(unknown, unknown)?.(NaN, 2), null);
  });

  it('is null where a CRS cannot be expressed', () => {
    assert.equal(transformBetween(crs('+proj=nonsense'), DEGREES), null);
    assert.equal(transformBetween(DEGREES, crs('+proj=nonsense')), null);
    assert.equal(transformBetween(DEGREES, crs(null)), null);
    assert.equal(transformBetween(DEGREES, crs('+proj=geocent +datum=WGS84', { kind: 'geocentric' })), null);
  });

  it('is null for a point without a place', () => {
    assert.equal(transformBetween(DEGREES, WEB_MERCATOR)?.(0, 90), null);
  });

  it('keeps longitudes beyond 180 degrees, and speaks in the units of the CRS', () => {
    const grads = crs('+proj=longlat +ellps=WGS84 +no_defs', { unit: { name: 'grad', factor: Math.PI / 200 } });
    assert.deepEqual(fromLonLat(DEGREES)?.(190, 45), [190, 45]);
    assertNear(fromLonLat(grads)?.(90, 45), [100, 50], 1e-9);
  });
});

describe('turnWidth', () => {
  it('is a turn of the Earth in the units of CRSs in which it is the same everywhere', () => {
    assert.equal(turnWidth(DEGREES), 360);
    assert.equal(turnWidth({ ...DEGREES, unit: { name: 'grad', factor: Math.PI / 200 } }), 400);
    assert.ok(Math.abs((turnWidth(WEB_MERCATOR) ?? NaN) - 40_075_016.6856) < 1e-3);
    const pacific = crs('+proj=merc +lon_0=150 +datum=WGS84 +units=m +no_defs');
    assert.ok(Math.abs((turnWidth(pacific) ?? NaN) - 40_075_016.6856) < 1e-3);
  });

  it('is null in CRSs that are no endless band', () => {
    for (const projected of [UTM_33, POLAR, crs(null)]) assert.equal(turnWidth(projected), null);
  });
});

describe('datumUncertainty', () => {
  it('is nothing on one datum', () => {
    assert.equal(datumUncertainty(UTM_33, UTM_32), 0);
    assert.equal(datumUncertainty(DEGREES, WEB_MERCATOR), 0);
    assert.equal(datumUncertainty(NAD27, NAD27), 0);
  });

  it('is some metres between datums around the centre of the Earth, and far more for older ones', () => {
    assert.equal(datumUncertainty(UTM_33, ETRS89), 3);
    assert.equal(datumUncertainty(NAD27, UTM_33), 2000);
    assert.equal(datumUncertainty(ETRS89, NAD27), 2000);
  });
});
