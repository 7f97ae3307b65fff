import { type BBox, type TileMatrixSet, tilesOfBBox } from '@inlay/geo';
import { escapeXml } from '@inlay/vrt';

// WMTS 1.0.0, OGC 07-057r7: a service of one layer, with tiles by REST (clause 10).

/** What the document says. */
export interface WmtsLayer {
  readonly id: string;
  readonly title: string;
  readonly summary: string | null;
  /** West, south, east, north in degrees. */
  readonly bounds: BBox;
  /** The URL of the document itself. */
  readonly capabilitiesUrl: string;
  readonly sets: readonly WmtsSet[];
  readonly formats: readonly { readonly mediaType: string; template(setId: string): string }[];
}

/** A tile matrix set and what of it the layer fills. */
export interface WmtsSet {
  readonly set: TileMatrixSet;
  /** The layer in the set's CRS. */
  readonly bbox: BBox;
  /** The last matrix that says more than the one before. */
  readonly maxZoom: number;
}

export function wmtsCapabilities(layer: WmtsLayer): string {
  const [west, south, east, north] = layer.bounds;
  return `<?xml version="1.0" encoding="UTF-8"?>
<Capabilities xmlns="http://www.opengis.net/wmts/1.0" xmlns:ows="http://www.opengis.net/ows/1.1" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://www.opengis.net/wmts/1.0 http://schemas.opengis.net/wmts/1.0/wmtsGetCapabilities_response.xsd" version="1.0.0">
  <ows:ServiceIdentification>
    <ows:Title>${escapeXml(layer.title)}</ows:Title>
    <ows:ServiceType>OGC WMTS</ows:ServiceType>
    <ows:ServiceTypeVersion>1.0.0</ows:ServiceTypeVersion>
  </ows:ServiceIdentification>
  <Contents>
    <Layer>
      <ows:Title>${escapeXml(layer.title)}</ows:Title>${
        layer.summary === null ? '' : `\n      <ows:Abstract>${escapeXml(layer.summary)}</ows:Abstract>`
      }
      <ows:WGS84BoundingBox>
        <ows:LowerCorner>${west} ${south}</ows:LowerCorner>
        <ows:UpperCorner>${east} ${north}</ows:UpperCorner>
      </ows:WGS84BoundingBox>
      <ows:Identifier>${escapeXml(layer.id)}</ows:Identifier>
      <Style isDefault="true">
        <ows:Identifier>default</ows:Identifier>
      </Style>
${layer.formats.map(({ mediaType }) => `      <Format>${mediaType}</Format>`).join('\n')}
${layer.sets.map(setLink).join('\n')}
${layer.formats.map(({ mediaType, template }) => resourceUrl(mediaType, template('{TileMatrixSet}'))).join('\n')}
    </Layer>
${layer.sets.map(tileMatrixSet).join('\n')}
  </Contents>
  <ServiceMetadataURL xlink:href="${escapeXml(layer.capabilitiesUrl)}"/>
</Capabilities>
`;
}

function resourceUrl(mediaType: string, template: string): string {
  return `      <ResourceURL format="${mediaType}" resourceType="tile" template="${escapeXml(template)}"/>`;
}

/** Which tiles there are, so that clients ask for no others. */
function setLink({ set, bbox, maxZoom }: WmtsSet): string {
  const limits = set.matrices.slice(0, maxZoom + 1).flatMap(({ id }, z) => {
    const range = tilesOfBBox(set, z, bbox);
    if (range === null) return [];
    return `          <TileMatrixLimits>
            <TileMatrix>${id}</TileMatrix>
            <MinTileRow>${range.minY}</MinTileRow>
            <MaxTileRow>${range.maxY}</MaxTileRow>
            <MinTileCol>${range.minX}</MinTileCol>
            <MaxTileCol>${range.maxX}</MaxTileCol>
          </TileMatrixLimits>`;
  });
  return `      <TileMatrixSetLink>
        <TileMatrixSet>${set.id}</TileMatrixSet>
        <TileMatrixSetLimits>
${limits.join('\n')}
        </TileMatrixSetLimits>
      </TileMatrixSetLink>`;
}

/** The matrices up to the layer's own resolution: GDAL takes the last one for it. */
function tileMatrixSet({ set, maxZoom }: WmtsSet): string {
  const isLonLat = set.crs.kind === 'geographic';
  const matrices = set.matrices.slice(0, maxZoom + 1).map(
    ({ id, scaleDenominator, pointOfOrigin: [x, y], tileSize, matrixWidth, matrixHeight }) => `      <TileMatrix>
        <ows:Identifier>${id}</ows:Identifier>
        <ScaleDenominator>${scaleDenominator}</ScaleDenominator>
        <TopLeftCorner>${x} ${y}</TopLeftCorner>
        <TileWidth>${tileSize}</TileWidth>
        <TileHeight>${tileSize}</TileHeight>
        <MatrixWidth>${matrixWidth}</MatrixWidth>
        <MatrixHeight>${matrixHeight}</MatrixHeight>
      </TileMatrix>`,
  );
  return `    <TileMatrixSet>
      <ows:Identifier>${set.id}</ows:Identifier>
      <ows:SupportedCRS>${isLonLat ? 'urn:ogc:def:crs:OGC:1.3:CRS84' : 'urn:ogc:def:crs:EPSG::3857'}</ows:SupportedCRS>
${matrices.join('\n')}
    </TileMatrixSet>`;
}
