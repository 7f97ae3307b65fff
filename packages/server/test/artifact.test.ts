import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Crs, RasterProfile } from '@inlay/geo';
import { inlineFile, parseVrt, planMosaic, sourceFilenames, type VrtDataset, writeVrt } from '@inlay/vrt';
import { artifactHref, chunkHref, chunkOfReference, renameSources } from '../src/virtual-rasters/artifact.ts';

// How the names in an artifact are replaced, in whatever pieces it comes and however deep they stand.

const FIRST = 'e268dfef-3f1c-417b-817b-157930f03c53';
const SECOND = 'aa16b4c1-c688-4888-a9f6-4d88d4a86789';

/** A VRT with one source per name; a name that is a VRT stands in it as text, as the planner's writer would have it. */
function vrtOf(...names: readonly string[]): string {
  const escape = (text: string): string =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
  const sources = names.map(
    (name) => `    <SimpleSource>
      <SourceFilename relativeToVRT="0">${escape(name)}</SourceFilename>
      <SourceBand>1</SourceBand>
    </SimpleSource>
`,
  );
  return `<VRTDataset rasterXSize="2" rasterYSize="2">
  <VRTRasterBand dataType="Byte" band="1">
    <Description>Tübingen, 50 €, inlay:${FIRST}</Description>
${sources.join('')}  </VRTRasterBand>
</VRTDataset>
`;
}

/** A warped dataset of a name, in place of a name. */
function warpedOf(name: string): string {
  const escaped = name
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
  return inlineFile(`<VRTDataset rasterXSize="2" rasterYSize="2" subClass="VRTWarpedDataset">
  <VRTRasterBand dataType="Byte" band="1" subClass="VRTWarpedRasterBand" />
  <GDALWarpOptions>
    <SourceDataset relativeToVRT="0">${escaped}</SourceDataset>
  </GDALWarpOptions>
</VRTDataset>
`).filename;
}

async function renamed(
  artifact: string,
  names: ReadonlyMap<string, string>,
  pieceBytes = Number.MAX_SAFE_INTEGER,
): Promise<string> {
  const bytes = Buffer.from(artifact);
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
  }
  const written: Uint8Array[] = [];
  for await (const piece of renameSources(pieces(), (reference) => names.get(reference) ?? null)) written.push(piece);
  return Buffer.concat(written).toString();
}

function namesIn(text: string): string[] {
  const model: VrtDataset = parseVrt(text);
  return Array.from(sourceFilenames(model), ({ filename }) => filename);
}

const AWKWARD = [
  '/vsicurl/https://example.org/a?b=1&c="d"',
  ' a leading blank.tif',
  "it's <tagged>.tif",
  'Grüße, 世界 🌍.tif',
  'tab\there.tif',
  'line\nfeed.tif',
  'already &amp; escaped &lt;.tif',
  'replace $& $1 $$.tif',
];

const IDS = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'] as const;

function utm(zone: number): Crs {
  return {
    code: `EPSG:${32600 + zone}`,
    name: `UTM ${zone}`,
    kind: 'projected',
    wkt: `PROJCS["UTM ${zone}"]`,
    proj4: `+proj=utm +zone=${zone} +datum=WGS84`,
    unit: { name: 'metre', factor: 1 },
    axisMapping: '1,2',
    parametersKey: `utm ${zone}`,
  };
}

/** Five bands, so that a warped source needs a mask that is a document within its document. */
function raster(zone: number, x: number): RasterProfile {
  const band = {
    dataType: 'Byte',
    nbits: null,
    blockWidth: 64,
    blockHeight: 64,
    nodata: null,
    colorInterp: 'Gray',
  } as const;
  const none = { colorTable: null, scale: null, offset: null, unit: null, description: null, categories: null };
  return {
    width: 90,
    height: 70,
    affine: [100, 0, x, 0, -100, 4_991_000],
    georeference: 'affine',
    crs: utm(zone),
    layout: {
      bands: Array.from({ length: 5 }, () => ({ ...band, ...none, metadata: {}, maskFlags: 1 })),
      mask: null,
      overviews: [],
      storage: { bigTiff: false, tiled: true, interleave: 'BAND', compression: null, predictor: 1, sparse: false },
      metadata: {},
      areaOrPoint: null,
    },
    statistics: [null, null, null, null, null],
  };
}

