import { join } from 'node:path';
import type { Gdal } from '@inlay/testing';

const UTM = 'EPSG:32633';

const ODD_NAME = `an "odd" 'name' of <mine> & \u00fc\u{1f600}.tif`;

/** The rasters that the documents here and the tests name. */
export async function makeRasters(gdal: Gdal, folder: string): Promise<void> {
  const make: Gdal['makeRaster'] = (name, spec) => gdal.makeRaster(join(folder, name), spec);
  const band = { dataType: 'Byte' } as const;
  await make('a.tif', {
    width: 20,
    height: 15,
    geoTransform: [10, 5, 0, 0, 0, -5],
    crs: UTM,
    bands: [{ ...band, nodata: 3 }],
    seed: 2,
  });
  await make('b.tif', {
    width: 20,
    height: 15,
    geoTransform: [80, 5, 0, -10, 0, -5],
    crs: UTM,
    bands: [{ ...band, nodata: 3 }],
    seed: 3,
  });
  await make('c.tif', {
    width: 10,
    height: 8,
    geoTransform: [150, 10, 0, -3, 0, -10],
    crs: UTM,
    bands: [{ ...band, nodata: 4 }],
    seed: 4,
  });
  await make('float.tif', {
    width: 20,
    height: 15,
    geoTransform: [10, 5, 0, 0, 0, -5],
    crs: UTM,
    bands: [{ dataType: 'Float32', nodata: 'nan' }],
  });
  await make('masked.tif', {
    width: 20,
    height: 15,
    geoTransform: [10, 5, 0, 0, 0, -5],
    crs: UTM,
    bands: [band],
    mask: 'internal',
  });
  await make('masked-east.tif', {
    width: 20,
    height: 15,
    geoTransform: [110, 5, 0, 0, 0, -5],
    crs: UTM,
    bands: [band],
    mask: 'sidecar',
  });
  await make('large.tif', {
    width: 600,
    height: 500,
    geoTransform: [10, 5, 0, 0, 0, -5],
    crs: UTM,
    bands: [band],
    overviews: [2, 4],
  });
  await make('ungeoreferenced.tif', { width: 10, height: 10, bands: [band] });
  await make('long.tif', { width: 20, height: 15, bands: [{ dataType: 'Int64', nodata: '9007199254740993' }] });
  await make('rgba.tif', {
    width: 20,
    height: 15,
    geoTransform: [10, 5, 0, 0, 0, -5],
    crs: UTM,
    bands: (['Red', 'Green', 'Blue', 'Alpha'] as const).map((colorInterp) => ({ ...band, colorInterp })),
  });
  await make('palette.tif', {
    width: 20,
    height: 15,
    geoTransform: [10, 5, 0, 0, 0, -5],
    crs: UTM,
    bands: [
      {
        ...band,
        colorInterp: 'Palette',
        colorTable: Array.from({ length: 16 }, (_, index) => [index, 255 - index, 7, 255] as const),
      },
    ],
  });
  await make(ODD_NAME, { width: 20, height: 15, bands: [band] });
  await make('described.tif', {
    width: 20,
    height: 15,
    geoTransform: [10, 5, 0, 0, 0, -5],
    crs: 'EPSG:4326',
    metadata: { AREA_OR_POINT: 'Point', 'a key': '  leading, <markup> & "quotes"' },
    bands: [
      { dataType: 'Int16', scale: 0.1, offset: -273.15, unit: 'K', description: 'temperature', metadata: { B: 'b' } },
    ],
  });
}

function dataset(content: string, attributes = 'rasterXSize="20" rasterYSize="15"'): string {
  return `<VRTDataset ${attributes}>\n${content}\n</VRTDataset>\n`;
}

function source(file: string, more = '', type = 'SimpleSource'): string {
  return `<${type}><SourceFilename relativeToVRT="1">${file}</SourceFilename><SourceBand>1</SourceBand>
    <SrcRect xOff="0" yOff="0" xSize="20" ySize="15"/><DstRect xOff="0" yOff="0" xSize="20" ySize="15"/>${more}</${type}>`;
}

