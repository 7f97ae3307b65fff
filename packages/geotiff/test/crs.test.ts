import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Crs, sameCrs } from '@inlay/geo';
import { crsFromEpsg, crsFromText } from '@inlay/geotiff';
import { WITHOUT_GDAL, openOracle } from './oracle.ts';

interface Geographic {
  readonly datum?: string;
  readonly ellipsoid?: string;
  readonly inverseFlattening?: number;
  readonly meridian?: string;
  readonly unit?: string;
}

const DEGREE = 'UNIT["degree",0.0174532925199433]';

function geographic({
  datum = 'WGS_1984',
  ellipsoid = 'WGS 84',
  inverseFlattening = 298.257223563,
  meridian = '"Greenwich",0',
  unit = DEGREE,
}: Geographic = {}): string {
  return `GEOGCS["X",DATUM["${datum}",SPHEROID["${ellipsoid}",6378137,${inverseFlattening}]],PRIMEM[${meridian}],${unit}]`;
}

type Parameters = Readonly<Record<string, number>>;

function projected(method: string, parameters: Parameters, base = geographic(), unit = 'UNIT["metre",1]'): string {
  const list = Object.entries(parameters).map(([name, value]) => `PARAMETER["${name}",${value}]`);
  return `PROJCS["N",${base},PROJECTION["${method}"],${list.join(',')},${unit},AXIS["Easting",EAST],AXIS["Northing",NORTH]]`;
}

const UTM = {
  latitude_of_origin: 0,
  central_meridian: -75,
  scale_factor: 0.9996,
  false_easting: 500000,
  false_northing: 0,
};
const LCC = { latitude_of_origin: 46.5, central_meridian: 3, false_easting: 7e5, false_northing: 6.6e6 };
const AEA = { latitude_of_center: 23, longitude_of_center: -96, false_easting: 0, false_northing: 0 };
const POLAR = { latitude_of_origin: 70, central_meridian: -45, false_easting: 0, false_northing: 0 };
const ESRI_LCC = `PROJCS["N",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Lambert_Conformal_Conic"],PARAMETER["False_Easting",700000.0],PARAMETER["False_Northing",6600000.0],PARAMETER["Central_Meridian",3.0],PARAMETER["Standard_Parallel_1",44.0],PARAMETER["Standard_Parallel_2",49.0],PARAMETER["Latitude_Of_Origin",46.5],UNIT["Meter",1.0]]`;
const utm = (changes: Partial<typeof UTM> = {}, base?: string, unit?: string): string =>
  projected('Transverse_Mercator', { ...UTM, ...changes }, base, unit);