describe('renameSources', () => {
  const depths: readonly (readonly [string, (name: string) => string])[] = [
    ['a VRT', (name) => vrtOf(name)],
    ['a VRT inside of a VRT', (name) => vrtOf(warpedOf(name))],
    ['a VRT inside of a VRT inside of a VRT', (name) => vrtOf(warpedOf(vrtOf(name).replace(/\n */g, '')))],
    ['four of them', (name) => vrtOf(warpedOf(vrtOf(warpedOf(name)).replace(/\n */g, '')))],
  ];
  for (const [where, around] of depths) {
    it(`gives names back as they are, whatever is in them, in ${where}`, async () => {
      for (const name of AWKWARD) {
        const text = await renamed(around(artifactHref(FIRST)), new Map([[FIRST, name]]));
        assert.deepEqual(namesIn(text), [name]);
      }
    });

    it(`does so in pieces cut at every byte, in ${where}`, async () => {
      const name = '/vsicurl/http://x/?a&b="ü"';
      const artifact = around(artifactHref(FIRST)) + around(artifactHref(SECOND));
      const names = new Map([
        [FIRST, name],
        [SECOND, ' €'],
      ]);
      const whole = await renamed(artifact, names);
      const unnamed = /inlay:[0-9a-f-]+[^/]*\/Source/;
      assert.match(artifact, unnamed);
      assert.doesNotMatch(whole, unnamed);
      for (let pieceBytes = 1; pieceBytes <= 97; pieceBytes += 1) {
        assert.equal(await renamed(artifact, names, pieceBytes), whole, `${pieceBytes} bytes a piece`);
      }
    });
  }

  it('writes what the VRT writer would have written of the names', async () => {
    assert.equal(
      await renamed(
        vrtOf(artifactHref(FIRST), artifactHref(SECOND)),
        new Map([
          [FIRST, 'a&b'],
          [SECOND, '/c.tif'],
        ]),
      ),
      vrtOf('a&b', '/c.tif'),
    );
    assert.equal(
      await renamed(vrtOf(warpedOf(artifactHref(FIRST))), new Map([[FIRST, 'a&"b"']])),
      vrtOf(warpedOf('a&"b"')),
    );
  });

  it('takes the text of a VRT for a name, at any depth', async () => {
    const mask = vrtOf('/vsicurl/http://x/a&b.tif', '/m.msk').replace(/\n */g, '');
    for (const [, around] of depths) {
      const text = await renamed(around(artifactHref(SECOND)), new Map([[SECOND, mask]]));
      assert.deepEqual(namesIn(text), ['/vsicurl/http://x/a&b.tif', '/m.msk']);
    }
  });

  it('leaves what it has no name for, and what only looks like a name', async () => {
    const artifact = vrtOf(artifactHref(FIRST), `/inlay:${SECOND}.tif`, 'inlay:chunks/7');
    assert.equal(await renamed(artifact, new Map()), artifact);
    const all = new Map([FIRST, SECOND, 'chunks/7'].map((reference) => [reference, 'x']));
    assert.deepEqual(namesIn(await renamed(artifact, all)), ['x', `/inlay:${SECOND}.tif`, 'x']);
    assert.ok((await renamed(artifact, all)).includes(`<Description>Tübingen, 50 €, inlay:${FIRST}</Description>`));
  });

  it('passes on what its source and its names throw', async () => {
    async function* breaking(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(vrtOf(artifactHref(FIRST)));
      throw new Error('gone');
    }
    const drain = async (pieces: AsyncIterable<Uint8Array>): Promise<void> => {
      for await (const _ of pieces);
    };
    await assert.rejects(drain(renameSources(breaking(), () => 'x')), /gone/);
    await assert.rejects(drain(renameSources(breaking(), () => 'a\u0001')), { code: 'vrt/unwritable-file-name' });
  });

  it('renames sources wherever a plan with warped ones names them', async () => {
    const sources = [raster(33, 262_000), raster(32, 733_000)].map((profile, index) => ({
      label: `${index}`,
      profile,
    }));
    const { plan } = planMosaic(sources, { resolutionStrategy: 'finest', crs: utm(33) });
    assert.ok(plan);
    assert.deepEqual([...(plan.warp?.sources.keys() ?? [])], [1]);
    const artifact = [
      ...writeVrt(plan, (index) => ({ filename: artifactHref(IDS[index] ?? ''), relativeToVrt: false })),
    ];
    const names: Readonly<Record<string, string>> = {
      [IDS[0]]: '/vsicurl/https://example.org/1?a=1&b="<2>"',
      [IDS[1]]: '/vsicurl/https://example.org/2?a=1&b="<2>"',
    };
    const written = await renamed(artifact.join(''), new Map(Object.entries(names)));
    assert.doesNotMatch(written, /inlay:/);
    const found = namesIn(written);
    assert.deepEqual([...new Set(found)].sort(), Object.values(names).sort());
  });
});

describe('chunkOfReference', () => {
  it('is the number that chunkHref was made of, and null for everything else', () => {
    assert.equal(chunkHref(12), 'inlay:chunks/12');
    assert.equal(chunkOfReference('chunks/12'), 12);
    for (const other of [FIRST, 'chunks/', 'chunks/0', 'chunks/01', 'chunks/1/2', 'chunks/-1', '12']) {
      assert.equal(chunkOfReference(other), null, other);
    }
  });
});
