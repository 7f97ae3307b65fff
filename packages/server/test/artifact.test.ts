import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import type { Crs, RasterProfile } from '@inlay/geo';
import { parseVrt, planMosaic, sourceFilenames, writeVrt } from '@inlay/vrt';
import { artifactHref, renameSources } from '../src/virtual-rasters/artifact.ts';

const ID = '0a8f1b52-6a30-4f5e-9c1d-2b7e3f4a5d6c';

async function renamed(line: string): Promise<string> {
  return text(Readable.from([Buffer.from(line)]).pipe(renameSources((id) => `/a&b/${id.slice(0, 4)}`)));
}

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

describe('the sources that an artifact names', () => {
  it('are renamed in the text of a name', async () => {
    const line = `<SourceFilename relativeToVRT="0">${artifactHref(ID)}</SourceFilename>\n`;
    assert.equal(await renamed(line), '<SourceFilename relativeToVRT="0">/a&amp;b/0a8f</SourceFilename>\n');
  });

  it('are renamed in a document that stands in place of a name', async () => {
    const inner = `&lt;SourceFilename relativeToVRT=&quot;0&quot;&gt;${artifactHref(ID)}&lt;/SourceFilename&gt;`;
    assert.equal(
      await renamed(`<SourceFilename relativeToVRT="0">${inner}${inner}</SourceFilename>\n`),
      `<SourceFilename relativeToVRT="0">${inner.replace(artifactHref(ID), '/a&amp;amp;b/0a8f').repeat(2)}</SourceFilename>\n`,
    );
  });

  it('stay what they are elsewhere', async () => {
    const line = `<Description>${artifactHref(ID)}</Description>\n`;
    assert.equal(await renamed(line), line);
  });

  it('are renamed wherever a plan with warped sources names them', async () => {
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
    const renamed = await text(
      Readable.from(artifact.map((chunk) => Buffer.from(chunk))).pipe(renameSources((id) => names[id] ?? '')),
    );
    assert.doesNotMatch(renamed, /inlay:/);
    const found = [...sourceFilenames(parseVrt(renamed))].map(({ filename }) => filename);
    assert.deepEqual([...new Set(found)].sort(), Object.values(names).sort());
  });
});