/** Two CRSs, and whether they are the same according to OSRIsSame of GDAL 3.6.2 and 3.13.3. */
const PAIRS: readonly (readonly [name: string, first: string, second: string, same: boolean])[] = [
  ['a code and its parameters', 'EPSG:32618', utm(), true],
  ['another name of the datum', 'EPSG:32618', utm({}, geographic({ datum: 'World Geodetic System 1984' })), true],
  ["Esri's name of the datum", 'EPSG:32618', utm({}, geographic({ datum: 'D_WGS_1984' })), true],
  [
    'a datum of that ellipsoid',
    'EPSG:32618',
    utm({}, geographic({ datum: 'Not_specified_based_on_WGS_84_spheroid' })),
    false,
  ],
  [
    'names of datums in other spelling',
    utm({}, geographic({ datum: 'foo bar' })),
    utm({}, geographic({ datum: 'Foo_Bar' })),
    true,
  ],
  [
    'two unknown datums',
    utm({}, geographic({ datum: 'Not_specified_based_on_WGS_84_spheroid' })),
    utm({}, geographic({ datum: 'Unknown based on WGS 84 ellipsoid' })),
    false,
  ],
  [
    'names of ellipsoids',
    utm({}, geographic({ datum: 'foo', ellipsoid: 'A' })),
    utm({}, geographic({ datum: 'foo', ellipsoid: 'B' })),
    true,
  ],
  [
    'a flattening of more digits',
    utm({}, geographic({ datum: 'foo' })),
    utm({}, geographic({ datum: 'foo', inverseFlattening: 298.257223560493 })),
    true,
  ],
  [
    'ellipsoids of WGS 84 and GRS 80',
    utm({}, geographic({ datum: 'foo' })),
    utm({}, geographic({ datum: 'foo', inverseFlattening: 298.257222101 })),
    false,
  ],
  ['WGS 84 and NAD83', 'EPSG:32618', 'EPSG:26918', false],
  ['WGS 84 and ETRS89', 'EPSG:32631', 'EPSG:25831', false],
  ['WGS 84 and NAD83 in degrees', 'EPSG:4326', 'EPSG:4269', false],
  ['a geographic code and its parameters', 'EPSG:4326', geographic(), true],
  ['a meridian a little off', 'EPSG:32618', utm({ central_meridian: -75.0000001 }), false],
  ['an easting a little off', 'EPSG:32618', utm({ false_easting: 500000.001 }), false],
  ['an easting off by rounding', 'EPSG:32618', utm({ false_easting: 500000.00000001 }), true],
  ['a northing a little off', 'EPSG:32618', utm({ false_northing: 0.001 }), false],
  ['a scale a little off', 'EPSG:32618', utm({ scale_factor: 0.99960001 }), false],
  [
    'two Mercators of true scale at the equator',
    projected('Mercator_1SP', { central_meridian: 0, scale_factor: 1, false_easting: 0, false_northing: 0 }),
    projected('Mercator_2SP', { standard_parallel_1: 0, central_meridian: 0, false_easting: 0, false_northing: 0 }),
    true,
  ],
  [
    'web Mercator and Mercator',
    'EPSG:3857',
    projected('Mercator_1SP', { central_meridian: 0, scale_factor: 1, false_easting: 0, false_northing: 0 }),
    false,
  ],
  [
    'parallels of a Lambert conic in another order',
    projected('Lambert_Conformal_Conic_2SP', { ...LCC, standard_parallel_1: 44, standard_parallel_2: 49 }),
    projected('Lambert_Conformal_Conic_2SP', { ...LCC, standard_parallel_1: 49, standard_parallel_2: 44 }),
    true,
  ],
  [
    'a Lambert conic of one parallel, written in two ways',
    projected('Lambert_Conformal_Conic_1SP', { ...LCC, scale_factor: 1 }),
    projected('Lambert_Conformal_Conic_2SP', { ...LCC, standard_parallel_1: 46.5, standard_parallel_2: 46.5 }),
    true,
  ],
  [
    "a Lambert conic in Esri's words",
    projected('Lambert_Conformal_Conic_2SP', { ...LCC, standard_parallel_1: 44, standard_parallel_2: 49 }),
    ESRI_LCC,
    true,
  ],
  [
    'parallels of an Albers conic in another order',
    projected('Albers_Conic_Equal_Area', { ...AEA, standard_parallel_1: 29.5, standard_parallel_2: 45.5 }),
    projected('Albers_Conic_Equal_Area', { ...AEA, standard_parallel_1: 45.5, standard_parallel_2: 29.5 }),
    false,
  ],
  [
    'metres and survey feet',
    utm(),
    utm({ false_easting: 1640416.66666667 }, undefined, 'UNIT["US survey foot",0.304800609601219]'),
    false,
  ],
  [
    'survey feet, rounded',
    utm({}, undefined, 'UNIT["x",0.3048006]'),
    utm({}, undefined, 'UNIT["US survey foot",0.304800609601219]'),
    false,
  ],
  ['names of units', 'EPSG:32618', utm({}, undefined, 'UNIT["Meter",1]'), true],
  ['degrees and grads', geographic(), geographic({ unit: 'UNIT["grad",0.0157079632679489]' }), false],
  ['degrees of fewer digits', geographic(), geographic({ unit: 'UNIT["degree",0.0174532925]' }), false],
  ['degrees of more digits', geographic(), geographic({ unit: 'UNIT["degree",0.017453292519943295]' }), true],
  ['names of prime meridians', geographic(), geographic({ meridian: '"Foo",0' }), false],
  ['prime meridians', geographic(), geographic({ meridian: '"Paris",2.33722917' }), false],
  ['with and without heights', 'EPSG:32631', 'EPSG:32631+5773', false],
  ['heights above different surfaces', 'EPSG:32631+3855', 'EPSG:32631+5773', false],
  ['equal compound CRSs', 'EPSG:32631+5773', 'EPSG:32631+5773', true],
  [
    'northing first, as its authority says, and easting first',
    'EPSG:2193',
    projected(
      'Transverse_Mercator',
      {
        latitude_of_origin: 0,
        central_meridian: 173,
        scale_factor: 0.9996,
        false_easting: 1600000,
        false_northing: 10000000,
      },
      geographic({ datum: 'New_Zealand_Geodetic_Datum_2000', ellipsoid: 'GRS 1980', inverseFlattening: 298.257222101 }),
    ),
    false,
  ],
  [
    'polar stereographic by its latitude of true scale',
    projected('Polar_Stereographic', POLAR),
    projected('Polar_Stereographic', { ...POLAR, scale_factor: 1 }),
    true,
  ],
];

