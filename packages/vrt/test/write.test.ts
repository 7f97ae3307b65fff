import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MASK_PER_DATASET } from '@inlay/geo';
import { planBandStack, planMosaic, VrtError, type VrtPlan, type VrtSourceInput, writeVrt } from '@inlay/vrt';
import { band, layout, northUp, source, UTM_33 } from './profiles.ts';

describe('writeVrt', () => {
  it('writes a mosaic as GDAL 3.13 would', () => {
    const described = band({
      nodata: -9999,
      dataType: 'Int16',
      scale: 0.1,
      offset: 2,
      unit: 'm',
      description: 'height',
      metadata: { B: 'b & c', A: 'a' },
      categories: ['sea', '<land>'],
    });
    const one = layout([described]);
    const xml = write(
      mosaic([
        source('west', { layout: one }),
        source('east', { layout: one, affine: northUp(35, 10, 20), width: 2, height: 2 }),
      ]),
    );
    assert.equal(
      xml,
      `<VRTDataset rasterXSize="8" rasterYSize="4">
  <SRS dataAxisToSRSAxisMapping="1,2">EPSG:32633</SRS>
  <GeoTransform>  0.0000000000000000e+00,  1.0000000000000000e+01,  0.0000000000000000e+00,  1.0000000000000000e+01,  0.0000000000000000e+00, -1.0000000000000000e+01</GeoTransform>
  <VRTRasterBand dataType="Int16" band="1">
    <Metadata>
      <MDI key="A">a</MDI>
      <MDI key="B">b &amp; c</MDI>
    </Metadata>
    <Description>height</Description>
    <NoDataValue>-9999</NoDataValue>
    <UnitType>m</UnitType>
    <Offset>2</Offset>
    <Scale>0.1</Scale>
    <ColorInterp>Gray</ColorInterp>
    <CategoryNames>
      <Category>sea</Category>
      <Category>&lt;land&gt;</Category>
    </CategoryNames>
    <ComplexSource>
      <SourceFilename relativeToVRT="1">0.tif</SourceFilename>
      <SourceBand>1</SourceBand>
      <SourceProperties RasterXSize="4" RasterYSize="3" DataType="Int16" BlockXSize="256" BlockYSize="256" />
      <SrcRect xOff="0" yOff="0" xSize="4" ySize="3" />
      <DstRect xOff="0" yOff="1" xSize="4" ySize="3" />
      <NODATA>-9999</NODATA>
    </ComplexSource>
    <ComplexSource>
      <SourceFilename relativeToVRT="1">1.tif</SourceFilename>
      <SourceBand>1</SourceBand>
      <SourceProperties RasterXSize="2" RasterYSize="2" DataType="Int16" BlockXSize="256" BlockYSize="256" />
      <SrcRect xOff="0" yOff="0" xSize="2" ySize="2" />
      <DstRect xOff="3.5" yOff="0" xSize="4" ySize="4" />
      <NODATA>-9999</NODATA>
    </ComplexSource>
  </VRTRasterBand>
</VRTDataset>
`,
    );
  });

  it('writes a mask of all sources as soon as one has a mask, and overviews after it', () => {
    const overviews = [{ width: 256, height: 256, location: 'internal' }] as const;
    const masked = layout([band({ maskFlags: MASK_PER_DATASET })], {
      mask: { location: 'sidecar', blockWidth: 128, blockHeight: 64, overviews: [] },
      overviews,
    });
    const xml = write(
      mosaic([
        source('plain', { width: 512, height: 512, layout: layout([band()], { overviews }) }),
        source('masked', { width: 512, height: 512, layout: masked, affine: northUp(5120, 0, 10) }),
      ]),
    );
    assert.equal(
      xml.slice(xml.indexOf('  </VRTRasterBand>\n  <MaskBand>')),
      `  </VRTRasterBand>
  <MaskBand>
    <VRTRasterBand dataType="Byte">
      <ComplexSource>
        <SourceFilename relativeToVRT="1">0.tif</SourceFilename>
        <SourceBand>mask,1</SourceBand>
        <SourceProperties RasterXSize="512" RasterYSize="512" DataType="Byte" BlockXSize="256" BlockYSize="256" />
        <SrcRect xOff="0" yOff="0" xSize="512" ySize="512" />
        <DstRect xOff="0" yOff="0" xSize="512" ySize="512" />
        <UseMaskBand>true</UseMaskBand>
      </ComplexSource>
      <ComplexSource>
        <SourceFilename relativeToVRT="1">1.tif</SourceFilename>
        <SourceBand>mask,1</SourceBand>
        <SourceProperties RasterXSize="512" RasterYSize="512" DataType="Byte" BlockXSize="128" BlockYSize="64" />
        <SrcRect xOff="0" yOff="0" xSize="512" ySize="512" />
        <DstRect xOff="512" yOff="0" xSize="512" ySize="512" />
        <UseMaskBand>true</UseMaskBand>
      </ComplexSource>
    </VRTRasterBand>
  </MaskBand>
  <OverviewList resampling="nearest">2</OverviewList>
</VRTDataset>
`,
    );
  });

  it('writes no colour interpretation, palette or mask into a band stack', () => {
    const palette = band({ colorInterp: 'Palette', colorTable: [[1, 2, 3, 255]], maskFlags: MASK_PER_DATASET });
    const { plan } = planBandStack([source('a', { layout: layout([palette]) }), source('b')], {
      resolutionStrategy: 'finest',
    });
    assert.ok(plan);
    const xml = write(plan);
    assert.match(xml, /band="2"/);
    assert.doesNotMatch(xml, /ColorInterp|ColorTable|MaskBand>\n\s*<VRT/);
  });

  it('writes every entry of a palette', () => {
    const colorTable = [
      [0, 0, 0, 0],
      [255, 128, 1, 255],
    ] as const;
    const xml = write(mosaic([source('p', { layout: layout([band({ colorInterp: 'Palette', colorTable })]) })]));
    assert.match(
      xml,
      /<ColorInterp>Palette<\/ColorInterp>\n {4}<ColorTable>\n {6}<Entry c1="0" c2="0" c3="0" c4="0" \/>\n {6}<Entry c1="255" c2="128" c3="1" c4="255" \/>\n {4}<\/ColorTable>/,
    );
  });

  it('writes the WKT where the CRS has no code, and a third axis where it is compound', () => {
    const own = { ...UTM_33, code: null, wkt: 'PROJCS["a <local> grid"]' };
    assert.match(
      write(mosaic([source('a', { crs: own })])),
      /Mapping="1,2">PROJCS\[&quot;a &lt;local&gt; grid&quot;\]</,
    );
    const compound = { ...UTM_33, code: 'EPSG:32633+5773' };
    assert.match(write(mosaic([source('a', { crs: compound })])), /Mapping="1,2,3">EPSG:32633\+5773</);
    const latitudeFirst = { ...UTM_33, code: 'EPSG:4326', axisMapping: '2,1' } as const;
    assert.match(write(mosaic([source('a', { crs: latitudeFirst })])), /Mapping="2,1">EPSG:4326</);
  });

  it('leaves out of descriptions what XML cannot hold', () => {
    const odd = layout([band({ description: 'a\u0000b\ud800c', metadata: { '"k"': '\u0007v' } })]);
    const xml = write(mosaic([source('a', { layout: odd })]));
    assert.match(xml, /<Description>abc<\/Description>/);
    assert.match(xml, /<MDI key="&quot;k&quot;">v<\/MDI>/);
  });

  it('refuses file names that XML cannot hold, without telling the folder', () => {
    const plan = mosaic([source('a')]);
    for (const filename of ['', '/secret/a\u0001.tif', '/secret/\ud800.tif', '/secret/\uffff.tif']) {
      assert.throws(
        () => [...writeVrt(plan, () => ({ filename, relativeToVrt: false }))],
        (error) => {
          assert.ok(error instanceof VrtError);
          assert.equal(error.code, 'vrt/unwritable-file-name');
          assert.doesNotMatch(error.message, /secret/);
          return true;
        },
      );
    }
  });

  it('gives the document in chunks of some ten kilobytes', () => {
    const tiles = Array.from({ length: 1000 }, (_, index) =>
      source(`${index}`, { affine: northUp(40 * index, 0, 10) }),
    );
    const chunks = [...writeVrt(mosaic(tiles), (index) => ({ filename: `${index}.tif`, relativeToVrt: true }))];
    assert.ok(chunks.length > 10, `${chunks.length} chunks`);
    assert.ok(chunks.every((chunk) => chunk.length < 40_000));
    assert.equal(chunks.join('').match(/<SimpleSource>/g)?.length, 1000);
  });
});

function mosaic(sources: readonly VrtSourceInput[]): VrtPlan {
  const { plan, problems } = planMosaic(sources, { resolutionStrategy: 'finest' });
  assert.deepEqual(problems, []);
  assert.ok(plan);
  return plan;
}

function write(plan: VrtPlan): string {
  return [...writeVrt(plan, (index) => ({ filename: `${index}.tif`, relativeToVrt: true }))].join('');
}
