import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type BandProfile,
  type Crs,
  MASK_ALL_VALID,
  MASK_ALPHA,
  MASK_NODATA,
  MASK_PER_DATASET,
  type RasterLayout,
  type RasterProfile,
} from '@inlay/geo';
import { inlineFile, type PlacedRaster, profileWarper, VrtError, warpedValidity, warpedVrt } from '@inlay/vrt';
import { band, layout, northUp, source, utm, UTM_33 } from './profiles.ts';

const TARGET = { grid: { affine: northUp(100, 300, 10), width: 40, height: 30 }, crs: UTM_33 };

const NEAREST = { resampling: 'nearest', overviewLevel: null } as const;

function raster(crs: Crs, particulars: Partial<RasterProfile> = {}): RasterProfile & PlacedRaster {
  const { profile } = source('', particulars);
  return { ...profile, affine: northUp(500_000, 5_000_000, 10), crs, ...particulars } as RasterProfile & PlacedRaster;
}

function withBands(...bands: readonly BandProfile[]): { readonly layout: RasterLayout } {
  return { layout: layout(bands) };
}

const ALPHA = band({ colorInterp: 'Alpha' });

describe('warpedVrt', () => {
  it('writes a warped dataset without what readers work out themselves', () => {
    const southUp = raster(UTM_33, { affine: [10, 0, 120, 0, 10, 200], ...withBands(band({ nodata: 7 })) });
    assert.equal(
      warpedVrt(southUp, '/vsicurl/https://example.org/a&b.tif', TARGET, NEAREST),
      `<VRTDataset rasterXSize="40" rasterYSize="30" subClass="VRTWarpedDataset">
  <SRS dataAxisToSRSAxisMapping="1,2">EPSG:32633</SRS>
  <GeoTransform>  1.0000000000000000e+02,  1.0000000000000000e+01,  0.0000000000000000e+00,  3.0000000000000000e+02,  0.0000000000000000e+00, -1.0000000000000000e+01</GeoTransform>
  <VRTRasterBand dataType="Byte" band="1" subClass="VRTWarpedRasterBand">
    <NoDataValue>7</NoDataValue>
    <ColorInterp>Gray</ColorInterp>
  </VRTRasterBand>
  <GDALWarpOptions>
    <ResampleAlg>NearestNeighbour</ResampleAlg>
    <Option name="INIT_DEST">NO_DATA</Option>
    <Option name="ERROR_OUT_IF_EMPTY_SOURCE_WINDOW">FALSE</Option>
    <SourceDataset relativeToVRT="0">/vsicurl/https://example.org/a&amp;b.tif</SourceDataset>
    <Transformer>
      <GenImgProjTransformer>
        <SrcGeoTransform>120,10,0,200,0,10</SrcGeoTransform>
        <DstGeoTransform>100,10,0,300,0,-10</DstGeoTransform>
      </GenImgProjTransformer>
    </Transformer>
    <BandList>
      <BandMapping src="1" dst="1">
        <SrcNoDataReal>7</SrcNoDataReal>
        <DstNoDataReal>7</DstNoDataReal>
      </BandMapping>
    </BandList>
  </GDALWarpOptions>
</VRTDataset>
`,
    );
  });

  it('adds the reprojection from another CRS, by code or else by WKT, without vertical parts', () => {
    const byCode = warpedVrt(raster({ ...utm(32), code: 'EPSG:32632+5773' }), '/a.tif', TARGET, NEAREST);
    assert.match(byCode, /<SourceSRS>EPSG:32632<\/SourceSRS>\n *<TargetSRS>EPSG:32633<\/TargetSRS>/);
    const byWkt = warpedVrt(raster({ ...utm(32), code: null }), '/a.tif', TARGET, NEAREST);
    assert.match(byWkt, /<SourceSRS>PROJCS\[&quot;WGS 84 \/ UTM zone 32N&quot;\]<\/SourceSRS>/);
  });

  it('says where the source is between two datums, of which there may be several ways', () => {
    const local = { ...utm(32), code: 'EPSG:26732', proj4: '+proj=utm +zone=32 +datum=NAD27' };
    const vrt = warpedVrt(raster(local), '/a.tif', TARGET, NEAREST);
    assert.match(vrt, /<Option key="AREA_OF_INTEREST">(8\.99|9)\d*,45\.1\d*,9\.000\d*,45\.1\d*<\/Option>/);
    assert.doesNotMatch(warpedVrt(raster(utm(32)), '/a.tif', TARGET, NEAREST), /<Options>/);
  });

  it('centres the longitudes of a source that runs past 180 degrees', () => {
    const degrees: Crs = {
      ...UTM_33,
      code: 'EPSG:4326',
      kind: 'geographic',
      proj4: '+proj=longlat +datum=WGS84',
      unit: { name: 'degree', factor: Math.PI / 180 },
    };
    const pacific = raster(degrees, { affine: northUp(150, 10, 1), width: 100, height: 5 });
    assert.match(warpedVrt(pacific, '/a.tif', TARGET, NEAREST), /<Option key="CENTER_LONG">200<\/Option>/);
    const europe = raster(degrees, { affine: northUp(0, 50, 1), width: 10, height: 5 });
    assert.doesNotMatch(warpedVrt(europe, '/a.tif', TARGET, NEAREST), /CENTER_LONG/);
  });

  it('reads a level with the pixel size of that level', () => {
    const overviews = [{ width: 51, height: 33, location: 'internal' }] as const;
    const fine = raster(utm(32), { width: 101, height: 66, layout: layout([band()], { overviews }) });
    const vrt = warpedVrt(fine, '/a.tif', TARGET, { resampling: 'average', overviewLevel: 0 });
    assert.match(vrt, /<OOI key="OVERVIEW_LEVEL">0<\/OOI>/);
    assert.match(vrt, /<SrcGeoTransform>500000,19\.80392156862745,0,5000000,0,-20<\/SrcGeoTransform>/);
    assert.match(vrt, /<ResampleAlg>Average<\/ResampleAlg>/);
  });

  it('adds alpha to grey and RGB without nodata, and a mask to other numbers of bands', () => {
    const grey = warpedVrt(raster(utm(32), withBands(band())), '/a.tif', TARGET, NEAREST);
    assert.match(grey, /band="2" subClass="VRTWarpedRasterBand">\n *<ColorInterp>Alpha/);
    assert.match(grey, /<DstAlphaBand>2<\/DstAlphaBand>/);
    assert.doesNotMatch(grey, /SrcAlphaBand|MaskBand/);

    const two = warpedVrt(raster(utm(32), withBands(band(), band())), '/a.tif', TARGET, NEAREST);
    const [, mask = ''] = /<MaskBand>([^]*)<\/MaskBand>/.exec(two) ?? [];
    assert.match(
      mask,
      /<SourceFilename relativeToVRT="0">&lt;VRTDataset [^\n]*&lt;DstAlphaBand&gt;2&lt;[^\n]*<\/SourceFilename>/,
    );
    assert.match(mask, /<SourceBand>2<\/SourceBand>/);
    assert.doesNotMatch(two.replace(mask, ''), /AlphaBand/);
  });

  it('takes the source for alpha where it has it, and says what is opaque in 16 bits', () => {
    const bands = [band({ dataType: 'UInt16' }), band({ dataType: 'UInt16', colorInterp: 'Alpha' })];
    const vrt = warpedVrt(raster(utm(32), withBands(...bands)), '/a.tif', TARGET, NEAREST);
    assert.match(vrt, /<SrcAlphaBand>2<\/SrcAlphaBand>\n *<DstAlphaBand>2<\/DstAlphaBand>/);
    assert.match(vrt, /"SRC_ALPHA_MAX">65535<[^]*"DST_ALPHA_MAX">65535</);
    assert.match(vrt, /<BandMapping src="1" dst="1" \/>\n *<\/BandList>/);
  });

  it('fills each band with its own nodata, and with 0 where a mask speaks for it', () => {
    const bands = [band({ nodata: 7 }), band(), band({ dataType: 'Float32', nodata: NaN })];
    const vrt = warpedVrt(raster(utm(32), withBands(...bands)), '/a.tif', TARGET, NEAREST);
    assert.match(vrt, /"INIT_DEST">7,0,nan,0</);
    assert.match(vrt, /<SrcNoDataReal>nan<\/SrcNoDataReal>/);
  });

  it('refuses a file name that XML cannot hold', () => {
    assert.throws(
      () => warpedVrt(raster(utm(32)), '/a\u0000.tif', TARGET, NEAREST),
      (error) => error instanceof VrtError && error.code === 'vrt/unwritable-file-name',
    );
  });
});