function band(content: string, attributes = 'dataType="Byte" band="1"'): string {
  return `<VRTRasterBand ${attributes}>${content}</VRTRasterBand>`;
}

const INNER = (folder: string): string =>
  `<VRTDataset rasterXSize="20" rasterYSize="15"><VRTRasterBand dataType="Byte" band="1"><SimpleSource><SourceFilename relativeToVRT="0">${join(folder, 'a.tif')}</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>`;

/** Documents that GDAL's tools do not write, or only at the end of a long way. Those of a folder name files in it. */
export const handWritten: Readonly<Record<string, string | ((folder: string) => string)>> = {
  'a pixel function with arguments': dataset(
    band(
      `<PixelFunctionType>scale</PixelFunctionType><SourceTransferType>Float64</SourceTransferType>${source('described.tif')}`,
      'dataType="Float64" band="1" subClass="VRTDerivedRasterBand"',
    ).replace('<SourceTransferType>', '<PixelFunctionArguments  a = "1"/><SourceTransferType>'),
  ),
  'a pixel function of two sources': dataset(
    band(
      `<PixelFunctionType>diff</PixelFunctionType>${source('a.tif')}${source('b.tif')}`,
      'dataType="Int16" band="1" subClass="VRTDerivedRasterBand"',
    ),
  ),
  'an expression of named sources': dataset(
    band(
      `<PixelFunctionType>expression</PixelFunctionType><PixelFunctionArguments expression="A &lt; 7 ? A : B * 2"/>${source('a.tif').replace('<SimpleSource>', '<SimpleSource name="A">')}${source('b.tif').replace('<SimpleSource>', '<SimpleSource name="B">')}`,
      'dataType="Float32" band="1" subClass="VRTDerivedRasterBand"',
    ),
  ),
  'a pixel function in Python': dataset(
    band(
      `<PixelFunctionType>f</PixelFunctionType><PixelFunctionLanguage>Python</PixelFunctionLanguage>
    <PixelFunctionCode><![CDATA[
import numpy as np
def f(in_ar, out_ar, *args, **kwargs):
    out_ar[:] = np.where(in_ar[0] < 5, 1, 2)
]]></PixelFunctionCode>${source('a.tif')}`,
      'dataType="Byte" band="1" subClass="VRTDerivedRasterBand"',
    ),
  ),
  'sources of every kind, one over the other': dataset(
    band(
      source('a.tif') +
        source(
          'b.tif',
          '<NODATA>3</NODATA><ScaleOffset>1.5</ScaleOffset><ScaleRatio>-0.25</ScaleRatio>',
          'ComplexSource',
        ) +
        source('c.tif', '', 'AveragedSource').replaceAll('"20"', '"7.5"') +
        source('a.tif', '<LUT>0:255,4:3.5,15:1</LUT>', 'ComplexSource')
          .replaceAll('xOff="0"', 'xOff="6"')
          .replaceAll('xSize="20"', 'xSize="5"') +
        source('masked.tif', '<UseMaskBand>true</UseMaskBand>', 'ComplexSource') +
        source(
          'b.tif',
          '<Kernel normalized="1"><Size>3</Size><Coefs>0.1 0.2 0.1 0.2 1 0.2 0.1 0.2 0.1</Coefs></Kernel>',
          'KernelFilteredSource',
        ).replaceAll('"15"', '"5"'),
    ),
  ),
  'nodata from a mask': dataset(
    band(
      `<NoDataValue>99</NoDataValue>${source('rgba.tif', '<MaskValueThreshold>8</MaskValueThreshold><NODATA>99</NODATA><RemappedValue>98</RemappedValue>', 'NoDataFromMaskSource')}`,
    ),
  ),
  'a colour out of a palette': dataset(
    band(source('palette.tif', '<ColorTableComponent>2</ColorTableComponent>', 'ComplexSource')),
  ),
  'masks of bands, and overviews in files': dataset(
    band(
      `<Overview><SourceFilename relativeToVRT="1">c.tif</SourceFilename><SourceBand>1</SourceBand></Overview>
       <MaskBand><VRTRasterBand dataType="Byte">${source('b.tif')}</VRTRasterBand></MaskBand>${source('a.tif')}`,
    ),
  ),
  'a mask and an overview list of the dataset': dataset(
    `<OverviewList resampling="average">2 4</OverviewList><MaskBand><VRTRasterBand dataType="Byte">${source('masked.tif').replace('<SourceBand>1<', '<SourceBand>mask,1<')}</VRTRasterBand></MaskBand>${band(source('masked.tif'))}`,
  ),
  'metadata of every kind': dataset(
    `<Metadata><MDI key="a">  x</MDI><MDI key="&quot;b&quot;"><![CDATA[ <y> ]]></MDI><MDI key="c"></MDI></Metadata>
     <Metadata domain="xml:TEST" format="xml"><t:root xmlns:t="urn:t"><!-- note --><t:a b=" 1 ">text<![CDATA[<raw>]]></t:a><empty/></t:root></Metadata>
     <Metadata domain="json:TEST" format="json">{"a": ["&lt;", 1e400]}</Metadata>
     <Metadata domain="RPC"><MDI key="LINE_OFF">7</MDI><MDI key="SAMP_OFF">10</MDI></Metadata>
     <Metadata domain="GEOLOCATION"><MDI key="X_DATASET">a.tif</MDI><MDI key="Y_DATASET">b.tif</MDI></Metadata>
     ${band(`<Metadata><MDI key="STATISTICS_MEAN">7.5</MDI></Metadata><Metadata domain="IMAGE_STRUCTURE"><MDI key="NBITS">4</MDI></Metadata>${source('a.tif')}`)}`,
  ),
  'an attribute table, histograms, categories': dataset(
    band(
      `<CategoryNames><Category>sea</Category><Category/><Category> land</Category></CategoryNames>
      <Histograms><HistItem><HistMin>-0.5</HistMin><HistMax>15.5</HistMax><BucketCount>4</BucketCount><IncludeOutOfRange>0</IncludeOutOfRange><Approximate>0</Approximate><HistCounts>1|2|3|4294967296</HistCounts></HistItem></Histograms>
      <ColorTable><Entry c1="1" c2="2" c3="3"/><Entry c1="4" c2="5" c3="6" c4="0"/></ColorTable>
      <GDALRasterAttributeTable tableType="thematic"><FieldDefn index="0"><Name>Value</Name><Type>0</Type><Usage>5</Usage></FieldDefn><FieldDefn index="1"><Name>Class</Name><Type>2</Type><Usage>2</Usage></FieldDefn><Row index="0"><F>0</F><F>sea</F></Row></GDALRasterAttributeTable>
      ${source('a.tif')}`,
    ),
  ),
  '64-bit nodata': dataset(
    band(`<NoDataValue>9007199254740993</NoDataValue>${source('long.tif')}`, 'dataType="Int64" band="1"') +
      band(`<NoDataValue>18446744073709551615</NoDataValue>${source('long.tif')}`, 'dataType="UInt64" band="2"') +
      band(`<NoDataValue>1e3</NoDataValue>${source('long.tif')}`, 'dataType="Int64" band="3"'),
  ),
  'numbers in every notation': dataset(
    `<GeoTransform>-1.5E+1, 5,0.0e0 , 0100.25,-0,-.5</GeoTransform>` +
      band(
        `<NoDataValue>-3.4028234663852886e+38</NoDataValue><Offset>+.5</Offset><Scale>1e-320</Scale>${source('float.tif')}`,
        'dataType="Float32" band="1"',
      ) +
      band(
        `<NoDataValue>inf</NoDataValue><Offset>0x10</Offset><Scale>1,5</Scale>${source('float.tif')}`,
        'dataType="Float64" band="2"',
      ) +
      band(`<NoDataValue>-NaN</NoDataValue>${source('float.tif')}`, 'dataType="CFloat32" band="3"') +
      band(
        `<NoDataValue>many</NoDataValue><NoDataValue>4</NoDataValue>${source('float.tif')}`,
        'dataType="Byte" band="4"',
      ),
  ),
  'comments, CDATA, instructions, other cases': `\ufeff<?xml version="1.0" encoding="utf-8"?>\n<!-- made by hand -->\n${dataset(
    `<?style sheet?><!-- size --><Unknown a="1">text</Unknown>
     <srs>EPSG:4326</srs><SRS>EPSG:3857</SRS>
     ${band(`<!-- a --><Description>d<!-- b --></Description><unittype>m</unittype><UnitType>ft</UnitType>${source('a.tif').replace('relativeToVRT', 'relativetoVRT')}<!-- c -->${source('b.tif').replaceAll('xOff="0"', 'xOff="3"')}`, 'datatype="Int16" dataType="Byte" band="1"')}`,
  )}`,
  'properties as attributes and attributes as elements': dataset(
    `<VRTRasterBand NoDataValue="5" Description="d"><dataType>Int16</dataType><NoDataValue>6</NoDataValue>${source('a.tif')}</VRTRasterBand>`,
  ),
  'a file name with every odd character': dataset(
    band(source(ODD_NAME.replaceAll('&', '&amp;').replaceAll('<', '&lt;'))),
  ),
  'a VRT as text in place of a file': (folder) =>
    dataset(
      band(
        `<SimpleSource><SourceFilename relativeToVRT="0">${INNER(folder).replaceAll('<', '&lt;')}</SourceFilename><SourceBand>1</SourceBand></SimpleSource>`,
      ),
    ),
  'a VRT as an element in place of a file': (folder) =>
    dataset(band(`<SimpleSource>${INNER(folder)}<SourceBand>1</SourceBand></SimpleSource>`)),
  'a raw band': dataset(
    band(
      '<SourceFilename relativetoVRT="1">a.tif</SourceFilename><ImageOffset>8</ImageOffset><PixelOffset>1</PixelOffset><LineOffset>20</LineOffset><ByteOrder>LSB</ByteOrder>',
      'dataType="Byte" band="1" subClass="VRTRawRasterBand"',
    ),
  ),
  'a pansharpened dataset': `<VRTDataset subClass="VRTPansharpenedDataset"><PansharpeningOptions>
    <PanchroBand><SourceFilename relativeToVRT="1">a.tif</SourceFilename><SourceBand>1</SourceBand></PanchroBand>
    ${[1, 2, 3].map((n) => `<SpectralBand dstBand="${n}"><SourceFilename relativeToVRT="1">rgba.tif</SourceFilename><SourceBand>${n}</SourceBand></SpectralBand>`).join('')}
  </PansharpeningOptions></VRTDataset>`,
  'a processed dataset': `<VRTDataset subClass="VRTProcessedDataset"><Input><SourceFilename relativeToVRT="1">rgba.tif</SourceFilename></Input><OutputBands count="2" dataType="UInt16"/><ProcessingSteps>
    <Step name="mix"><Algorithm>BandAffineCombination</Algorithm><Argument name="coefficients_1">1,0.5,0,0,0</Argument><Argument name="coefficients_2">0,0,1,1,0</Argument></Step>
  </ProcessingSteps></VRTDataset>`,
  'south up, with an epoch': dataset(
    `<SRS dataAxisToSRSAxisMapping="2,1" coordinateEpoch="2021.3">EPSG:9000</SRS><GeoTransform>1,1,0,2,0,1</GeoTransform>${band(source('a.tif'))}`,
  ),
};
