/** Documents with everything that the VRT format knows; the names of the files in them are of no file. */
export const DOCUMENTS = {
  mosaic: `<VRTDataset rasterXSize="8" rasterYSize="4">
  <SRS dataAxisToSRSAxisMapping="2,1" coordinateEpoch="2021.3">EPSG:4326</SRS>
  <GeoTransform>  1.0000000000000000e+01,  5.0000000000000000e-01,  0.0000000000000000e+00,  5.0000000000000000e+01,  0.0000000000000000e+00, -5.0000000000000000e-01</GeoTransform>
  <VRTRasterBand dataType="Float32" band="1" blockXSize="64" blockYSize="32">
    <Metadata>
      <MDI key="STATISTICS_MEAN">nan</MDI>
    </Metadata>
    <NoDataValue>nan</NoDataValue>
    <HideNoDataValue>1</HideNoDataValue>
    <UnitType>m</UnitType>
    <Offset>-1e-300</Offset>
    <Scale>0.10000000000000001</Scale>
    <ColorInterp>Palette</ColorInterp>
    <CategoryNames>
      <Category>sea</Category>
      <Category></Category>
      <Category>land &amp; lake</Category>
    </CategoryNames>
    <Histograms>
      <HistItem>
        <HistMin>-0.5</HistMin>
        <HistMax>255.5</HistMax>
        <BucketCount>3</BucketCount>
        <IncludeOutOfRange>0</IncludeOutOfRange>
        <Approximate>1</Approximate>
        <HistCounts>1|0|8589934592</HistCounts>
      </HistItem>
    </Histograms>
    <ColorTable>
      <Entry c1="1" c2="2" c3="3" />
      <Entry c1="4" c2="5" c3="6" c4="0" />
    </ColorTable>
    <GDALRasterAttributeTable tableType="thematic">
      <FieldDefn index="0"><Name>Value</Name><Type>0</Type><Usage>5</Usage></FieldDefn>
      <Row index="0"><F>7</F></Row>
    </GDALRasterAttributeTable>
    <Overview>
      <SourceFilename relativeToVRT="1">over.tif</SourceFilename>
      <SourceBand>1</SourceBand>
    </Overview>
    <MaskBand>
      <VRTRasterBand dataType="Byte">
        <SimpleSource>
          <SourceFilename relativetoVRT="1">band-mask.tif</SourceFilename>
          <SourceBand>mask</SourceBand>
        </SimpleSource>
      </VRTRasterBand>
    </MaskBand>
    <SimpleSource>
      <SourceFilename>a.tif</SourceFilename>
    </SimpleSource>
    <ComplexSource resampling="bilinear">
      <SourceFilename relativeToVRT="1" shared="0">b&amp;&lt;c&gt;.tif</SourceFilename>
      <OpenOptions>
        <OOI key="OVERVIEW_LEVEL">1</OOI>
      </OpenOptions>
      <SourceBand>mask,2</SourceBand>
      <SourceProperties RasterXSize="4" RasterYSize="3" DataType="Int16" BlockXSize="256" BlockYSize="1" />
      <SrcRect xOff="0.25" yOff="1e-07" xSize="4" ySize="3" />
      <DstRect xOff="3.5" yOff="0" xSize="4" ySize="4" />
      <UseMaskBand>true</UseMaskBand>
      <NODATA>9007199254740993</NODATA>
      <ScaleOffset>1</ScaleOffset>
      <ScaleRatio>-0.1</ScaleRatio>
      <ColorTableComponent>3</ColorTableComponent>
      <Exponent>0.5</Exponent>
      <SrcMin>0</SrcMin>
      <SrcMax>255</SrcMax>
      <DstMin>1</DstMin>
      <DstMax>2</DstMax>
      <LUT>0:255,1.5:-inf</LUT>
    </ComplexSource>
    <KernelFilteredSource>
      <SourceFilename relativeToVRT="0">c.tif</SourceFilename>
      <Kernel normalized="1">
        <Size>3</Size>
        <Coefs>0 1 0 1 2 1 0 1 0</Coefs>
      </Kernel>
    </KernelFilteredSource>
  </VRTRasterBand>
  <MaskBand>
    <VRTRasterBand dataType="Byte">
      <ComplexSource>
        <SourceFilename relativeToVRT="0">mask.tif</SourceFilename>
        <SourceBand>mask,1</SourceBand>
        <UseMaskBand>true</UseMaskBand>
      </ComplexSource>
    </VRTRasterBand>
  </MaskBand>
  <OverviewList resampling="nearest">2 4</OverviewList>
</VRTDataset>
`,

  domains: `<VRTDataset rasterXSize="20" rasterYSize="20">
  <Metadata>
    <MDI key="A">x&#13;&#10;"y"</MDI>
    <MDI key="B"></MDI>
  </Metadata>
  <Metadata domain="xml:ESRI" format="xml">
    <a:GeodataXform xmlns:a="urn:x"><!-- kept -->text</a:GeodataXform>
  </Metadata>
  <Metadata domain="json:ISIS3" format="json">{"a": [1, 2]}</Metadata>
  <Metadata domain="RPC">
    <MDI key="LINE_OFF">1.5</MDI>
  </Metadata>
  <GCPList Projection="EPSG:4326" dataAxisToSRSAxisMapping="2,1">
    <GCP Id="" Pixel="0.0000" Line="0.0000" X="1.000000000000E+00" Y="2.000000000000E+00" Z="3.000000000000E+00" />
    <GCP Id="b" Info="corner" Pixel="10.0000" Line="10.5000" X="1.100000000000E+01" Y="1.200000000000E+01" />
  </GCPList>
  <VRTRasterBand dataType="Int64" band="1">
    <NoDataValue>-9223372036854775808</NoDataValue>
  </VRTRasterBand>
  <VRTRasterBand dataType="UInt64" band="2">
    <NoDataValue>18446744073709551615</NoDataValue>
  </VRTRasterBand>
  <VRTRasterBand dataType="UInt8" band="3">
    <NoDataValue>255</NoDataValue>
  </VRTRasterBand>
</VRTDataset>
`,

  derived: `<VRTDataset rasterXSize="20" rasterYSize="20">
  <VRTRasterBand dataType="Float32" band="1" subClass="VRTDerivedRasterBand">
    <PixelFunctionType>scale</PixelFunctionType>
    <PixelFunctionArguments k="2" nodata="nan" />
    <SourceTransferType>Float64</SourceTransferType>
    <SkipNonContributingSources>1</SkipNonContributingSources>
    <AveragedSource name="B1">
      <SourceFilename relativeToVRT="0">a.tif</SourceFilename>
      <SourceBand>1</SourceBand>
    </AveragedSource>
  </VRTRasterBand>
  <VRTRasterBand dataType="Byte" band="2" subClass="VRTDerivedRasterBand">
    <PixelFunctionType>f</PixelFunctionType>
    <PixelFunctionLanguage>Python</PixelFunctionLanguage>
    <PixelFunctionCode><![CDATA[
import numpy
def f(i, o, *a):
    o[:] = i[0] < i[1]
]]></PixelFunctionCode>
    <BufferRadius>1</BufferRadius>
  </VRTRasterBand>
  <VRTRasterBand dataType="UInt16" band="3" subClass="VRTRawRasterBand">
    <SourceFilename relativeToVRT="0">raw.bin</SourceFilename>
    <ImageOffset>5000000000</ImageOffset>
    <PixelOffset>2</PixelOffset>
    <LineOffset>-16</LineOffset>
    <ByteOrder>LSB</ByteOrder>
  </VRTRasterBand>
</VRTDataset>
`,

  warped: `<VRTDataset rasterXSize="20" rasterYSize="20" subClass="VRTWarpedDataset">
  <VRTRasterBand dataType="Byte" band="1" subClass="VRTWarpedRasterBand" />
  <BlockXSize>512</BlockXSize>
  <BlockYSize>128</BlockYSize>
  <GDALWarpOptions>
    <ResampleAlg>Bilinear</ResampleAlg>
    <Option name="CUTLINE">POLYGON ((0 0,0 1,1 1,0 0))</Option>
    <SourceDataset relativeToVRT="1">warp.tif</SourceDataset>
    <Transformer>
      <GenImgProjTransformer>
        <SrcRPCTransformer><RPCTransformer><DEMPath>dem.tif</DEMPath></RPCTransformer></SrcRPCTransformer>
        <SrcGeoLocTransformer>
          <GeoLocTransformer>
            <Metadata><MDI key="X_DATASET">lon.tif</MDI><MDI key="Y_DATASET">lat.tif</MDI></Metadata>
          </GeoLocTransformer>
        </SrcGeoLocTransformer>
      </GenImgProjTransformer>
    </Transformer>
  </GDALWarpOptions>
</VRTDataset>
`,

  pansharpened: `<VRTDataset subClass="VRTPansharpenedDataset">
  <PansharpeningOptions>
    <Algorithm>WeightedBrovey</Algorithm>
    <AlgorithmOptions><Weights>1</Weights></AlgorithmOptions>
    <PanchroBand>
      <SourceFilename relativeToVRT="0">pan.tif</SourceFilename>
      <SourceBand>1</SourceBand>
    </PanchroBand>
    <SpectralBand dstBand="1">
      <SourceFilename relativeToVRT="1">red.tif</SourceFilename>
      <SourceBand>1</SourceBand>
    </SpectralBand>
  </PansharpeningOptions>
</VRTDataset>
`,

  processed: `<VRTDataset subClass="VRTProcessedDataset">
  <Input>
    <SourceFilename relativeToVRT="0">in.tif</SourceFilename>
  </Input>
  <ProcessingSteps>
    <Step name="gain">
      <Algorithm>LocalScaleOffset</Algorithm>
      <Argument name="relativeToVRT">true</Argument>
      <Argument name="gain_dataset_filename_1">gain.tif</Argument>
      <Argument name="gain_dataset_band_1">1</Argument>
    </Step>
    <Step>
      <Algorithm>Trimming</Algorithm>
      <Argument name="trimming_dataset_filename">trim.tif</Argument>
      <Argument name="relativeToVRT">1</Argument>
    </Step>
  </ProcessingSteps>
</VRTDataset>
`,

  nested: `<VRTDataset rasterXSize="20" rasterYSize="20">
  <VRTRasterBand dataType="Byte" band="1">
    <SimpleSource>
      <VRTDataset rasterXSize="20" rasterYSize="20">
        <VRTRasterBand dataType="Int64" band="1">
          <NoDataValue>5</NoDataValue>
          <SimpleSource><SourceFilename>deep.tif</SourceFilename></SimpleSource>
        </VRTRasterBand>
      </VRTDataset>
      <SourceBand>1</SourceBand>
    </SimpleSource>
    <SimpleSource>
      <SourceFilename relativeToVRT="0">&lt;VRTDataset rasterXSize="20" rasterYSize="20"&gt;&lt;VRTRasterBand&gt;&lt;SimpleSource&gt;&lt;SourceFilename&gt;text &amp;quot;1&amp;quot;.tif&lt;/SourceFilename&gt;&lt;/SimpleSource&gt;&lt;/VRTRasterBand&gt;&lt;/VRTDataset&gt;</SourceFilename>
    </SimpleSource>
    <SimpleSource>
      <SourceFilename><![CDATA[
<VRTDataset rasterXSize="20" rasterYSize="20"><VRTRasterBand><SimpleSource><SourceFilename>text 2.tif</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>]]></SourceFilename>
    </SimpleSource>
  </VRTRasterBand>
</VRTDataset>
`,

  unknown: `<VRTDataset rasterXSize="20" rasterYSize="20" version="9">
  <!-- a note -->
  <Future a="b">c</Future>
  <VRTRasterBand dataType="Float99" band="1">
    <NoDataValue>many</NoDataValue>
    <NoDataValue>5</NoDataValue>
    <Description>first</Description>
    <Description>second</Description>
    <scale>2</scale>
    <Scale>3</Scale>
    <SimpleSource><SourceFilename>1.tif</SourceFilename></SimpleSource>
    <FutureSource><SourceFilename>2.tif</SourceFilename><Depth>3</Depth></FutureSource>
    <SimpleSource><SourceFilename>3.tif</SourceFilename></SimpleSource>
  </VRTRasterBand>
  <MaskBand>
    <VRTRasterBand dataType="Byte"><SimpleSource><SourceFilename>m.tif</SourceFilename></SimpleSource></VRTRasterBand>
    <VRTRasterBand dataType="Byte"><SimpleSource><SourceFilename>n.tif</SourceFilename></SimpleSource></VRTRasterBand>
  </MaskBand>
</VRTDataset>
`,
} as const;