describe('inlineFile', () => {
  it('is the document on one line', () => {
    assert.deepEqual(inlineFile('<VRTDataset>\n  <SRS>EPSG:4326</SRS>\n</VRTDataset>\n'), {
      filename: '<VRTDataset><SRS>EPSG:4326</SRS></VRTDataset>',
      relativeToVrt: false,
    });
  });
});

describe('warpedValidity', () => {
  const none = { sourceAlpha: null, alpha: null, maskFrom: null };
  const cases: readonly (readonly [string, readonly BandProfile[], ReturnType<typeof warpedValidity>])[] = [
    ['nodata that pixels can have', [band({ nodata: 7 })], { ...none, nodata: [7] }],
    ['nodata that no pixel can have', [band({ nodata: -9999 })], { ...none, nodata: [null], alpha: 2 }],
    [
      'nodata beside a mask, which counts',
      [band({ nodata: 7, maskFlags: MASK_PER_DATASET })],
      { ...none, nodata: [null], alpha: 2 },
    ],
    ['no nodata in three bands', [band(), band(), band()], { ...none, nodata: [null, null, null], alpha: 4 }],
    ['no nodata in two bands', [band(), band()], { ...none, nodata: [null, null], maskFrom: 1 }],
    ['nodata in the first of two', [band({ nodata: 7 }), band()], { ...none, nodata: [7, null], maskFrom: 2 }],
    [
      'alpha and nodata, of which alpha counts',
      [band({ nodata: 7 }), band({ nodata: 7, colorInterp: 'Alpha' })],
      { nodata: [null, null], sourceAlpha: 2, alpha: 2, maskFrom: null },
    ],
    [
      'alpha after two bands, which no reader takes for a mask',
      [band(), band(), ALPHA],
      { nodata: [null, null, null], sourceAlpha: 3, alpha: 3, maskFrom: 1 },
    ],
    ['alpha and nothing else, which is a value', [ALPHA], { ...none, nodata: [null], alpha: 2 }],
  ];
  for (const [name, bands, expected] of cases) {
    it(`is told for ${name}`, () => {
      assert.deepEqual(warpedValidity(layout(bands)), expected);
    });
  }
});

