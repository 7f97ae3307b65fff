import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RasterProfile, toGeoTransform } from '@inlay/geo';
import { memoryRasterFiles, openRaster } from '@inlay/geotiff';
import { type RawEntry, image, tiffBytes } from './tiff-bytes.ts';

// The cases that can be checked by hand; profile.test.ts compares many more with GDAL, to the last bit.

function doubles(tag: number, ...values: number[]): RawEntry {
  return { tag, type: 12, values };
}

const POINT: RawEntry = { tag: 34735, type: 3, values: [1, 1, 0, 1, 1025, 0, 1, 2] };
const SCALE = doubles(33550, 10, 20, 0);
const AUX = (content: string): Record<string, string> => ({ 'a.tif.aux.xml': `<PAMDataset>${content}</PAMDataset>` });
const WORLD = { 'a.tfw': '30\n0\n0\n-40\n1015\n2080\n' };

async function placeOf(
  tags: readonly RawEntry[],
  sidecars: Readonly<Record<string, string>> = {},
): Promise<RasterProfile> {
  const changes = Object.fromEntries(tags.map((entry) => [entry.tag, entry]));
  const { bytes } = tiffBytes({ directories: [image(16, 8, changes)] });
  const texts = Object.entries(sidecars).map(([name, text]) => [name, new TextEncoder().encode(text)] as const);
  const raster = await openRaster(memoryRasterFiles('a.tif', new Map([['a.tif', bytes], ...texts])));
  return raster.profile;
}

interface Case {
  readonly name: string;
  readonly tags?: readonly RawEntry[];
  readonly sidecars?: Readonly<Record<string, string>>;
  readonly expected: readonly number[] | 'gcp' | 'none';
}

const CASES: readonly Case[] = [
  {
    name: 'a tie point at the corner',
    tags: [doubles(33922, 0, 0, 0, 100, 200, 0), SCALE],
    expected: [100, 10, 0, 200, 0, -20],
  },
  {
    name: 'a tie point in the middle',
    tags: [doubles(33922, 4, 2, 0, 140, 160, 0), SCALE],
    expected: [100, 10, 0, 200, 0, -20],
  },
  {
    name: 'pixels that are points',
    tags: [doubles(33922, 0, 0, 0, 105, 190, 0), SCALE, POINT],
    expected: [100, 10, 0, 200, 0, -20],
  },
  {
    name: 'a negative y scale, which means north-up all the same',
    tags: [doubles(33922, 0, 0, 0, 100, 200, 0), doubles(33550, 10, -20, 0)],
    expected: [100, 10, 0, 200, 0, -20],
  },
  {
    name: 'a matrix',
    tags: [doubles(34264, 1, 2, 0, 3, 4, -5, 0, 6, 0, 0, 0, 0, 0, 0, 0, 1)],
    expected: [3, 1, 2, 6, 4, -5],
  },
  {
    name: 'a matrix of points',
    tags: [doubles(34264, 2, 4, 0, 3, 4, -6, 0, 6, 0, 0, 0, 0, 0, 0, 0, 1), POINT],
    expected: [0, 2, 4, 7, 4, -6],
  },
  {
    name: 'a matrix beside scale and tie point, which win',
    tags: [
      doubles(33922, 0, 0, 0, 100, 200, 0),
      SCALE,
      doubles(34264, 1, 2, 0, 3, 4, -5, 0, 6, 0, 0, 0, 0, 0, 0, 0, 1),
    ],
    expected: [100, 10, 0, 200, 0, -20],
  },
  { name: 'a tie point without a scale', tags: [doubles(33922, 0, 0, 0, 100, 200, 0)], expected: 'gcp' },
  { name: 'a scale without a tie point', tags: [SCALE], expected: 'none' },
  { name: 'a world file', sidecars: WORLD, expected: [1000, 30, 0, 2100, 0, -40] },
  {
    name: 'a world file beside tags, which win',
    tags: [doubles(33922, 0, 0, 0, 100, 200, 0), SCALE],
    sidecars: WORLD,
    expected: [100, 10, 0, 200, 0, -20],
  },
  {
    name: 'a world file beside a tie point without a scale',
    tags: [doubles(33922, 0, 0, 0, 100, 200, 0)],
    sidecars: WORLD,
    expected: [1000, 30, 0, 2100, 0, -40],
  },
  { name: 'a world file of three lines', sidecars: { 'a.tfw': '30\n0\n0\n' }, expected: 'none' },
  {
    name: 'an .aux.xml beside all others, which loses to none',
    tags: [doubles(33922, 0, 0, 0, 100, 200, 0), SCALE, POINT],
    sidecars: { ...WORLD, ...AUX('<GeoTransform>7,8,0,9,0,-10</GeoTransform>') },
    expected: [7, 8, 0, 9, 0, -10],
  },
  {
    name: 'ground control points in an .aux.xml',
    tags: [doubles(33922, 0, 0, 0, 100, 200, 0), SCALE],
    sidecars: AUX('<GCPList><GCP Pixel="1" Line="2" X="3" Y="4"/></GCPList>'),
    expected: 'gcp',
  },
];

for (const { name, tags = [], sidecars = {}, expected } of CASES) {
  test(`places a raster with ${name}`, async () => {
    const profile = await placeOf(tags, sidecars);
    if (typeof expected === 'string') {
      assert.deepEqual([profile.georeference, profile.affine], [expected, null]);
    } else {
      assert.equal(profile.georeference, 'affine');
      assert.deepEqual(toGeoTransform(profile.affine!), expected);
    }
  });
}
