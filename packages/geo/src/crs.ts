/**
 * A coordinate reference system, with the facts that mosaicking needs resolved when a raster is catalogued,
 * so that nothing downstream looks anything up or parses WKT.
 */
export interface Crs {
  /** `EPSG:32633`, `EPSG:32631+5773` for a compound one, or null where the file defines its own. */
  readonly code: string | null;
  readonly name: string;
  readonly kind: 'projected' | 'geographic' | 'geocentric' | 'local';
  /** WKT 1 (OGC 01-009) in the form GDAL exports. */
  readonly wkt: string;
  /** PROJ string for coordinate operations, x before y; null where none expresses the CRS. */
  readonly proj4: string | null;
  /** One coordinate unit: in metres for projected and geocentric CRSs, in radians for geographic ones. */
  readonly unit: { readonly name: string; readonly factor: number };
  /**
   * GDAL's `dataAxisToSRSAxisMapping`: `1,2` where the authority's first axis is the easting or longitude,
   * `2,1` where it is the northing or latitude (EPSG:4326).
   */
  readonly axisMapping: '1,2' | '2,1';
  /**
   * Equal for CRSs that are the same although written differently: the normalised parameters (method,
   * ellipsoid, datum, prime meridian, unit), never the name. See {@link sameCrs}.
   */
  readonly parametersKey: string;
}

/**
 * Whether two CRSs are the same **as CRSs**. Both with a code: the codes decide. Otherwise the parameters do,
 * so that a file whose GeoKeys spell out UTM 18N on WGS 84 matches one that says EPSG:32618.
 */
export function sameCrs(a: Crs, b: Crs): boolean {
  if (a.code !== null && b.code !== null) return a.code === b.code;
  return a.parametersKey === b.parametersKey;
}

/** How messages name a CRS: its code, else its name. */
export function crsLabel(crs: Crs): string {
  return crs.code ?? crs.name;
}