describe('profileWarper', () => {
  it('gives every source the grid of the target, and those of one layout and size one layout', () => {
    const warp = profileWarper(TARGET);
    const shared = layout([band()]);
    const [first, second, other] = [
      warp(raster(utm(32), { layout: shared }), null),
      warp(raster(utm(31), { layout: shared }), null),
      warp(raster(utm(31), { layout: shared, width: 9 }), null),
    ];
    assert.deepEqual([first.width, first.height, first.affine, first.crs], [40, 30, TARGET.grid.affine, UTM_33]);
    assert.equal(first.layout, second.layout);
    assert.notEqual(first.layout, other.layout);
  });

  it('has the statistics of the source where all values still lie between them', () => {
    const known = { minimum: 1, maximum: 9, mean: 5, stddev: 1, validPercent: null, approximate: false };
    const some = raster(utm(32), {
      statistics: [known, known],
      ...withBands(band({ nodata: 7 }), band({ nodata: 300 })),
    });
    assert.deepEqual(profileWarper(TARGET, 'bilinear')(some, null).statistics, [known, null]);
    assert.deepEqual(profileWarper(TARGET, 'cubic')(some, null).statistics, [null, null]);
  });

  it('has the mask flags that mosaics go by', () => {
    const flags = (...bands: readonly BandProfile[]) => {
      const { layout: warped } = profileWarper(TARGET)(raster(utm(32), withBands(...bands)), null);
      return [warped.mask !== null, warped.bands.map(({ maskFlags, nodata }) => [maskFlags, nodata])];
    };
    const alphaMask = MASK_PER_DATASET | MASK_ALPHA;
    assert.deepEqual(flags(band({ nodata: 7 })), [false, [[MASK_NODATA, 7]]]);
    assert.deepEqual(flags(band({ nodata: 300 })), [true, [[MASK_PER_DATASET, null]]]);
    assert.deepEqual(flags(band({ nodata: 7 }), ALPHA), [
      false,
      [
        [alphaMask, null],
        [MASK_ALL_VALID, null],
      ],
    ]);
  });

  it('has the levels that are left of the source, at the size of the target', () => {
    const overviews = [51, 26].map((width) => ({ width, height: width, location: 'internal' as const }));
    const fine = raster(utm(32), { width: 101, height: 101, layout: layout([band()], { overviews }) });
    const sizes = (level: number | null) =>
      profileWarper(TARGET)(fine, level).layout.overviews.map(({ width, height }) => [width, height]);
    assert.deepEqual(sizes(null), [
      [20, 15],
      [10, 8],
    ]);
    assert.deepEqual(sizes(0), [[20, 15]]);
  });
});