async function read(text: string): Promise<Crs> {
  const { crs, reason } = await crsFromText(text);
  assert.ok(crs !== null, `${text}: ${reason}`);
  return crs;
}

describe('CRSs are the same where GDAL says so', () => {
  for (const [name, first, second, same] of PAIRS) {
    test(`${same ? 'same' : 'different'}: ${name}`, async () => {
      assert.equal(sameCrs(await read(first), await read(second)), same);
      assert.equal(sameCrs(await read(second), await read(first)), same);
    });
  }

  test('GDAL agrees with every pair', async (t) => {
    const oracle = await openOracle();
    if (oracle === null) return t.skip(WITHOUT_GDAL);
    const answers = await oracle.sameTexts(PAIRS.map(([, first, second]) => [first, second]));
    const disagreements = PAIRS.filter(([, , , same], i) => answers[i] !== same).map(([name]) => name);
    assert.deepEqual(disagreements, []);
  });
});

describe('EPSG codes', () => {
  const codes: readonly (readonly [code: number, facts: Partial<Crs>])[] = [
    [
      4326,
      { name: 'WGS 84', kind: 'geographic', axisMapping: '2,1', unit: { name: 'degree', factor: 0.0174532925199433 } },
    ],
    [
      32631,
      { name: 'WGS 84 / UTM zone 31N', kind: 'projected', axisMapping: '1,2', unit: { name: 'metre', factor: 1 } },
    ],
    [3035, { axisMapping: '2,1' }],
    [2263, { axisMapping: '1,2', unit: { name: 'US survey foot', factor: 0.304800609601219 } }],
    [2048, { name: 'Hartebeesthoek94 / Lo19', axisMapping: '1,2' }],
    [4978, { kind: 'geocentric' }],
    [27571, { name: 'NTF (Paris) / Lambert zone I' }],
  ];
  for (const [code, facts] of codes) {
    test(`EPSG:${code} is what the registry says`, async () => {
      const crs = await crsFromEpsg(code);
      assert.equal(crs?.code, `EPSG:${code}`);
      assert.deepEqual(Object.fromEntries(Object.keys(facts).map((key) => [key, crs[key as keyof Crs]])), facts);
    });
  }

  test('a deprecated code gives the CRS that replaces it', async () => {
    assert.equal((await crsFromEpsg(3785))?.code, 'EPSG:3857');
  });

  test('codes that are none, and codes of other things, are null', async () => {
    for (const code of [0, -1, 4.5, NaN, 5773, 30000, 2 ** 31]) assert.equal(await crsFromEpsg(code), null);
  });
});

describe('CRSs as text', () => {
  test('WKT with a code is the CRS of that code', async () => {
    const wgs84 = await crsFromEpsg(4326);
    assert.deepEqual(await read(wgs84!.wkt), wgs84);
    assert.equal((await read('GEOGCRS["WGS 84",ID["EPSG",4326]]')).code, 'EPSG:4326');
  });

  test('what is no CRS has a reason', async () => {
    for (const text of [
      '',
      'hello',
      'EPSG:30000',
      'EPSG:4326+4326',
      'PROJCS["x"]',
      'GEOGCS["x",',
      `${'A['.repeat(500)}${']'.repeat(500)}`,
    ]) {
      const { crs, reason } = await crsFromText(text);
      assert.equal(crs, null);
      assert.ok(reason !== null && reason.length > 10, `a reason for "${text.slice(0, 20)}"`);
    }
  });
});
